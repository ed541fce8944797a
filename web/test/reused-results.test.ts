import { setFlagsFromString, GCProfiler, getHeapStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createEngine,
  loadRuntime,
  type AliceQuantizationEngine,
  type BatchResult,
  type EngineOptions,
  type InferenceResult,
  type ReusableResult,
} from 'alice-quant';
import { describe, expect, onTestFinished, test } from 'vitest';
import { classifier, concatenated, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { linearModel } from './fixtures/onnx-builder.js';

// As an answer of inferSync has it: nothing where the monitor did not compare. How long it took is its own.
const answerOf = (result: InferenceResult) => {
  const { latencyMs, similarity = NaN, probabilities, ...answer } = result;
  expect(latencyMs).toBeGreaterThanOrEqual(0);
  return { ...answer, similarity, probabilities: [...probabilities] };
};

const rowOf = (result: BatchResult, i: number, width: number) => ({
  classIndex: result.classIndices[i],
  similarity: result.similarities[i],
  mode: result.isInt8[i] === 1 ? 'int8' : 'fp32',
  probabilities: [...result.probabilities.subarray(i * width, (i + 1) * width)],
});

const withoutNames = ({ classIndex, similarity, mode, probabilities }: ReturnType<typeof answerOf>) => ({
  classIndex,
  similarity,
  mode,
  probabilities,
});

async function quantized(options: EngineOptions = {}) {
  const engine = await createEngine({ maxLatencyMs: Infinity, maxInferenceMs: Infinity, ...options });
  await engine.quantize(classifier('behavior-classifier'), standardDataset());
  return engine;
}

// One engine answers one way and its twin the other way: what they monitor, too, is the same.
await loadRuntime();
const rows = unseenFeatures(95);
const inTwins = async (
  options: EngineOptions,
  compare: (single: AliceQuantizationEngine, reusing: AliceQuantizationEngine) => void | Promise<void>,
) => {
  const [single, reusing] = [await quantized(options), await quantized(options)];
  await compare(single, reusing);
  expect(reusing.getStatus().inferenceCount).toEqual(single.getStatus().inferenceCount);
  single.dispose();
  reusing.dispose();
};

describe('inferInto', () => {
  test.each([1, 10, 0])('is inferSync, bit for bit, with monitorInterval %d', (monitorInterval) =>
    inTwins({ monitorInterval }, (single, reusing) => {
      const result = reusing.createResult();
      const { probabilities } = result;
      for (const mode of ['int8', 'fp32']) {
        for (const row of rows) {
          const expected = answerOf(single.inferSync(row));
          expect(expected.mode).toBe(mode);
          expect(reusing.inferInto(row, result)).toBe(result);
          expect(answerOf(result)).toEqual(expected);
          expect(result.probabilities).toBe(probabilities);
        }
        for (const engine of [single, reusing]) engine.forceFallback(true);
      }
    }),
  );

  test('names the classes of a model that does not, and takes plain arrays', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    const result = engine.createResult();
    expect(answerOf(engine.inferInto([1, 2, 3, 4], result))).toEqual(
      answerOf(engine.inferSync([1, 2, 3, 4])),
    );
    expect(result.className).toMatch(/^class_[012]$/);
    engine.dispose();
  });

  test('refuses what has no room for the answer, before anything is run', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    const former = engine.createResult();
    await engine.load(linearModel(4, 2));
    const others = [former, {}, undefined, { probabilities: [0, 0] }] as ReusableResult[];
    for (const result of others) {
      const failure = await failureOf(() => engine.inferInto([1, 2, 3, 4], result));
      expect(failure.code).toBe('argument_invalid');
      expect(failure.hint).toMatch(/createResult/);
    }
    expect(engine.getStatus().inferenceCount).toEqual({ int8: 0, fp32: 0 });
    engine.inferInto([1, 2, 3, 4], engine.createResult());
    engine.dispose();
  });

  test('leaves a result as it was where the row is refused', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    const result = engine.inferInto([1, 2, 3, 4], engine.createResult());
    const before = structuredClone(result);
    expect((await failureOf(() => engine.inferInto([1, 2, 3], result))).code).toBe('input_width');
    expect((await failureOf(() => engine.inferInto([1, 2, NaN, 4], result))).code).toBe('input_not_finite');
    expect(result).toEqual(before);
    engine.dispose();
  });

  test('goes on with the same result after the memory has grown', async () => {
    const engine = await quantized();
    const result = engine.createResult();
    const before = engine.getMemory().heapBytes;
    const expected = answerOf(engine.inferInto(rows[0]!, result));
    const count = 200_000;
    await engine.inferBatch(new Float32Array(count * 12), count);
    expect(engine.getMemory().heapBytes).toBeGreaterThan(before);
    expect(answerOf(engine.inferInto(rows[0]!, result))).toEqual(expected);
    engine.dispose();
  });
});

