// Convolutions in groups in INT8, depthwise and others: what is exported runs in ONNX Runtime with the same answers.
import { createEngine } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { judge, largestDifference } from './fixtures/judge.js';
import { onnxModel } from './fixtures/onnx-builder.js';

const SIDE = 9;
const OUTPUTS = 5;

let state = 1;
function noise(count: number) {
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

/** x → zeros around → 3 × 3 in groups → Relu → 1 × 1 → y */
function networkOf(channels: number, filters: number, group: number) {
  const pointwise = noise(OUTPUTS * filters);
  const model = onnxModel({
    nodes: [
      { operator: 'Pad', name: 'pad', inputs: ['x', 'pads'], outputs: ['padded'] },
      {
        operator: 'Conv',
        name: 'grouped',
        inputs: ['padded', 'w', 'b'],
        outputs: ['h'],
        attributes: { group },
      },
      { operator: 'Relu', name: 'relu', inputs: ['h'], outputs: ['r'] },
      { operator: 'Conv', name: 'pointwise', inputs: ['r', 'v'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'pads', dims: [8], values: [0, 0, 1, 1, 0, 0, 1, 1], type: 7 },
      {
        name: 'w',
        dims: [filters, channels / group, 3, 3],
        values: noise((filters * channels * 9) / group),
      },
      { name: 'b', dims: [filters], values: noise(filters) },
      { name: 'v', dims: [OUTPUTS, filters, 1, 1], values: pointwise },
    ],
    input: { name: 'x', dims: [1, channels, SIDE, SIDE] },
    output: { name: 'y', dims: [1, OUTPUTS, SIDE, SIDE] },
    opset: 17,
  });
  const samples = Array.from({ length: 32 }, () => Float32Array.from(noise(channels * SIDE * SIDE)));
  const largestWeight = Math.max(...pointwise.map(Math.abs));
  return { model, samples, dims: [1, channels, SIDE, SIDE], largestWeight };
}

const NETWORKS = [
  ['depthwise', 11, 11, 11],
  ['four groups', 12, 20, 4],
] as const;

describe.each(NETWORKS)('%s', (_, channels, filters, group) => {
  const { model, samples, dims, largestWeight } = networkOf(channels, filters, group);
  // Weights and inputs are below 1.
  const largestHidden = (9 * channels) / group + 1;
  // Two sums of n floats in different orders: each is within (n − 1) · 2⁻²⁴ · Σ|x| (Higham, Accuracy and Stability of Numerical
  // Algorithms, section 4.2), and Σ|x| is below n times the largest.
  const same = filters * (filters * largestHidden) * 2 ** -23;
  // Where a value of the hidden layer is a tie for one and not for the other, it is another code of 255.
  const oneCode = (largestHidden / 255) * largestWeight;

  test.each([
    ['dynamic', 'symmetric', same],
    ['dynamic', 'asymmetric', same],
    ['static', 'symmetric', same + oneCode],
    ['static', 'asymmetric', same + oneCode],
  ] as const)('%s, with %s weights', async (strategy, weightScheme, tolerance) => {
    const engine = await createEngine({ strategy, weightScheme, maxLatencyMs: Infinity, monitorInterval: 0 });
    const { int8Model, success, layers } = await engine.quantize(model, samples);
    expect(success).toBe(true);
    expect(layers.map(({ scheme }) => scheme.slice(0, 4))).toEqual(['int8', 'int8']);
    const reader = await createEngine({ monitorInterval: 0 });
    await reader.load(int8Model);
    for (const optimize of [false, true]) {
      const theirs = await judge(int8Model, { optimize, dims });
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
});
