// LSTMs of trained models in INT8, and what ONNX Runtime makes of them as they are exported.
import { createEngine, type Tensor, type TensorFeeds } from 'alice-quant';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { judgedSamples, sharedModelCases } from './fixtures/shared-model-cases.js';
import { hasSharedModels, sharedModel } from './fixtures/shared-models.js';

/** As of every model of others in FP32. */
const FP32_TOLERANCE = 1e-4;
const SAMPLES = 40;
const cases = sharedModelCases.filter(({ name }) => name === 'dtln' || name === 'silero');

const floats = ({ data }: Tensor) => data as Float32Array;

async function judgedBy(
  session: InferenceSession,
  feeds: TensorFeeds,
  output: string,
): Promise<Float32Array> {
  const tensors = Object.entries(feeds as Record<string, Tensor>).map(([name, { type, data, dims }]) => [
    name,
    new OrtTensor(type as 'float32', data as Float32Array, dims),
  ]);
  const outputs = await session.run(Object.fromEntries(tensors) as Record<string, OrtTensor>, [output]);
  return outputs[output]!.data as Float32Array;
}

describe.skipIf(!hasSharedModels).each(cases)('the LSTMs of $name', (model) => {
  const options = model.shapes ? { shapes: model.shapes } : {};
  const quantized = async (strategy: 'dynamic' | 'static', excludeLayers = '') => {
    const feeds = (await judgedSamples(model, SAMPLES)).map((sample) => sample.feeds);
    const lenient = { fallbackThreshold: 0, maxAccuracyDrop: 1, maxLatencyMs: Infinity };
    const engine = await createEngine({ ...model.config, ...lenient, strategy, excludeLayers });
    return { engine, feeds, result: await engine.quantize(sharedModel(model.name), feeds, options) };
  };

  test.each(['dynamic', 'static'] as const)(
    'run in INT8, %s: both products of each',
    async (strategy) => {
      const { engine, result } = await quantized(strategy);
      const recurrent = result.layers.filter(({ operator }) => operator === 'LSTM');
      expect(recurrent.length).toBeGreaterThan(0);
      for (const layer of recurrent) {
        const products = result.layers.find(({ name }) => name === `${layer.name}/input`);
        for (const part of [layer, products!]) {
          expect(part.scheme).toMatch(/^int8/);
          expect(part.bytesInt8).toBeLessThan(0.3 * part.bytesFp32);
        }
        if (strategy === 'static') expect(layer.inputRange).toBeDefined();
      }
      engine.dispose();
    },
    60_000,
  );

  test('are exported as what ONNX Runtime runs with the same answers', async () => {
    const all = await quantized('dynamic');
    const lstms = all.result.layers.filter(({ operator }) => operator === 'LSTM').map(({ name }) => name);
    const others = all.result.layers
      .map(({ name }) => name)
      .filter((name) => !lstms.some((lstm) => name === lstm || name === `${lstm}/input`));
    all.engine.dispose();

    const { engine, feeds, result } = await quantized('dynamic', others.join(','));
    expect(result.layers.length).toBe(2 * lstms.length);
    const exported = engine.exportModel('dynamic');
    engine.dispose();
    const reader = await createEngine(model.config);
    await reader.load(exported, options);
    const session = await InferenceSession.create(exported, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    for (const sample of feeds) {
      const ours: Record<string, Tensor> = await reader.run(sample);
      for (const [name, tensor] of Object.entries(ours)) {
        const theirs = await judgedBy(session, sample, name);
        const range = Math.max(...theirs) - Math.min(...theirs);
        const error = floats(tensor).reduce(
          (most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)),
          0,
        );
        expect(error).toBeLessThanOrEqual(FP32_TOLERANCE * Math.max(range, 1));
      }
    }
    reader.dispose();
    await session.release();
  });
});
