// ONNX Runtime as the judge of what is computed.
import { createEngine, type AliceQuantizationEngine } from 'alice-quant';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier, classifierNames, standardDataset, unseenFeatures } from './fixtures/classifiers.js';

// Both sum the same float products in other orders: some dozens of roundings of 2^-24 on values of order 1 to 10.
const FP32_TOLERANCE = 1e-5;
// The same integers, then some float operations: each output within a few units of 2^-24.
const INT8_TOLERANCE = 1e-6;

async function judge(model: Uint8Array) {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return async (row: Float32Array) => {
    const outputs = await session.run({ [input]: new Tensor('float32', row, [1, row.length]) });
    return outputs[output]!.data as Float32Array;
  };
}

const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
};

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
});
