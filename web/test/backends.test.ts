// WebAssembly and plain JavaScript compute the same: integers and answers to the last bit, with kernels that round alike.
import {
  createEngine,
  type AliceQuantizationEngine,
  type EngineOptions,
  type QuantizationResult,
} from 'alice-quant';
import { integersOf, layersOf } from 'alice-quant/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { classifier, classifierNames, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { perceptron } from './fixtures/mlp.js';
import { sharedModelCases } from './fixtures/shared-model-cases.js';
import { hasSharedModels, sharedModel } from './fixtures/shared-models.js';

// Relaxed SIMD, which a Node may have, rounds float products in its own way.
const backends = [{ backend: 'wasm', isa: 'simd128' }, { backend: 'cpu' }] as const;
const unhurried: EngineOptions = { maxLatencyMs: Infinity, enableAutoFallback: false };
const dataset = standardDataset();

// JavaScript that has just been loaded is interpreted.

const engines: AliceQuantizationEngine[] = [];
afterEach(() => engines.splice(0).forEach((engine) => engine.dispose()));

const onEach = (options: EngineOptions = {}) =>
  Promise.all(
    backends.map(async (backend) => {
      const engine = await createEngine({ ...unhurried, ...options, ...backend });
      engines.push(engine);
      return engine;
    }),
  );

/** Both precisions' outputs for a row, and the integers of every layer. */
async function allOf(engine: AliceQuantizationEngine, row: Float32Array) {
  const { fp32, int8, similarity } = await engine.compare(row);
  const layers = layersOf(engine).map((layer) => integersOf(engine, layer));
  return { fp32: fp32.probabilities, int8: int8.probabilities, similarity, layers };
}

/** Of the layers, all but what packed weights take: the tiles of kernels are not of one size. */
const figuresOf = ({ layers }: QuantizationResult) => layers.map((layer) => ({ ...layer, bytesInt8: 0 }));

test('each says which it is, and which there are', async () => {
  const [wasm, cpu] = await onEach();
  expect(wasm!.getStatus()).toMatchObject({ backend: 'wasm', isa: 'simd128' });
  expect(cpu!.getStatus()).toMatchObject({ backend: 'cpu', isa: 'scalar' });
  expect(cpu!.getStatus().backends).toEqual([
    { name: 'wasm', available: true, chosen: false },
    { name: 'webgl', available: false, chosen: false, reason: 'There is no WebGL 2 here.' },
    { name: 'cpu', available: true, chosen: true },
  ]);
  cpu!.dispose();
  expect(cpu!.getStatus()).toMatchObject({ backend: '', backends: [] });
});

describe.each(classifierNames)('%s', (name) => {
  test.each([
    ['dynamic', {}],
    ['static', { strategy: 'static' }],
    ['int4 in groups', { weightType: 'int4', weightGranularity: 'per-group' }],
    ['asymmetric', { weightScheme: 'asymmetric', activationGranularity: 'per-token' }],
    ['fp8', { weightType: 'fp8e4m3' }],
  ] satisfies [string, EngineOptions][])(
    'quantized %s gives the same model, integers and answers',
    async (_, options) => {
      const [wasm, cpu] = await onEach(options);
      const quantized = await wasm!.quantize(classifier(name), dataset);
      const inJavaScript = await cpu!.quantize(classifier(name), dataset);
      expect(inJavaScript.int8Model).toEqual(quantized.int8Model);
      expect(figuresOf(inJavaScript)).toEqual(figuresOf(quantized));
      for (const row of unseenFeatures(50)) expect(await allOf(cpu!, row)).toEqual(await allOf(wasm!, row));
      expect(layersOf(cpu!).length).toBeGreaterThan(2);
    },
  );

  test('has integers to compare, which are products of u8 codes', async () => {
    const [, cpu] = await onEach();
    await cpu!.quantize(classifier(name), dataset);
    await cpu!.compare(unseenFeatures(1)[0]!);
    const [first] = layersOf(cpu!);
    const { codes, accumulators } = integersOf(cpu!, first!);
    expect(codes).toHaveLength(12);
    expect(Math.max(...codes)).toBe(255);
    expect(new Set(accumulators).size).toBeGreaterThan(16);
    expect((await failureOf(() => integersOf(cpu!, 'none'))).code).toBe('argument_invalid');
  });
});

describe
  .skipIf(!hasSharedModels)
  .each(sharedModelCases.filter(({ name }) => ['mnist', 'cifar', 'iris', '3DBall', 'Walker'].includes(name)))(
  '$name',
  ({ name, config, samples }) => {
    test('gives the same integers and answers', async () => {
      const rows = samples(32).map((feeds) => Object.values(feeds)[0]!.data as Float32Array);
      const both = await onEach(config);
      const found = [];
      for (const engine of both) {
        await engine.quantize(sharedModel(name), rows);
        found.push(await Promise.all(rows.slice(0, 3).map((row) => allOf(engine, row))));
      }
      expect(found[1]).toEqual(found[0]);
      expect(found[0]![0]!.layers.at(-1)!.accumulators.length).toBeGreaterThan(0);
    });
  },
);

test('JavaScript refuses what is above the budget, and answers as before', async () => {
  const [, cpu] = await onEach({ maxMemoryMB: 2 });
  await cpu!.quantize(classifier('behavior-classifier'), dataset);
  const row = unseenFeatures(1)[0]!;
  const before = cpu!.inferSync(row).probabilities;
  const { heapBytes } = cpu!.getMemory();
  expect((await failureOf(() => cpu!.load(perceptron(4 << 20).bytes))).stage).toBe('budget');
  expect(cpu!.getMemory().heapBytes).toBe(heapBytes);
  expect(cpu!.inferSync(row).probabilities).toEqual(before);
});

test('a heap of JavaScript that grows leaves every engine with its answers', async () => {
  const [, cpu] = await onEach({ maxMemoryMB: 100 });
  const [, other] = await onEach({ maxMemoryMB: 100 });
  await cpu!.quantize(classifier('behavior-classifier'), dataset);
  const rows = unseenFeatures(20);
  const before = rows.map((row) => cpu!.inferSync(row).probabilities);
  const { heapBytes } = cpu!.getMemory();
  await other!.load(perceptron(4 << 20).bytes);
  expect(cpu!.getMemory().heapBytes).toBeGreaterThan(heapBytes);
  expect(rows.map((row) => cpu!.inferSync(row).probabilities)).toEqual(before);
});

test('JavaScript that gets no larger array from the browser says so, and answers as before', async () => {
  const [, cpu] = await onEach({ maxMemoryMB: 900 });
  await cpu!.quantize(classifier('behavior-classifier'), dataset);
  const row = unseenFeatures(1)[0]!;
  const before = cpu!.inferSync(row).probabilities;
  const model = perceptron(16 << 20).bytes;
  const { ArrayBuffer: original } = globalThis;
  globalThis.ArrayBuffer = new Proxy(original, {
    construct(target, [bytes]: [number]) {
      if (bytes > 8 << 20) throw new RangeError('Array buffer allocation failed');
      return new target(bytes);
    },
  });
  try {
    expect((await failureOf(() => cpu!.load(model))).code).toBe('out_of_memory');
  } finally {
    globalThis.ArrayBuffer = original;
  }
  expect(cpu!.inferSync(row).probabilities).toEqual(before);
  await cpu!.load(model);
});
