import { createEngine, loadRuntime, type EngineOptions, type RowBatch } from 'alice-quant';
import { corruptWeights } from 'alice-quant/testing';
import { describe, expect, test } from 'vitest';
import { classifier, concatenated, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { INT64, linearModel, onnxModel } from './fixtures/onnx-builder.js';

const WIDTH = 6;
await loadRuntime();
const rows = unseenFeatures(70);

async function quantized(options: EngineOptions = {}) {
  const engine = await createEngine({ maxLatencyMs: Infinity, ...options });
  await engine.quantize(classifier('behavior-classifier'), standardDataset());
  return engine;
}

const rowOf = (batch: RowBatch, row: number) => ({
  classIndex: batch.classIndex(row),
  mode: batch.isInt8(row) ? 'int8' : 'fp32',
  similarity: batch.similarity(row),
  probabilities: [...batch.probabilities.subarray(row * WIDTH, (row + 1) * WIDTH)],
});

describe('createBatch', () => {
  test.each([1, 7, 0])(
    'answers as inferSync does, bit for bit, with monitorInterval %d',
    async (monitorInterval) => {
      const single = await quantized({ monitorInterval });
      const engine = await quantized({ monitorInterval });
      const batch = engine.createBatch(rows.length);
      batch.inputs.set(concatenated(rows));
      for (const mode of ['int8', 'fp32']) {
        expect(batch.infer()).toBe(batch);
        expect(batch.latencyMs).toBeGreaterThan(0);
        for (const [i, row] of rows.entries()) {
          const { classIndex, similarity = NaN, probabilities } = single.inferSync(row);
          expect(rowOf(batch, i)).toEqual({
            classIndex,
            mode,
            similarity,
            probabilities: [...probabilities],
          });
        }
        for (const each of [single, engine]) each.forceFallback(true);
      }
      expect(engine.getMetrics().monitored).toBe(single.getMetrics().monitored);
      single.dispose();
      engine.dispose();
    },
  );

  test('tells what happens as single inferences do', async () => {
    const told = await Promise.all(
      [true, false].map(async (isBatch) => {
        const engine = await quantized();
        const events: unknown[] = [];
        engine.on('fallback', ({ reason, inference }) => events.push([reason, inference]));
        engine.on('probe', ({ inference, passed }) => events.push([inference, passed]));
        corruptWeights(engine);
        if (isBatch) {
          const batch = engine.createBatch(rows.length);
          batch.inputs.set(concatenated(rows));
          batch.infer();
        } else for (const row of rows) engine.inferSync(row);
        engine.dispose();
        return events;
      }),
    );
    expect(told[0]!.length).toBeGreaterThan(2);
    expect(told[0]).toEqual(told[1]);
  });

  test('answers as many rows as it is asked for, and keeps those behind them', async () => {
    const engine = await quantized();
    const batch = engine.createBatch(4);
    batch.inputs.fill(0.5);
    batch.infer();
    const last = [...batch.probabilities.subarray(3 * WIDTH)];
    batch.inputs.fill(0.25);
    batch.infer(3);
    expect([...batch.probabilities.subarray(3 * WIDTH)]).toEqual(last);
    expect([...batch.probabilities.subarray(0, WIDTH)]).not.toEqual(last);
    expect(engine.getStatus().inferenceCount.int8).toBe(7);
    for (const count of [-1, 5, 1.5, NaN]) {
      expect((await failureOf(() => batch.infer(count))).code).toBe('argument_invalid');
    }
    for (const row of [-1, 4, 0.5]) {
      expect((await failureOf(() => batch.classIndex(row))).code).toBe('argument_invalid');
    }
    engine.dispose();
  });

  test('stays through other batches, growing memory and other models, and ends with a rest of nothing', async () => {
    const engine = await quantized();
    const { heldBytes } = engine.getMemory();
    const batch = engine.createBatch(2);
    const other = engine.createBatch(1);
    batch.inputs.set(concatenated(rows.slice(0, 2)));
    const before = engine.getMemory().heapBytes;
    const many = 200_000;
    const { inputs } = batch;
    await engine.inferBatch(new Float32Array(many * 12), many);
    expect(engine.getMemory().heapBytes).toBeGreaterThan(before);
    expect(inputs.length).toBe(0);
    expect(batch.inputs).toEqual(concatenated(rows.slice(0, 2)));
    batch.infer();
    const first = rowOf(batch, 0);
    expect(first.classIndex).toBe(engine.inferSync(rows[0]!).classIndex);

    await engine.quantize(classifier('behavior-classifier-large'), standardDataset());
    batch.infer();
    expect(rowOf(batch, 0).probabilities).not.toEqual(first.probabilities);
    await engine.load(linearModel(4, 3));
    const failure = await failureOf(() => batch.infer());
    expect(failure.code).toBe('argument_invalid');
    expect(failure.message).toMatch(/4 inputs and 3 outputs/);

    await engine.quantize(classifier('behavior-classifier'), standardDataset());
    batch.dispose();
    batch.dispose();
    other.dispose();
    expect(engine.getMemory().heldBytes).toBe(heldBytes);
    for (const use of [
      () => batch.infer(),
      () => batch.inputs,
      () => batch.probabilities,
      () => batch.isInt8(0),
    ]) {
      expect((await failureOf(use)).code).toBe('disposed');
    }
    engine.dispose();
  });

  test('is gone with its engine', async () => {
    const engine = await quantized();
    const batch = engine.createBatch(2);
    engine.dispose();
    expect((await failureOf(() => batch.infer())).code).toBe('disposed');
    expect((await failureOf(() => batch.inputs)).code).toBe('disposed');
    batch.dispose();
  });

  test('is refused without a model, for a count that is none, for other types and beyond the budget', async () => {
    const engine = await createEngine({ maxMemoryMB: 2 });
    expect((await failureOf(() => engine.createBatch(1))).code).toBe('no_model');
    await engine.load(linearModel(4, 3));
    for (const count of [-1, 1.5, NaN]) {
      expect((await failureOf(() => engine.createBatch(count))).code).toBe('argument_invalid');
    }
    expect((await failureOf(() => engine.createBatch(1e6))).code).toBe('budget_exceeded');
    const empty = engine.createBatch(0);
    expect(empty.infer().probabilities.length).toBe(0);
    const half = engine.createBatch(2);
    half.inputs.fill(1);
    half.infer(1);
    expect(half.classIndex(0)).toBeGreaterThanOrEqual(0);
    expect((await failureOf(() => half.classIndex(1))).code).toBe('argument_invalid');
    const bad = engine.createBatch(1);
    bad.inputs.set([1, NaN, 2, 3]);
    expect((await failureOf(() => bad.infer())).code).toBe('input_not_finite');
    expect((await failureOf(() => bad.classIndex(0))).code).toBe('argument_invalid');
    await engine.load(
      onnxModel({
        nodes: [{ operator: 'Abs', name: 'abs', inputs: ['x'], outputs: ['y'] }],
        input: { name: 'x', dims: ['n', 2], type: INT64 },
        output: { name: 'y', dims: ['n', 2], type: INT64 },
      }),
    );
    expect((await failureOf(() => engine.createBatch(1))).message).toMatch(/not float32/);
    engine.dispose();
  });
});
