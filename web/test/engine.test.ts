import {
  AliceQuantizationEngine,
  BEHAVIOR_CLASSES,
  createEngine,
  type BatchResult,
  type InferenceResult,
  type ReusableResult,
} from 'alice-quant';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  classifier,
  classifierNames,
  layerCounts,
  concatenated,
  standardDataset,
  unseenFeatures,
} from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { linearModel } from './fixtures/onnx-builder.js';

// What an answer is by itself: not how long it took, nor whether it was one of those that are monitored.
const answerOf = ({ latencyMs, similarity = 1, ...answer }: InferenceResult) => {
  expect(latencyMs).toBeGreaterThanOrEqual(0);
  expect(similarity).toBeGreaterThan(0.95);
  return answer;
};

describe.each(classifierNames)('%s', (name) => {
  let engine: AliceQuantizationEngine;
  let rows: Float32Array[];
  beforeAll(async () => {
    engine = await createEngine({ maxLatencyMs: Infinity });
    await engine.quantize(classifier(name), standardDataset());
    rows = unseenFeatures(300);
  });
  afterAll(() => engine.dispose());

  test('gives the same answer, bit for bit, to infer, inferSync and inferBatch', async () => {
    for (const mode of ['int8', 'fp32'] as const) {
      engine.forceFallback(mode === 'fp32');
      const batch = await engine.inferBatch(concatenated(rows), rows.length);
      expect(batch).toHaveLength(rows.length);
      for (const [i, row] of rows.entries()) {
        const single = answerOf(engine.inferSync(row));
        expect(single.mode).toBe(mode);
        expect(answerOf(await engine.infer([...row]))).toEqual(single);
        expect(answerOf(batch[i]!)).toEqual(single);
      }
    }
    engine.forceFallback(false);
  });

  test('names the class of the highest probability', () => {
    for (const row of rows) {
      const { className, classIndex, confidence, probabilities } = engine.inferSync(row);
      expect(probabilities).toHaveLength(6);
      expect(confidence).toBe(Math.max(...probabilities));
      expect(probabilities[classIndex]).toBe(confidence);
      expect(className).toBe(BEHAVIOR_CLASSES[classIndex]);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
  });

  test('gives answers that later calls leave alone', () => {
    const first = engine.inferSync(rows[0]!).probabilities;
    const before = first.slice();
    engine.inferSync(rows[1]!);
    expect(first).toEqual(before);
  });

  test('compares FP32 and INT8 as each of them answers', async () => {
    for (const row of rows.slice(0, 60)) {
      const { fp32, int8, similarity, maxProbDiff } = await engine.compare(row);
      engine.forceFallback(true);
      expect(answerOf(engine.inferSync(row))).toEqual(answerOf(fp32));
      engine.forceFallback(false);
      expect(answerOf(engine.inferSync(row))).toEqual(answerOf(int8));
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      const [a, b] = [fp32.probabilities, int8.probabilities];
      expect(similarity).toBeCloseTo(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)), 9);
      expect(maxProbDiff).toBeCloseTo(Math.max(...a.map((p, i) => Math.abs(p - b[i]!))), 7);
    }
  });

  test('counts what it has run', () => {
    const before = engine.getStatus().inferenceCount;
    engine.inferSync(rows[0]!);
    engine.forceFallback(true);
    engine.inferSync(rows[0]!);
    engine.inferSync(rows[0]!);
    engine.forceFallback(false);
    const { inferenceCount } = engine.getStatus();
    expect(inferenceCount).toEqual({ int8: before.int8 + 1, fp32: before.fp32 + 2 });
  });

  test('falls back by hand, and says so', () => {
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', health: 'normal', fallbackTriggered: false });
    const calledAt = Date.now();
    engine.forceFallback(true);
    const status = engine.getStatus();
    expect(status).toMatchObject({
      mode: 'fp32',
      fallbackTriggered: true,
      fallbackReason: 'manual_override',
    });
    expect(status.fallbackAt).toBeGreaterThanOrEqual(calledAt - 1);
    expect(status.fallbackAt).toBeLessThanOrEqual(Date.now() + 1);
    engine.forceFallback(false);
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', fallbackTriggered: false });
    expect(engine.getStatus()).not.toHaveProperty('fallbackReason');
  });

  test('describes itself', () => {
    const { model, backend, isa, initialized, currentMetrics } = engine.getStatus();
    expect({ backend, isa, initialized }).toEqual({ backend: 'wasm', isa: 'simd128', initialized: true });
    expect(model).toMatchObject({ classes: [...BEHAVIOR_CLASSES], quantizedLayers: layerCounts[name] });
    expect(model!.inputs[0]).toMatchObject({ dtype: expect.stringMatching(/f(loat)?32/) as string });
    expect(model!.inputs[0]!.dims.at(-1)).toBe(12);
    expect(currentMetrics!.samples).toBe(1000);
  });
});

