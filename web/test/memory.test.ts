import { createEngine, type AliceQuantizationEngine, type QuantizationConfig } from 'alice-quant';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  classifier,
  classifierNames,
  concatenated,
  standardDataset,
  unseenFeatures,
} from './fixtures/classifiers.js';
import { perceptron } from './fixtures/mlp.js';
import { onnxModel } from './fixtures/onnx-builder.js';
import { hasSharedModels, mnistImages, noise, sharedModel } from './fixtures/shared-models.js';

const MB = 2 ** 20;
const dataset = standardDataset();

test.each(classifierNames)('%s: small weights and a heap of 2 MB at most', async (name) => {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  await engine.quantize(classifier(name), dataset);
  const memory = engine.getMemory();
  expect(memory.heapBytes).toBeLessThanOrEqual(2 * MB);
  expect(memory.limitBytes).toBe(50 * MB);
  if (name === 'behavior-classifier-large') {
    expect(memory.int8WeightBytes / memory.fp32WeightBytes).toBeLessThanOrEqual(0.27);
  }
  const held = Object.values(memory.byKind).reduce((sum, bytes) => sum + bytes, 0);
  expect(held).toBe(memory.heldBytes);
  expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.heldBytes);
  expect(memory.plannedArenaBytes).toBeGreaterThan(0);
  engine.dispose();
});

test('inferences never make the heap grow, and further quantizations not above 2 MB', async () => {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  const rows = unseenFeatures(100);
  const quantizeBoth = async (times: number) => {
    for (let i = 0; i < times; ++i) {
      for (const name of classifierNames) await engine.quantize(classifier(name), dataset);
    }
  };
  // The first rounds find the places in the heap that the later ones use again.
  await quantizeBoth(20);
  await engine.inferBatch(concatenated(rows), rows.length);
  const before = engine.getMemory();

  for (let i = 0; i < 10_000; ++i) engine.inferSync(rows[i % rows.length]!);
  expect(engine.getMemory()).toEqual(before);

  await quantizeBoth(40);
  await engine.inferBatch(concatenated(rows), rows.length);
  const { heapBytes, ...after } = engine.getMemory();
  expect(before).toMatchObject(after);
  // Once in many rounds something finds no place all the same, and the heap gets a step more; oom.test.ts knows that nothing
  // stays behind.
  expect(heapBytes).toBeLessThanOrEqual(2 * MB);
  engine.dispose();
});

test('engines give their memory back', async () => {
  const lifetime = async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity });
    await engine.quantize(classifier('behavior-classifier-large'), dataset);
    const { heapBytes } = engine.getMemory();
    engine.dispose();
    return heapBytes;
  };
  const heapBytes = await lifetime();
  for (let i = 0; i < 50; ++i) expect(await lifetime()).toBe(heapBytes);
});

test('a heap that grows leaves every engine with its answers', async () => {
  const rows = unseenFeatures(2);
  const engine = await createEngine({ maxLatencyMs: Infinity });
  await engine.quantize(classifier('behavior-classifier'), dataset);
  const answer = engine.inferSync(rows[0]!).probabilities;
  const { heapBytes } = engine.getMemory();

  const other = await createEngine();
  await other.load(classifier('behavior-classifier'));
  const count = 100_000;
  const many = new Float32Array(12 * count);
  for (let i = 0; i < count; ++i) many.set(rows[i % 2]!, 12 * i);
  const answers = await other.inferBatch(many, count);
  expect(other.getMemory().heapBytes).toBeGreaterThan(heapBytes);
  expect(engine.inferSync(rows[0]!).probabilities).toEqual(answer);
  expect(other.inferSync(rows[1]!).probabilities).toEqual(answers[count - 1]!.probabilities);
  engine.dispose();
  other.dispose();
});

/** What is held for the model in service is what was planned, to the byte. */
function expectPlanned(engine: AliceQuantizationEngine) {
  const { byKind, heldBytes, limitBytes, plannedBytes, plannedByKind } = engine.getMemory();
  expect(plannedBytes).toBe(heldBytes);
  expect(plannedByKind).toEqual(byKind);
  expect(plannedBytes).toBeLessThanOrEqual(limitBytes);
}

const schemes = {
  dynamic: {},
  static: { strategy: 'static' },
  'int4 per group': { weightType: 'int4', weightGranularity: 'per-group' },
  fp8: { weightType: 'fp8e4m3' },
} as const satisfies Record<string, Partial<QuantizationConfig>>;

