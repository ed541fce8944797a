// The small models that people put into web pages: images, sound, states that are passed back in; ONNX Runtime is the judge.
import { createEngine, type Tensor, type TensorFeeds } from 'alice-quant';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './fixtures/judge.js';
import { hasSharedModels, noise, sharedModel, type SharedModelName } from './fixtures/shared-models.js';

interface WebModel {
  name: SharedModelName;
  shapes: Record<string, number[]>;
  /** Inputs are noise in [low, high]. */
  low: number;
  high: number;
}

const MODELS: WebModel[] = [
  { name: 'basicPitch', shapes: { 'serving_default_input_2:0': [1, 43844, 1] }, low: -1, high: 1 },
  { name: 'dtln', shapes: { input_2: [1, 1, 257], input_3: [1, 2, 128, 2] }, low: 0, high: 1 },
  { name: 'fastestDet', shapes: { 'input.1': [1, 3, 352, 352] }, low: 0, high: 1 },
  { name: 'ppocr', shapes: { x: [1, 3, 48, 192] }, low: -1, high: 1 },
  { name: 'ultraface', shapes: { input: [1, 3, 240, 320] }, low: -1, high: 1 },
  { name: 'yunet', shapes: { input: [1, 3, 320, 320] }, low: 0, high: 255 },
];

function feedsFor({ shapes, low, high }: WebModel, count: number): TensorFeeds[] {
  const elements = (dims: number[]) => dims.reduce((a, b) => a * b, 1);
  const inputs = Object.entries(shapes).map(([name, dims]) => {
    const rows = noise(count, elements(dims));
    return rows.map((row): [string, Tensor] => {
      const data = row.map((value) => low + ((value + 1) / 2) * (high - low));
      return [name, { type: 'float32', data, dims }];
    });
  });
  return Array.from({ length: count }, (_, i) => Object.fromEntries(inputs.map((tensors) => tensors[i]!)));
}

describe.skipIf(!hasSharedModels)('models of web pages', () => {
  test.each(MODELS)(
    '$name in FP32 gives what ONNX Runtime gives',
    async (model) => {
      const bytes = sharedModel(model.name);
      const engine = await createEngine({ maxMemoryMB: 300 });
      await engine.load(bytes, { shapes: model.shapes });
      const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
      for (const feeds of feedsFor(model, 2)) {
        const ours = await engine.run(feeds);
        const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [
          name,
          new OrtTensor('float32', data as Float32Array, dims),
        ]);
        const theirs = await session.run(Object.fromEntries(tensors) as Record<string, OrtTensor>);
        expect(Object.keys(ours)).toEqual([...session.outputNames]);
        // Of all outputs together: some of a detector are all but constant on noise.
        const all = session.outputNames.map((name) => theirs[name]!.data as Float32Array);
        const range =
          Math.max(...all.map((values) => values.reduce((a, b) => Math.max(a, b)))) -
          Math.min(...all.map((values) => values.reduce((a, b) => Math.min(a, b))));
        session.outputNames.forEach((name, i) => {
          expect(ours[name]!.dims).toEqual(theirs[name]!.dims);
          expect(largestDifference(ours[name]!.data as Float32Array, all[i]!) / range).toBeLessThanOrEqual(
            1e-4,
          );
        });
      }
      engine.dispose();
    },
    60_000,
  );

  test.each([
    { name: 'dtln', strategy: 'dynamic' },
    { name: 'dtln', strategy: 'static' },
    { name: 'ppocr', strategy: 'dynamic' },
    { name: 'ppocr', strategy: 'static' },
  ] as const)(
    '$name in INT8, $strategy, stays near FP32',
    async ({ name, strategy }) => {
      const model = MODELS.find((candidate) => candidate.name === name)!;
      const engine = await createEngine({ maxMemoryMB: 300, maxLatencyMs: Infinity, strategy });
      const { metrics } = await engine.quantize(sharedModel(name), feedsFor(model, 32), {
        shapes: model.shapes,
      });
      expect(metrics.cosineSimilarity).toBeGreaterThanOrEqual(0.98);
      engine.dispose();
    },
    60_000,
  );

  test('a state is passed back in', async () => {
    const model = MODELS.find(({ name }) => name === 'dtln')!;
    const engine = await createEngine();
    await engine.load(sharedModel('dtln'));
    const session = await InferenceSession.create(sharedModel('dtln'), { logSeverityLevel: 3 });
    const [stateIn, stateOut] = ['input_3', 'tf_op_layer_stack_2'];
    let ours = feedsFor(model, 1)[0]![stateIn]!;
    let theirs: OrtTensor = new OrtTensor('float32', (ours.data as Float32Array).slice(), ours.dims);
    for (const { input_2: frame } of feedsFor(model, 20)) {
      const answer = await engine.run({ input_2: frame!, [stateIn]: ours });
      const data = frame!.data as Float32Array;
      const judged = await session.run({
        input_2: new OrtTensor('float32', data, frame!.dims),
        [stateIn]: theirs,
      });
      expect(
        largestDifference(
          answer['activation_2']!.data as Float32Array,
          judged['activation_2']!.data as Float32Array,
        ),
      ).toBeLessThanOrEqual(1e-5);
      ours = answer[stateOut]!;
      theirs = judged[stateOut]!;
    }
    engine.dispose();
  });
});