describe('inferBatchInto', () => {
  test.each([1, 7, 10, 0])(
    'is inferSync row by row, bit for bit, with monitorInterval %d',
    (monitorInterval) =>
      inTwins({ monitorInterval }, (single, reusing) => {
        const result = reusing.createBatchResult(rows.length);
        for (const mode of ['int8', 'fp32']) {
          expect(reusing.inferBatchInto(concatenated(rows), rows.length, result)).toBe(result);
          expect(result.latencyMs).toBeGreaterThan(0);
          for (const [i, row] of rows.entries()) {
            const expected = answerOf(single.inferSync(row));
            expect(expected.mode).toBe(mode);
            expect(rowOf(result, i, 6)).toEqual(withoutNames(expected));
          }
          for (const engine of [single, reusing]) engine.forceFallback(true);
        }
      }),
  );

  test('is inferSync also among rows whose outputs are not finite', () =>
    inTwins({ monitorInterval: 3 }, (single, reusing) => {
      const wild = rows.map((row, i) => (i % 4 === 1 ? row.map((value) => (value + 1) * 1e38) : row));
      const result = reusing.inferBatchInto(
        concatenated(wild),
        wild.length,
        reusing.createBatchResult(wild.length),
      );
      expect(result.probabilities.some(Number.isNaN)).toBe(true);
      for (const [i, row] of wild.entries()) {
        expect(rowOf(result, i, 6)).toEqual(withoutNames(answerOf(single.inferSync(row))));
      }
    }));

  test('fills as many rows as there are, and leaves those behind them', async () => {
    const engine = await quantized();
    const result = engine.createBatchResult(9);
    result.classIndices.fill(-1);
    engine.inferBatchInto(concatenated(rows.slice(0, 5)), 5, result);
    expect([...result.classIndices].map((index) => index >= 0)).toEqual(
      [...'111110000'].map((c) => c === '1'),
    );
    expect(result.probabilities.subarray(30).every((value) => value === 0)).toBe(true);
    engine.inferBatchInto(new Float32Array(0), 0, result);
    engine.dispose();
  });

  test('is answered in pieces, at worst one by one, where memory is short', async () => {
    const count = 20_000;
    const values = new Float32Array(count * 12).map(
      (_, i) => rows[Math.floor(i / 12) % rows.length]![i % 12]!,
    );
    for (const maxMemoryMB of [50, 1]) {
      const engine = await quantized({ maxMemoryMB, monitorInterval: 0, enableAutoFallback: false });
      const result = engine.createBatchResult(count);
      engine.inferBatchInto(values, count, result);
      for (let i = 0; i < count; i += 97) {
        expect(rowOf(result, i, 6)).toEqual(withoutNames(answerOf(engine.inferSync(rows[i % rows.length]!))));
      }
      engine.dispose();
    }
  });

  test('refuses counts and results that do not fit', async () => {
    const engine = await createEngine();
    await engine.load(linearModel(4, 3));
    const four = engine.createBatchResult(4);
    for (const count of [-1, 1.5, NaN]) {
      expect((await failureOf(() => engine.createBatchResult(count))).code).toBe('argument_invalid');
      const infer = () => engine.inferBatchInto(new Float32Array(4), count, four);
      expect((await failureOf(infer)).code).toBe('argument_invalid');
    }
    const tooMany = await failureOf(() => engine.inferBatchInto(new Float32Array(20), 5, four));
    expect(tooMany.code).toBe('argument_invalid');
    expect(tooMany.hint).toMatch(/createBatchResult/);
    expect((await failureOf(() => engine.inferBatchInto(new Float32Array(7), 2, four))).code).toBe(
      'input_width',
    );
    await engine.load(linearModel(4, 2));
    expect((await failureOf(() => engine.inferBatchInto(new Float32Array(4), 1, four))).code).toBe(
      'argument_invalid',
    );
    engine.dispose();
  });
});

test.each([0, 10])(
  'inferInto leaves nothing to collect, with monitorInterval %d',
  async (monitorInterval) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const engine = await quantized({ monitorInterval });
    const result = engine.createResult();
    const calls = 100_000;
    // Readings of the clock are counted, since how many inferences are timed is for the clock to say.
    let readings = 0;
    const now = performance.now.bind(performance);
    performance.now = () => {
      ++readings;
      return now();
    };
    onTestFinished(() => {
      performance.now = now;
    });
    // Bytes that all these calls leave on the heap, none of which is collected in between, beyond the number of 16 bytes that
    // each reading of the clock leaves.
    const left = () => {
      collect();
      const profiler = new GCProfiler();
      profiler.start();
      readings = 0;
      const before = getHeapStatistics().used_heap_size;
      for (let i = 0; i < calls; ++i) engine.inferInto(rows[i % rows.length]!, result);
      const grown = getHeapStatistics().used_heap_size - before;
      return profiler.stop().statistics.length === 0 ? grown - readings * 16 : Infinity;
    };
    // The least that there could be beside them, a number at each monitored call, is 1.6 bytes a call; half of that is left for
    // the measuring.
    const bound = 0.8 * calls;
    // Not before V8 has compiled the code, that of the clock last, which is called least.
    let grown = Infinity;
    for (let round = 0; round < 200 && grown >= bound; ++round) grown = left();
    expect(grown).toBeLessThan(bound);
    engine.dispose();
  },
  120_000,
);