describe.each(Object.entries(schemes))('%s', (_, scheme) => {
  const config = { maxLatencyMs: Infinity, enableAutoFallback: false, ...scheme };

  test.each(classifierNames)('%s holds what was planned', async (name) => {
    for (const keepFp32 of [true, false]) {
      const engine = await createEngine({ ...config, keepFp32 });
      await engine.load(classifier(name));
      expectPlanned(engine);
      const { int8Model } = await engine.quantize(classifier(name), dataset);
      expectPlanned(engine);
      if (int8Model.length > 0) {
        await engine.load(int8Model);
        // The scale tables that a model brings along are read as any other floats.
        const { plannedBytes, heldBytes } = engine.getMemory();
        expect(plannedBytes).toBe(heldBytes);
      }
      engine.dispose();
    }
  });

  test.skipIf(!hasSharedModels).each([
    {
      name: 'mnist',
      rows: () =>
        mnistImages()
          .slice(0, 40)
          .map(({ pixels }) => pixels),
      outputs: '',
    },
    { name: 'cifar', rows: () => noise(40, 3072), outputs: '' },
    { name: '3DBall', rows: () => noise(40, 8), outputs: 'deterministic_continuous_actions' },
    { name: 'Walker', rows: () => noise(40, 243), outputs: 'deterministic_continuous_actions' },
  ] as const)('$name holds what was planned', async ({ name, rows, outputs }) => {
    for (const keepFp32 of [true, false]) {
      const engine = await createEngine({ ...config, outputs, keepFp32 });
      await engine.quantize(sharedModel(name), concatenated(rows()));
      expectPlanned(engine);
      engine.dispose();
    }
  });
});

test('without a model nothing is planned', async () => {
  const engine = await createEngine();
  expect(engine.getMemory().plannedBytes).toBe(0);
  engine.dispose();
});

test('a model that does not fit is refused at once, with what it needs', async () => {
  const engine = await createEngine({ maxLatencyMs: Infinity, maxMemoryMB: 1 });
  await engine.load(classifier('behavior-classifier'));
  const { plannedBytes } = engine.getMemory();
  // Small on disk, but its tensors are not.
  const wide = onnxModel({
    nodes: [{ operator: 'Relu', name: 'relu', inputs: ['x'], outputs: ['y'] }],
    input: { name: 'x', dims: [1, 100_000] },
    output: { name: 'y', dims: [1, 100_000] },
  });
  await expect(engine.load(wide)).rejects.toMatchObject({
    code: 'budget_exceeded',
    message: expect.stringMatching(
      /^the model needs \d+ bytes in service \(.*activations \d{6}, io \d{7}\)/,
    ) as string,
  });
  expect(engine.getMemory().plannedBytes).toBe(plannedBytes);
  engine.dispose();
});

