// Trained models of others, in FP32 and INT8, with ONNX Runtime as the judge.
import { createEngine, type QuantizationConfig } from 'alice-quant';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatenated } from './fixtures/classifiers.js';
import { argMax, judge, largestDifference } from './fixtures/judge.js';
import {
  hasSharedModels,
  mnistImages,
  noise,
  sharedModel,
  type SharedModelName,
} from './fixtures/shared-models.js';

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
  test.each([
    {
      name: 'mnist',
      dims: [1, 1, 28, 28],
      config: {},
      rows: () => mnistImages().map(({ pixels }) => pixels),
    },
    { name: 'cifar', dims: [1, 3, 32, 32], config: {}, rows: () => noise(100, 3072) },
    { name: '3DBall', dims: [1, 8], config: { outputs: ACTIONS }, rows: () => noise(200, 8) },
    { name: 'Walker', dims: [1, 243], config: { outputs: ACTIONS }, rows: () => noise(200, 243) },
  ] as const)(
    '$name in FP32 gives what ONNX Runtime gives',
    async ({ name, dims, config, rows: makeRows }) => {
      const rows = makeRows();
      const engine = await createEngine(config);
      await engine.load(sharedModel(name));
      const expected = await judge(sharedModel(name), {
        dims,
        output: 'outputs' in config ? config.outputs : undefined,
      });
      for (const row of rows.slice(0, 300)) {
        const { mode, probabilities } = engine.inferSync(row);
        expect(mode).toBe('fp32');
        const theirs = await expected(row);
        // Relative to the largest output: both sum up to some thousand products in other orders.
        const size = Math.max(1, ...theirs.map(Math.abs));
        expect(largestDifference(probabilities, theirs) / size).toBeLessThanOrEqual(1e-5);
      }
      engine.dispose();
    },
  );

  describe('mnist, 1000 images', () => {
    const images = hasSharedModels ? mnistImages() : [];
    const calibration = images.filter((_, i) => i % 5 === 0).map(({ pixels }) => pixels);
    let fp32Right = 0;
    beforeAll(async () => {
      const engine = await createEngine();
      await engine.load(sharedModel('mnist'));
      fp32Right = images.filter(({ pixels, label }) => engine.inferSync(pixels).classIndex === label).length;
      engine.dispose();
    });

    test.each([
      { strategy: 'dynamic', most: 0.003 },
      { strategy: 'static', most: 0.005 },
    ] as const)('$strategy INT8 loses less than $most of them', async ({ strategy, most }) => {
      const engine = await quantized('mnist', calibration, { strategy });
      expect(fp32Right).toBeGreaterThan(980);
      const right = images.filter(({ pixels, label }) => {
        const { mode, classIndex } = engine.inferSync(pixels);
        return mode === 'int8' && classIndex === label;
      });
      expect((fp32Right - right.length) / images.length).toBeLessThan(most);
      engine.dispose();
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
