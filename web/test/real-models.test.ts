// Written digits with their labels, and what is exported of a trained model, with ONNX Runtime as the judge.
import {
  createEngine,
  type AliceQuantizationEngine,
  type ExecutionMode,
  type QuantizationConfig,
} from 'alice-quant';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatenated } from './fixtures/classifiers.js';
import { argMax, judge, largestDifference } from './fixtures/judge.js';
import { hasSharedModels, mnistImages, sharedModel, type SharedModelName } from './fixtures/shared-models.js';

const ACTIONS = 'deterministic_continuous_actions';

const quantized = async (
  name: SharedModelName,
  rows: Float32Array[],
  config: Partial<QuantizationConfig> = {},
) => {
  const engine = await createEngine({ maxLatencyMs: Infinity, enableAutoFallback: false, ...config });
  await engine.quantize(sharedModel(name), concatenated(rows));
  return engine;
};

describe.skipIf(!hasSharedModels)('models of others', () => {
  describe('mnist, 1000 images', () => {
    const images = hasSharedModels ? mnistImages() : [];
    const calibration = images.filter((_, i) => i % 5 === 0).map(({ pixels }) => pixels);
    // Each half is judged after calibration with the other one.
    const halves = [0, 1].map((rest) => images.filter((_, i) => i % 2 === rest));
    const countRight = (engine: AliceQuantizationEngine, of: typeof images, wanted: ExecutionMode) =>
      of.filter(({ pixels, label }) => {
        const { mode, classIndex } = engine.inferSync(pixels);
        expect(mode).toBe(wanted);
        return classIndex === label;
      }).length;
    let fp32Right = 0;
    beforeAll(async () => {
      const engine = await createEngine();
      await engine.load(sharedModel('mnist'));
      fp32Right = countRight(engine, images, 'fp32');
      engine.dispose();
    });

    test.each(['dynamic', 'static'] as const)('%s INT8 loses 5 of them at most', async (strategy) => {
      expect(images.length).toBe(1000);
      expect(fp32Right).toBeGreaterThan(980);
      let right = 0;
      for (const [i, half] of halves.entries()) {
        const engine = await quantized(
          'mnist',
          halves[1 - i]!.map(({ pixels }) => pixels),
          { strategy, weightGranularity: 'per-channel' },
        );
        right += countRight(engine, half, 'int8');
        engine.dispose();
      }
      expect(fp32Right - right).toBeLessThanOrEqual(5);
    });

    test('the exported dynamic model gives the same bits in ONNX Runtime', async () => {
      const engine = await quantized('mnist', calibration);
      const expected = await judge(engine.exportModel('dynamic'), { dims: [1, 1, 28, 28], optimize: false });
      for (const { pixels } of images.slice(0, 200)) {
        expect(engine.inferSync(pixels).probabilities).toEqual(await expected(pixels));
      }
      engine.dispose();
    });

    test('the exported QDQ model decides the same in ONNX Runtime, within a quantization step', async () => {
      const engine = await quantized('mnist', calibration, { strategy: 'static' });
      const exported = engine.exportModel('qdq');
      const asWritten = await judge(exported, { dims: [1, 1, 28, 28], optimize: false });
      const fused = await judge(exported, { dims: [1, 1, 28, 28] });
      let [low, high, worst] = [0, 0, 0];
      for (const { pixels } of images) {
        const { probabilities, classIndex } = engine.inferSync(pixels);
        for (const theirs of [await asWritten(pixels), await fused(pixels)]) {
          expect(argMax(theirs)).toBe(classIndex);
          low = Math.min(low, ...theirs);
          high = Math.max(high, ...theirs);
          worst = Math.max(worst, largestDifference(probabilities, theirs));
        }
      }
      expect(worst).toBeLessThanOrEqual((high - low) / 255);
      engine.dispose();
    });
  });

  test('an output that the model lacks is named with those it has', async () => {
    const engine = await createEngine({ outputs: 'actions' });
    await expect(engine.load(sharedModel('3DBall'))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(`"${ACTIONS}"`) as string,
    });
    engine.dispose();
  });
});