describe('without FP32 weights', () => {
  const rows: Float32Array[] = [];
  beforeAll(async () => {
    (await createEngine()).dispose();
    rows.push(...unseenFeatures(60));
  });
  const name = 'behavior-classifier-large';
  const float = async (keepFp32: boolean, model: Uint8Array) => {
    const engine = await createEngine({ keepFp32 });
    await engine.load(model);
    engine.forceFallback(true);
    return engine;
  };

  test('quantize() drops them, says what that costs, and answers as it says', async () => {
    const kept = await createEngine({ maxLatencyMs: Infinity });
    const dropped = await createEngine({ maxLatencyMs: Infinity, keepFp32: false });
    expect((await kept.quantize(classifier(name), dataset)).rederived).toBeUndefined();
    const { rederived, logs } = await dropped.quantize(classifier(name), dataset);
    expect(dropped.getReport().rederived).toEqual(rederived);
    const before = kept.getMemory();
    const after = dropped.getMemory();
    // All weights but the biases.
    expect(before.fp32WeightBytes).toBe(4 * (12 * 176 + 176 * 192 + 192 * 64 + 64 * 6));
    expect(rederived!.savedBytes).toBe(before.fp32WeightBytes + 4 * 16);
    expect(after.fp32WeightBytes).toBe(0);
    expect(after.byKind['weights_f32']).toBe(before.byKind['weights_f32']! - rederived!.savedBytes);
    expect(after.heldBytes).toBeLessThan(0.4 * before.heldBytes);
    expect(rederived!.worstCosineSimilarity).toBeGreaterThan(0.99);
    expect(rederived!.cosineSimilarity).toBeGreaterThanOrEqual(rederived!.worstCosineSimilarity);
    expect(logs.some((line) => line.startsWith(`dropped ${String(rederived!.savedBytes)} bytes`))).toBe(true);

    for (const row of rows.slice(0, 10)) {
      expect(dropped.inferSync(row).probabilities).toEqual(kept.inferSync(row).probabilities);
    }
    kept.forceFallback(true);
    dropped.forceFallback(true);
    const differences = rows.map((row) => {
      const theirs = dropped.inferSync(row);
      expect(theirs.mode).toBe('fp32');
      return Math.max(
        ...kept.inferSync(row).probabilities.map((p, i) => Math.abs(p - theirs.probabilities[i]!)),
      );
    });
    expect(Math.max(...differences)).toBeGreaterThan(0);
    expect(Math.max(...differences)).toBeLessThan(0.1);
    // What can be exported does not depend on it.
    expect(dropped.exportModel('fp32')).toEqual(kept.exportModel('fp32'));
    expect(dropped.exportModel('dynamic')).toEqual(kept.exportModel('dynamic'));
    kept.dispose();
    dropped.dispose();
  });

  test('a loaded INT8 model answers in FP32 to the bit as with them', async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity, strategy: 'static' });
    const { int8Model } = await engine.quantize(classifier(name), dataset);
    engine.dispose();
    const kept = await float(true, int8Model);
    const dropped = await float(false, int8Model);
    expect(dropped.getMemory().heldBytes).toBeLessThan(0.4 * kept.getMemory().heldBytes);
    for (const row of rows) {
      expect(dropped.inferSync(row).probabilities).toEqual(kept.inferSync(row).probabilities);
    }
    kept.dispose();
    dropped.dispose();
  });

  test('a loaded INT8 model makes none that take more than a quarter of the budget', async () => {
    const { bytes, width } = perceptron(800_000);
    const rows = noise(40, width);
    const engine = await createEngine({ maxLatencyMs: Infinity, maxAccuracyDrop: 1, strategy: 'static' });
    const { int8Model } = await engine.quantize(bytes, concatenated(rows));
    engine.dispose();
    const loaded = async (maxMemoryMB: number) => {
      const reader = await createEngine({ maxMemoryMB, monitorInterval: 0 });
      await reader.load(int8Model);
      return reader;
    };
    const [small, large] = [await loaded(3), await loaded(4)];
    expect(large.getMemory().fp32WeightBytes).toBe(3 * 4 * width ** 2);
    expect(small.getMemory().fp32WeightBytes).toBe(0);
    // The file and the codes of it, then the codes and the packed ones: never the floats, which are four times as large.
    expect(small.getMemory().peakBytes).toBeLessThan(3 * int8Model.length);
    for (const row of rows.slice(0, 10)) {
      expect(small.inferSync(row).probabilities).toEqual(large.inferSync(row).probabilities);
      const both = await Promise.all([small.compare(row), large.compare(row)]);
      expect(both[0].fp32.probabilities).toEqual(both[1].fp32.probabilities);
    }
    small.dispose();
    large.dispose();
  });

  test('they stay where INT8 is not good enough', async () => {
    const engine = await createEngine({
      maxLatencyMs: Infinity,
      keepFp32: false,
      fallbackThreshold: 1,
      similarityThreshold: 1,
    });
    const { success, rederived, logs } = await engine.quantize(classifier(name), dataset);
    expect(success).toBe(false);
    expect(rederived).toBeUndefined();
    expect(logs).toContain('kept the float weights: INT8 is not good enough');
    expect(engine.getMemory().fp32WeightBytes).toBeGreaterThan(0);
    expectPlanned(engine);
    engine.dispose();
  });

  test.skipIf(!hasSharedModels)('convolutions, too', async () => {
    const images = noise(40, 3072);
    const engine = await createEngine({ maxLatencyMs: Infinity, enableAutoFallback: false, keepFp32: false });
    const { rederived } = await engine.quantize(sharedModel('cifar'), concatenated(images));
    expect(rederived!.cosineSimilarity).toBeGreaterThan(0.999);
    expect(rederived!.savedBytes).toBeGreaterThan(150_000);
    expect(engine.getMemory().fp32WeightBytes).toBe(0);
    const { similarity } = await engine.compare(images[0]!);
    expect(similarity).toBeGreaterThan(0.99);
    engine.dispose();
  });
});
