// A perceptron as a TensorFlow Lite model for a fixed number of rows: float, or with int8 layers between QUANTIZE and
// DEQUANTIZE as the converter makes them (TensorFlow Lite's 8-bit quantization specification): weights symmetric for each
// output channel, activations asymmetric, biases in int32. Softmax stays in float, where XNNPACK runs it.
import { activationRanges } from './layers.mjs';
import { writeTflite } from './tflite-bytes.mjs';

// Collects tensors and nodes.
class Graph {
  tensors = [];
  nodes = [];

  tensor(tensor) {
    return this.tensors.push({ name: `t${this.tensors.length}`, ...tensor }) - 1;
  }

  node(op, inputs, result, activation) {
    const output = this.tensor(result);
    this.nodes.push({ op, inputs, outputs: [output], activation });
    return output;
  }
}

function byOutput({ k, n, weights }, code) {
  const Codes = code ? Int8Array : Float32Array;
  const result = new Codes(weights.length);
  for (let j = 0; j < n; j += 1) {
    for (let i = 0; i < k; i += 1) {
      const weight = weights[i * n + j];
      result[j * k + i] = code ? code(weight, j) : weight;
    }
  }
  return result;
}

function floatLayer(graph, input, layer, rows) {
  const weights = graph.tensor({ dims: [layer.n, layer.k], type: 'float32', values: byOutput(layer) });
  const inputs = [input, weights];
  // TensorFlow Lite counts an absent bias as input −1.
  inputs.push(layer.bias ? graph.tensor({ dims: [layer.n], type: 'float32', values: layer.bias }) : -1);
  return graph.node(
    'fullyConnected',
    inputs,
    { dims: [rows, layer.n], type: 'float32' },
    layer.relu && 'relu',
  );
}

function activationQuantization({ min, max }) {
  const scale = (max - min) / 255 || 1;
  return { scales: [scale], zeroPoint: Math.round(-128 - min / scale) };
}

function weightScales({ k, n, weights }) {
  return Array.from({ length: n }, (_, j) => {
    let largest = 0;
    for (let i = 0; i < k; i += 1) largest = Math.max(largest, Math.abs(weights[i * n + j]));
    return largest / 127 || 1;
  });
}

function int8Layer(graph, input, layer, rows, range) {
  const { n, k, bias, relu } = layer;
  const scales = weightScales(layer);
  const values = byOutput(layer, (weight, j) => Math.round(weight / scales[j]));
  const weights = graph.tensor({
    dims: [n, k],
    type: 'int8',
    values,
    quantization: { scales, zeroPoint: 0, axis: 0 },
  });
  const [inputScale] = graph.tensors[input].quantization.scales;
  const biasScales = scales.map((scale) => scale * inputScale);
  const biases = graph.tensor({
    dims: [n],
    type: 'int32',
    values: Int32Array.from(biasScales, (scale, j) => Math.round((bias?.[j] ?? 0) / scale)),
    quantization: { scales: biasScales, zeroPoint: 0, axis: 0 },
  });
  const output = { dims: [rows, n], type: 'int8', quantization: activationQuantization(range) };
  return graph.node('fullyConnected', [input, weights, biases], output, relu && 'relu');
}

/** `calibration`: input rows, for int8 activations; without them the model is a float one. */
export function tfliteOf(model, rows, calibration) {
  const graph = new Graph();
  const [{ k }] = model.layers;
  const { n } = model.layers.at(-1);
  const input = graph.tensor({ dims: [rows, k], type: 'float32' });
  let last = input;
  if (calibration) {
    const ranges = activationRanges(model, calibration);
    const quantization = activationQuantization(ranges[0]);
    last = graph.node('quantize', [last], { dims: [rows, k], type: 'int8', quantization });
    model.layers.forEach((layer, i) => (last = int8Layer(graph, last, layer, rows, ranges[i + 1])));
    last = graph.node('dequantize', [last], { dims: [rows, n], type: 'float32' });
  } else {
    for (const layer of model.layers) last = floatLayer(graph, last, layer, rows);
  }
  if (model.softmax) last = graph.node('softmax', [last], { dims: [rows, n], type: 'float32' });
  return writeTflite({ tensors: graph.tensors, nodes: graph.nodes, inputs: [input], outputs: [last] });
}
