// Perceptrons as plain data, from which every package's model file is written:
// { input, output, layers: [{ k, n, weights (K×N, row by row), bias (N, or none), relu }], softmax }.
import { readGraph } from '../../../tools/golden/onnx-bytes.mjs';

// Numbers from −1 to 1, the same ones for the same seed (Lehmer's generator modulo 2^31 − 1).
export function noise(count, seed) {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i += 1) {
    state = (state * 48271) % 2147483647;
    values[i] = state / 1073741823.5 - 1;
  }
  return values;
}

/** A rows × columns matrix, column by column. */
export function transposed(values, rows, columns) {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = values[row * columns + column];
    }
  }
  return result;
}

/** Reads a chain of Gemm (with transB, as PyTorch exports it), Relu, and at the end Softmax. */
export function readLayers(onnx) {
  const { nodes, initializers } = readGraph(onnx);
  const layers = [];
  for (const { op, inputs } of nodes) {
    if (op === 'Gemm') {
      const { dims, values } = initializers.get(inputs[1]);
      const [n, k] = dims;
      layers.push({
        k,
        n,
        weights: transposed(values, n, k),
        bias: initializers.get(inputs[2]).values,
        relu: false,
      });
    } else if (op === 'Relu') layers.at(-1).relu = true;
    else if (op !== 'Softmax') throw new Error(`The benchmark's models have no ${op}.`);
  }
  const { op, outputs } = nodes.at(-1);
  return { input: nodes[0].inputs[0], output: outputs[0], layers, softmax: op === 'Softmax' };
}

/** One product with constant weights [K, N], without bias. */
export function matrixProduct(k, n) {
  const layers = [{ k, n, weights: noise(k * n, 7), relu: false }];
  return { input: 'x', output: 'y', layers, softmax: false };
}

function product(rows, { k, n, weights, bias, relu }) {
  const count = rows.length / k;
  const result = new Float32Array(count * n);
  const sums = new Float64Array(n);
  for (let row = 0; row < count; row += 1) {
    sums.fill(0);
    if (bias) sums.set(bias);
    for (let i = 0; i < k; i += 1) {
      const value = rows[row * k + i];
      for (let j = 0; j < n; j += 1) sums[j] += value * weights[i * n + j];
    }
    for (let j = 0; j < n; j += 1) result[row * n + j] = relu ? Math.max(0, sums[j]) : sums[j];
  }
  return result;
}

/** { min, max } of values, a range that holds 0. */
export function rangeOf(values) {
  const range = { min: 0, max: 0 };
  for (const value of values) {
    range.min = Math.min(range.min, value);
    range.max = Math.max(range.max, value);
  }
  return range;
}

/** { min, max } of the input rows and of every layer's output (before softmax); each range holds 0. */
export function activationRanges({ layers }, rows) {
  const ranges = [rangeOf(rows)];
  let values = rows;
  for (const layer of layers) {
    values = product(values, layer);
    ranges.push(rangeOf(values));
  }
  return ranges;
}
