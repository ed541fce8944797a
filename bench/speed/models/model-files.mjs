// Everything that a row's contestants read, in one folder a row:
//   fp32.onnx, dynamic.onnx, qdq.onnx   the float model and Alice's exports of it
//   fp32.tflite, int8.tflite            the same for a fixed number of rows
//   layers.json, layers.f32             the same as plain numbers: K×N weights, biases
//   calibration.f32, calibration.json   what Alice and TensorFlow Lite take their ranges from
//   inputs.f32, expected.f32            what is timed, and ONNX Runtime's native FP32 answers to it
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine } from 'alice-quant';
import * as ort from 'onnxruntime-node';
import { inRoot } from '../../../tools/paths.mjs';
import { matrixProduct, noise, rangeOf, readLayers } from './layers.mjs';
import { writeNetwork } from './network-onnx.mjs';
import { writeTfliteNetwork } from './network-tflite.mjs';
import { networks } from './networks.mjs';
import { writeProduct } from './onnx.mjs';
import { tfliteOf } from './tflite.mjs';

const productSamples = 64;
const networkSamples = 32;

function classifierOf({ model }) {
  const fp32 = readFileSync(inRoot('models', `${model}.onnx`));
  const dataset = readFileSync(inRoot('calibration-data/standard-1000.json'));
  const { samples } = JSON.parse(dataset);
  const calibration = Float32Array.from(samples.flatMap(({ features }) => features));
  return { model: readLayers(fp32), fp32, calibration, inputs: calibration, dataset };
}

function productOf({ k, n, rows }) {
  const model = matrixProduct(k, n);
  const calibration = noise(productSamples * k, 11);
  return { model, fp32: writeProduct(model), calibration, inputs: noise(rows * k, 13), dataset: '{}' };
}

async function quantized(strategy, fp32, calibration, isNetwork) {
  const options = { strategy, maxLatencyMs: Infinity, maxMemoryMB: 1024 };
  // Of random weights no class stands out.
  const engine = await createEngine({ ...options, ...(isNetwork && { maxAccuracyDrop: 1 }) });
  const { success, error, int8Model } = await engine.quantize(fp32, calibration);
  engine.dispose();
  if (!success) throw new Error(`quantize(): ${error.message}`);
  return int8Model;
}

// Every output by its name; `dims` of one sample.
async function answersOf(fp32, inputs, dims) {
  const session = await ort.InferenceSession.create(fp32, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const size = dims.reduce((product, dim) => product * dim, 1);
  const feed = new ort.Tensor('float32', inputs, [inputs.length / size, ...dims]);
  const outputs = await session.run({ [session.inputNames[0]]: feed });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

const bytesOf = (values) =>
  ArrayBuffer.isView(values) ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : values;

const concatenated = (arrays) => {
  const result = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const values of arrays) {
    result.set(values, next);
    next += values.length;
  }
  return result;
};

async function perceptronFiles(row) {
  const { model, fp32, calibration, inputs, dataset } = row.macs ? productOf(row) : classifierOf(row);
  const { layers, softmax, output } = model;
  const [{ k }] = layers;
  const files = {
    'fp32.onnx': fp32,
    'fp32.tflite': tfliteOf(model, row.rows),
    'int8.tflite': tfliteOf(model, row.rows, calibration),
    'layers.json': JSON.stringify({
      softmax,
      layers: layers.map(({ k, n, bias, relu }) => ({ k, n, relu, hasBias: bias !== undefined })),
    }),
    'layers.f32': concatenated(layers.flatMap(({ weights, bias }) => (bias ? [weights, bias] : [weights]))),
    'calibration.f32': calibration,
    'calibration.json': dataset,
    'inputs.f32': inputs,
    'expected.f32': (await answersOf(fp32, inputs, [k]))[output],
  };
  return { files, k, n: layers.at(-1).n, reductions: layers.map((layer) => layer.k) };
}

async function networkFiles({ network: name, dims }) {
  const network = networks[name]();
  const [, ...sample] = dims;
  const size = sample.reduce((product, dim) => product * dim, 1);
  const fp32 = writeNetwork(network);
  const calibration = noise(networkSamples * size, 11);
  const inputs = noise(size, 13);
  const activations = await answersOf(writeNetwork(network, { allOutputs: true }), calibration, sample);
  const ranges = Object.fromEntries(
    Object.entries({ [network.input]: calibration, ...activations }).map(([key, values]) => [
      key,
      rangeOf(values),
    ]),
  );
  const files = {
    'fp32.onnx': fp32,
    'fp32.tflite': writeTfliteNetwork(network),
    'int8.tflite': writeTfliteNetwork(network, ranges),
    'calibration.f32': calibration,
    'inputs.f32': inputs,
    'expected.f32': (await answersOf(fp32, inputs, sample))[network.output],
  };
  const reductions = network.nodes
    .filter(({ weights }) => weights)
    .map(({ weights, bias }) => weights.length / bias.length);
  return { files, k: size, n: network.nodes.at(-1).n, reductions };
}

/** Writes them into `folder`; gives the row, with `k` and `n` of its model. */
export async function writeModelFiles(row, folder) {
  const isNetwork = row.network !== undefined;
  const { files, ...sizes } = await (isNetwork ? networkFiles(row) : perceptronFiles(row));
  const { 'fp32.onnx': fp32, 'calibration.f32': calibration } = files;
  files['dynamic.onnx'] = await quantized('dynamic', fp32, calibration, isNetwork);
  files['qdq.onnx'] = await quantized('static', fp32, calibration, isNetwork);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), bytesOf(content));
  return { ...row, ...sizes };
}
