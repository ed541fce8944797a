// Every trained model of others, in FP32 and INT8, fed with what it was made for; ONNX Runtime is the judge of FP32.
import { createEngine, type QuantizationConfig, type Tensor } from 'alice-quant';
import { beforeAll, describe, expect, test } from 'vitest';
import { judgedSamples, sharedModelCases, type JudgedSample } from './fixtures/shared-model-cases.js';
import { hasSharedModels, sharedModel } from './fixtures/shared-models.js';

const SIMILAR = 0.98;
const FP32_TOLERANCE = 1e-4;
const JUDGED = 8;

const values = ({ data }: Tensor) => data as Float32Array;
const strategies = ['dynamic', 'static'] as const;

describe.skipIf(!hasSharedModels).each(sharedModelCases)('$name', (model) => {
  const { state } = model;
  const options = model.shapes ? { shapes: model.shapes } : {};
  let bytes: Uint8Array;
  let judged: JudgedSample[] = [];
  beforeAll(async () => {
    bytes = sharedModel(model.name);
    // One that passes a state on is followed to the end; the others are only calibrated with what comes after.
    judged = await judgedSamples(model, state ? model.count : JUDGED);
  }, 60_000);

  test('in FP32 gives what ONNX Runtime gives', async () => {
    const engine = await createEngine(model.config);
    await engine.load(bytes, options);
    const names = Object.keys(judged[0]!.answers);
    const seen = new Map(names.map((name) => [name, { low: Infinity, high: -Infinity, error: 0 }]));
    let carried: Tensor | undefined;
    for (const { feeds, answers } of judged) {
      const ours: Record<string, Tensor> = await engine.run(
        state && carried ? { ...feeds, [state.input]: carried } : feeds,
      );
      if (state) carried = ours[state.output];
      expect(Object.keys(ours)).toEqual(names);
      for (const name of names) {
        expect(ours[name]!.dims).toEqual(answers[name]!.dims);
        const [mine, theirs] = [values(ours[name]!), values(answers[name]!)];
        const range = seen.get(name)!;
        theirs.forEach((value, i) => {
          range.low = Math.min(range.low, value);
          range.high = Math.max(range.high, value);
          range.error = Math.max(range.error, Math.abs(value - mine[i]!));
        });
      }
    }
    for (const { low, high, error } of seen.values()) {
      expect(high).toBeGreaterThan(low);
      expect(error / (high - low)).toBeLessThanOrEqual(FP32_TOLERANCE);
    }
    engine.dispose();
  }, 60_000);

  test.each(strategies)(
    'in INT8, %s, is similar to FP32, or says what it kept in float to be so',
    async (strategy) => {
      const samples = state ? judged.map(({ feeds }) => feeds) : model.samples(model.count);
      const quantized = async (config: Partial<QuantizationConfig>) => {
        // What is asked for is similarity: the arg max of several outputs in a row is no class.
        const lenient = { maxAccuracyDrop: 1, warnAccuracyDrop: 1, maxLatencyMs: Infinity };
        const engine = await createEngine({ ...model.config, ...lenient, strategy, ...config });
        const result = await engine.quantize(bytes, samples, options);
        const { mode } = engine.getStatus();
        engine.dispose();
        expect(mode).toBe('int8');
        return result;
      };
      const whole = await quantized({ fallbackThreshold: 0 });
      expect(whole.metrics.samples).toBe(model.count);
      expect(whole.layers.length).toBeGreaterThan(0);
      if (whole.metrics.cosineSimilarity >= SIMILAR) return;

      const { success, metrics, layers, search, logs } = await quantized({ precision: 'auto' });
      expect(success).toBe(true);
      expect(metrics.cosineSimilarity).toBeGreaterThanOrEqual(SIMILAR);
      const inFloat = layers.filter(({ scheme }) => scheme === 'float').map(({ name }) => name);
      expect(inFloat.length).toBeGreaterThan(0);
      expect(inFloat.length).toBeLessThan(layers.length);
      const accepted = search
        .filter((step) => step.accepted)
        .map(({ floatLayers }) => [...floatLayers].sort());
      expect(accepted).toContainEqual(inFloat.sort());
      expect(logs.join('\n')).toContain(`kept ${inFloat.length} of ${layers.length} layers in float`);
    },
    900_000,
  );
});
