// Depthwise convolutions in INT8: what is exported runs in ONNX Runtime with the same answers.
import { createEngine } from 'alice-quant';
import { expect, test } from 'vitest';
import { judge, largestDifference } from './fixtures/judge.js';
import { onnxModel } from './fixtures/onnx-builder.js';

const CHANNELS = 11;
const SIDE = 9;
const OUTPUTS = 5;

let state = 1;
function noise(count: number) {
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

const pointwise = noise(OUTPUTS * CHANNELS);

/** x → zeros around → 3 × 3, a filter a channel → Relu → 1 × 1 → y */
const model = onnxModel({
  nodes: [
    { operator: 'Pad', name: 'pad', inputs: ['x', 'pads'], outputs: ['padded'] },
    {
      operator: 'Conv',
      name: 'depthwise',
      inputs: ['padded', 'w', 'b'],
      outputs: ['h'],
      attributes: { group: CHANNELS },
    },
    { operator: 'Relu', name: 'relu', inputs: ['h'], outputs: ['r'] },
    { operator: 'Conv', name: 'pointwise', inputs: ['r', 'v'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'pads', dims: [8], values: [0, 0, 1, 1, 0, 0, 1, 1], type: 7 },
    { name: 'w', dims: [CHANNELS, 1, 3, 3], values: noise(CHANNELS * 9) },
    { name: 'b', dims: [CHANNELS], values: noise(CHANNELS) },
    { name: 'v', dims: [OUTPUTS, CHANNELS, 1, 1], values: pointwise },
  ],
  input: { name: 'x', dims: [1, CHANNELS, SIDE, SIDE] },
  output: { name: 'y', dims: [1, OUTPUTS, SIDE, SIDE] },
  opset: 17,
});

const samples = Array.from({ length: 32 }, () => Float32Array.from(noise(CHANNELS * SIDE * SIDE)));

// Sums of up to 11 floats of order 1 to 10 in another order.
const SAME = 1e-5;
// Where a value of the hidden layer, below 10, is a tie for one and not for the other, it is another code of 255.
const ONE_CODE = (10 / 255) * Math.max(...pointwise.map(Math.abs));

test.each([
  ['dynamic', 'symmetric', SAME],
  ['dynamic', 'asymmetric', SAME],
  ['static', 'symmetric', SAME + ONE_CODE],
  ['static', 'asymmetric', SAME + ONE_CODE],
] as const)('%s, with %s weights', async (strategy, weightScheme, tolerance) => {
  const engine = await createEngine({ strategy, weightScheme, maxLatencyMs: Infinity, monitorInterval: 0 });
  const { int8Model, success, layers } = await engine.quantize(model, samples);
  expect(success).toBe(true);
  expect(layers.map(({ scheme }) => scheme.slice(0, 4))).toEqual(['int8', 'int8']);
  const reader = await createEngine({ monitorInterval: 0 });
  await reader.load(int8Model);
  for (const optimize of [false, true]) {
    const theirs = await judge(int8Model, { optimize, dims: [1, CHANNELS, SIDE, SIDE] });
    for (const sample of samples) {
      const { probabilities: output, mode } = await engine.infer(sample);
      expect(mode).toBe('int8');
      expect(largestDifference(output, await theirs(sample))).toBeLessThanOrEqual(tolerance);
      expect((await reader.infer(sample)).probabilities).toEqual(output);
    }
  }
  engine.dispose();
  reader.dispose();
});
