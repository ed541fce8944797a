// A voice activity detector with branches inside it and a state that is passed back in; ONNX Runtime is the judge.
import { createEngine, type Tensor, type TensorFeeds } from 'alice-quant';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './fixtures/judge.js';
import { hasSharedModels, noise, sharedModel } from './fixtures/shared-models.js';

const SAMPLES = 576;
const SHAPES = { input: [1, SAMPLES], state: [2, 1, 128], sr: [] };
const RATE = 16000;

/** Frames of a hum of several overtones that comes and goes, with noise of one to sixty hundredths over it. */
function frames(count: number): Float32Array[] {
  return noise(count, SAMPLES).map((row, frame) =>
    row.map((grain, i) => {
      const time = (frame * (SAMPLES - 64) + i) / RATE;
      const pitch = 110 * (1 + (frame % 7) / 5);
      const hum = [1, 2, 3, 5, 8].reduce((sum, k) => sum + Math.sin(2 * Math.PI * pitch * k * time) / k, 0);
      return Math.max(0, Math.sin(frame / 4)) * 0.3 * hum + (0.01 + 0.59 * ((frame % 5) / 5) ** 2) * grain;
    }),
  );
}

const feeds = (samples: Float32Array, state: Tensor): TensorFeeds => ({
  input: { type: 'float32', dims: SHAPES.input, data: samples },
  state,
  sr: { type: 'int64', dims: SHAPES.sr, data: new BigInt64Array([BigInt(RATE)]) },
});

const silence: Tensor = { type: 'float32', dims: SHAPES.state, data: new Float32Array(256) };

/** What a judge says of the frames, each with the state of the one before; with the feeds of an engine of ours. */
async function judged(count: number) {
  const session = await InferenceSession.create(sharedModel('silero'), { logSeverityLevel: 3 });
  let state = silence;
  const steps = [];
  for (const samples of frames(count)) {
    const step = feeds(samples, state);
    const tensors = Object.entries(step).map(([name, { type, data, dims }]) => [
      name,
      new OrtTensor(type as 'float32', data as Float32Array, dims),
    ]);
    const { output, stateN } = await session.run(Object.fromEntries(tensors) as Record<string, OrtTensor>);
    state = { type: 'float32', dims: SHAPES.state, data: (stateN!.data as Float32Array).slice() };
    steps.push({ feeds: step, output: (output!.data as Float32Array).slice(), state });
  }
  return steps;
}

const values = (tensor: Tensor) => tensor.data as Float32Array;
const rangeOf = (all: readonly number[]) => Math.max(...all) - Math.min(...all);

describe.skipIf(!hasSharedModels)('a model with branches', () => {
  test('gives what ONNX Runtime gives, its state passed back in', async () => {
    const engine = await createEngine();
    await engine.load(sharedModel('silero'), { shapes: SHAPES });
    const steps = await judged(40);
    const outputRange = rangeOf(steps.map(({ output }) => output[0]!));
    const stateRange = rangeOf(steps.flatMap((step) => [...values(step.state)]));
    expect(outputRange).toBeGreaterThan(0.01); // the judge hears a difference
    let state: Tensor = silence;
    for (const step of steps) {
      const answer = await engine.run(feeds(values(step.feeds['input']!), state));
      state = answer['stateN']!;
      expect(answer['output']!.dims).toEqual([1, 1]);
      expect(state.dims).toEqual(SHAPES.state);
      expect(largestDifference(values(answer['output']!), step.output) / outputRange).toBeLessThanOrEqual(
        1e-4,
      );
      expect(largestDifference(values(state), values(step.state)) / stateRange).toBeLessThanOrEqual(1e-4);
    }
    engine.dispose();
  }, 60_000);

  test('in INT8 stays near FP32', async () => {
    const engine = await createEngine({ maxLatencyMs: Infinity });
    const { metrics } = await engine.quantize(
      sharedModel('silero'),
      (await judged(40)).map((step) => step.feeds),
      { shapes: SHAPES },
    );
    expect(metrics.cosineSimilarity).toBeGreaterThanOrEqual(0.98);
    engine.dispose();
  }, 60_000);

  test('is refused by name where its shapes do not choose a branch', async () => {
    const engine = await createEngine();
    await expect(engine.load(sharedModel('silero'))).rejects.toMatchObject({ code: 'shape_unresolved' });
    engine.dispose();
  });
});