describe('load', () => {
  test('runs a float model in FP32 and the quantized one in INT8, as the quantizing engine does', async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity });
    const { int8Model } = await engine.quantize(classifier('behavior-classifier'), standardDataset());
    const loaded = await createEngine();
    const rows = unseenFeatures(60);

    expect(await loaded.load(int8Model)).toMatchObject({
      quantizedLayers: 3,
      classes: [...BEHAVIOR_CLASSES],
    });
    for (const row of rows) expect(answerOf(loaded.inferSync(row))).toEqual(answerOf(engine.inferSync(row)));

    await loaded.load(classifier('behavior-classifier').buffer);
    engine.forceFallback(true);
    for (const row of rows) expect(answerOf(loaded.inferSync(row))).toEqual(answerOf(engine.inferSync(row)));
    engine.dispose();
    loaded.dispose();
  });

  test('replaces a model by one of another width', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    expect(engine.inferSync([1, 2, 3, 4]).probabilities).toHaveLength(3);
    expect(engine.inferSync([1, 2, 3, 4]).className).toMatch(/^class_[012]$/);
    await engine.load(linearModel(7, 2));
    expect(engine.inferSync([1, 2, 3, 4, 5, 6, 7]).probabilities).toHaveLength(2);
    expect((await failureOf(() => engine.inferSync([1, 2, 3, 4]))).message).toMatch(/7.*4/);
    engine.dispose();
  });

  test('keeps engines apart', async () => {
    const [a, b] = [await createEngine(), await createEngine()];
    await a.load(linearModel(4, 3));
    await b.load(linearModel(5, 2));
    const answer = answerOf(a.inferSync([1, 2, 3, 4]));
    b.inferSync([5, 4, 3, 2, 1]);
    b.dispose();
    expect(answerOf(a.inferSync([1, 2, 3, 4]))).toEqual(answer);
    a.dispose();
  });
});

describe('the life of an engine', () => {
  const everyUse = (engine: AliceQuantizationEngine): [string, () => unknown][] => [
    ['quantize', () => engine.quantize(linearModel(4, 3))],
    ['load', () => engine.load(linearModel(4, 3))],
    ['infer', () => engine.infer([1])],
    ['inferSync', () => engine.inferSync([1])],
    ['inferBatch', () => engine.inferBatch(new Float32Array(4), 1)],
    ['createResult', () => engine.createResult()],
    ['inferInto', () => engine.inferInto([1], {} as ReusableResult)],
    ['createBatchResult', () => engine.createBatchResult(1)],
    ['inferBatchInto', () => engine.inferBatchInto(new Float32Array(4), 1, {} as BatchResult)],
    ['compare', () => engine.compare([1])],
    ['getMemory', () => engine.getMemory()],
    ['forceFallback', () => engine.forceFallback(true)],
    ['exportModel', () => engine.exportModel('fp32')],
  ];

  test('before initialize has typed errors', async () => {
    const engine = new AliceQuantizationEngine();
    expect(engine.getStatus()).toMatchObject({ initialized: false, mode: 'fp32' });
    for (const [name, use] of everyUse(engine)) {
      expect((await failureOf(use)).code, name).toBe('not_initialized');
    }
    expect(await engine.initialize()).toBe(true);
    expect(engine.getStatus().initialized).toBe(true);
    engine.dispose();
  });

  test('before a model has typed errors', async () => {
    const engine = await createEngine();
    const needsModel = everyUse(engine).filter(([name]) => !['quantize', 'load', 'getMemory'].includes(name));
    for (const [name, use] of needsModel) expect((await failureOf(use)).code, name).toBe('no_model');
    expect(engine.getMemory().int8WeightBytes).toBe(0);
    engine.dispose();
  });

  test('after dispose has typed errors, and dispose may be called again', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    engine.dispose();
    engine.dispose();
    expect(engine.getStatus().initialized).toBe(false);
    for (const [name, use] of [...everyUse(engine), ['initialize', () => engine.initialize()] as const]) {
      expect((await failureOf(use)).code, name).toBe('disposed');
    }
  });

  test('has one initialize', async () => {
    const engine = new AliceQuantizationEngine();
    const first = engine.initialize();
    expect((await failureOf(() => engine.initialize())).code).toBe('busy');
    await first;
    expect((await failureOf(() => engine.initialize())).code).toBe('config_invalid');
    engine.dispose();
  });

  test('may end while it starts', async () => {
    const engine = new AliceQuantizationEngine();
    const starting = engine.initialize();
    engine.dispose();
    expect((await failureOf(() => starting)).code).toBe('disposed');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a word that is not allowed', { strategy: 'fixed' }, /strategy.*fixed.*dynamic, static/],
    ['a word for a number', { calibrationPercentile: 'most' }, /calibrationPercentile.*most.*0\.5.*1.*auto/],
    ['a number for a text', { excludeLayers: 3 }, /excludeLayers.*3.*text/],
    ['a number too low', { maxMemoryMB: 0.5 }, /maxMemoryMB.*0\.5.*1.*1024/],
    ['a number too high', { similarityThreshold: 1.5 }, /similarityThreshold.*1\.5.*0.*1/],
    ['NaN', { fallbackThreshold: NaN }, /fallbackThreshold.*nan.*0.*1/i],
    ['a text for a number', { maxLatencyMs: '5' }, /maxLatencyMs.*5.*0/],
    ['a number for a switch', { enableAutoFallback: 1 }, /enableAutoFallback.*1.*true.*false/],
    ['an object', { backend: {} }, /backend/],
    ['an option that does not exist', { maxMemory: 5 }, /maxMemory/],
  ])(
    'refuses %s, naming option, value and what is allowed, and may try again',
    async (_, options, message) => {
      const engine = new AliceQuantizationEngine();
      const failure = await failureOf(() => engine.initialize(options));
      expect(failure.code).toBe('config_invalid');
      expect(failure.message).toMatch(message);
      expect(await engine.initialize({ maxMemoryMB: undefined })).toBe(true);
      engine.dispose();
    },
  );
});
