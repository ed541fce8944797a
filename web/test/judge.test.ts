// ONNX Runtime as the judge of what is computed.
import { createEngine, type AliceQuantizationEngine } from 'alice-quant';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier, classifierNames, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { argMax, judge, largestDifference, lead } from './fixtures/judge.js';

// Both sum the same float products in other orders: some dozens of roundings of 2^-24 on values of order 1 to 10.
const FP32_TOLERANCE = 1e-5;
// Between static layers a sum next to the middle between two codes may take either: one step of 8-bit probabilities.
const STATIC_TOLERANCE = 1 / 255;
// The same integers, then some float operations: each output within a few units of 2^-24.
const INT8_TOLERANCE = 1e-6;

describe.each(classifierNames)('%s', (name) => {
  let engine: AliceQuantizationEngine;
  let int8Model: Uint8Array;
  let rows: Float32Array[];
  beforeAll(async () => {
    engine = await createEngine({ maxLatencyMs: Infinity });
    ({ int8Model } = await engine.quantize(classifier(name), standardDataset()));
    rows = unseenFeatures(500);
  });
  afterAll(() => engine.dispose());

  test('in FP32 gives what ONNX Runtime gives', async () => {
    const expected = await judge(classifier(name));
    engine.forceFallback(true);
    let worst = 0;
    for (const row of rows) {
      const { mode, probabilities } = engine.inferSync(row);
      expect(mode).toBe('fp32');
      worst = Math.max(worst, largestDifference(probabilities, await expected(row)));
    }
    engine.forceFallback(false);
    expect(worst).toBeLessThanOrEqual(FP32_TOLERANCE);
  });

  test('in INT8 gives what ONNX Runtime gives for the model that quantize returned', async () => {
    const expected = await judge(int8Model);
    let worst = 0;
    for (const row of rows) {
      const { mode, probabilities } = engine.inferSync(row);
      expect(mode).toBe('int8');
      worst = Math.max(worst, largestDifference(probabilities, await expected(row)));
    }
    expect(worst).toBeLessThanOrEqual(INT8_TOLERANCE);
  });

  test.each(['asymmetric', 'symmetric'] as const)(
    'with static ranges, %s, decides as ONNX Runtime does with the exported QDQ model',
    async (activationScheme) => {
      for (const weightGranularity of ['per-channel', 'per-tensor'] as const) {
        for (const weightScheme of ['symmetric', 'asymmetric'] as const) {
          const own = await createEngine({
            maxLatencyMs: Infinity,
            enableAutoFallback: false,
            strategy: 'static',
            activationScheme,
            weightGranularity,
            weightScheme,
          });
          await own.quantize(classifier(name), standardDataset());
          const exported = own.exportModel('qdq');
          // Each operator by itself as it is written; and fused, as ONNX Runtime does by default.
          const asWritten = await judge(exported, { optimize: false });
          const fused = await judge(exported);
          let worst = 0;
          for (const row of rows) {
            const { classIndex, mode, probabilities } = own.inferSync(row);
            expect(mode).toBe('int8');
            for (const answer of [await asWritten(row), await fused(row)]) {
              if (lead(probabilities) > 2 * INT8_TOLERANCE) expect(argMax(answer)).toBe(classIndex);
              worst = Math.max(worst, largestDifference(probabilities, answer));
            }
          }
          expect(worst).toBeLessThanOrEqual(STATIC_TOLERANCE);
          own.dispose();
        }
      }
    },
  );
});
