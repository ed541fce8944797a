// Writes build/golden/<model>.golden: what ONNX Runtime says of the project's classifiers, for tests/golden.
//
// The INT8 side is a model of standard operators (DynamicQuantizeLinear-11, MatMulInteger-10) built here from the float
// weights, with a quantizer of its own, and run without graph optimization; every integer in it is an output.
//
// A file is little-endian 32-bit words, integers or floats:
//   'AGLD', rows, inputs, outputs, layers; per layer: K, N, weights [K·N] (int), scales [N] (float)
//   per row: input, FP32 output, INT8 output; per layer: u8 input [K] (int), scale (float), zero point, products [N] (int)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { buildFolder, inRoot } from '../paths.mjs';
import { readGraph, writeModel } from './onnx-bytes.mjs';

const models = ['behavior-classifier', 'behavior-classifier-large'];
const rows = 200;
const sessionOptions = { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1 };

function roundHalfEven(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

// W of a Gemm with transB, [N, K], as s8 [K, N] with a scale per column.
function quantizeWeights({ dims: [n, k], values }) {
  const weights = new Int8Array(k * n);
  const scales = new Float32Array(n);
  for (let column = 0; column < n; column += 1) {
    const row = values.subarray(column * k, (column + 1) * k);
    scales[column] = row.reduce((max, w) => Math.max(max, Math.abs(w)), 0) / 127 || 1;
    row.forEach((w, i) => {
      weights[i * n + column] = roundHalfEven(Math.fround(w / scales[column]));
    });
  }
  return { k, n, weights, scales };
}

function layersOf(graph) {
  const gemms = graph.nodes.filter(({ op }) => op === 'Gemm');
  return gemms.map(({ inputs: [, weights, bias] }) => ({
    ...quantizeWeights(graph.initializers.get(weights)),
    bias: graph.initializers.get(bias).values,
  }));
}

// Gemm, Relu, …, Gemm, Softmax in dynamic INT8.
function judgeModel(layers) {
  const nodes = [];
  const initializers = [];
  let x = 'x';
  layers.forEach(({ k, n, weights, scales, bias }, i) => {
    const of = (name) => `${name}${i}`;
    const last = i === layers.length - 1;
    initializers.push(
      { name: of('w'), type: 'int8', dims: [k, n], values: weights },
      { name: of('sw'), type: 'float32', dims: [n], values: scales },
      { name: of('b'), type: 'float32', dims: [n], values: bias },
    );
    const node = (op, inputs, outputs, integers) => nodes.push({ op, inputs, outputs, integers });
    node('DynamicQuantizeLinear', [x], [of('q'), of('sx'), of('zx')]);
    node('MatMulInteger', [of('q'), of('w'), of('zx')], [of('acc')]);
    node('Cast', [of('acc')], [of('float')], { to: 1 });
    node('Mul', [of('sx'), of('sw')], [of('s')]);
    node('Mul', [of('float'), of('s')], [of('product')]);
    node('Add', [of('product'), of('b')], [of('sum')]);
    node(last ? 'Softmax' : 'Relu', [of('sum')], [of('y')]);
    x = of('y');
  });
  const outputs = layers.flatMap((_, i) =>
    ['q', 'sx', 'zx', 'acc', 'y'].map((name) => ({ name: `${name}${i}` })),
  );
  return writeModel({
    nodes,
    initializers,
    inputs: [{ name: 'x', type: 'float32', dims: [1, layers[0].k] }],
    outputs,
  });
}

class Words {
  #parts = [];
  integers(values) {
    this.#parts.push(Buffer.from(Int32Array.from(values).buffer));
  }
  floats(values) {
    this.#parts.push(Buffer.from(Float32Array.from(values).buffer));
  }
  bytes() {
    return Buffer.concat([Buffer.from('AGLD'), ...this.#parts]);
  }
}

function calibrationRows() {
  const set = JSON.parse(readFileSync(inRoot('calibration-data/standard-1000.json'), 'utf8'));
  const step = Math.floor(set.samples.length / rows);
  return Array.from({ length: rows }, (_, i) => Float32Array.from(set.samples[i * step].features));
}

async function makeGolden(name, inputs) {
  const bytes = readFileSync(inRoot('models', `${name}.onnx`));
  const layers = layersOf(readGraph(bytes));
  const float = await ort.InferenceSession.create(bytes, sessionOptions);
  const judge = await ort.InferenceSession.create(judgeModel(layers), sessionOptions);
  const last = layers.length - 1;

  const words = new Words();
  words.integers([rows, layers[0].k, layers[last].n, layers.length]);
  for (const { k, n, weights, scales } of layers) {
    words.integers([k, n]);
    words.integers(weights);
    words.floats(scales);
  }
  for (const input of inputs) {
    const x = new ort.Tensor('float32', input, [1, input.length]);
    const fp32 = await float.run({ [float.inputNames[0]]: x });
    const int8 = await judge.run({ x });
    words.floats(input);
    words.floats(fp32[float.outputNames[0]].data);
    words.floats(int8[`y${last}`].data);
    layers.forEach((_, i) => {
      words.integers(int8[`q${i}`].data);
      words.floats(int8[`sx${i}`].data);
      words.integers(int8[`zx${i}`].data);
      words.integers(int8[`acc${i}`].data);
    });
  }
  writeFileSync(`${buildFolder}/golden/${name}.golden`, words.bytes());
  console.log(`${name}: ${layers.map(({ k, n }) => `${k}→${n}`).join(', ')}, ${rows} rows`);
}

mkdirSync(`${buildFolder}/golden`, { recursive: true });
const inputs = calibrationRows();
for (const name of models) await makeGolden(name, inputs);
