// What Alice writes runs in ONNX Runtime, and what others wrote runs in Alice, with the same answers.
import { createEngine, type EngineOptions } from 'alice-quant';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { classifier, classifierNames, standardDataset } from './fixtures/classifiers.js';
import { lead } from './fixtures/judge.js';
import { failureOf } from './fixtures/failure.js';
import {
  MICROSOFT,
  onnxModel,
  type Model,
  type Node,
  type Tensor as Constant,
} from './fixtures/onnx-builder.js';

// The same sums in other orders: some dozens of roundings of 2^-24 on values of order 1 to 10.
const SAME = 1e-5;

const dataset = standardDataset();
const rows = dataset.samples.filter((_, i) => i % 3 === 0).map(({ features }) => Float32Array.from(features));

type Level = 'disabled' | 'all';

async function onnxRuntime(model: Uint8Array, graphOptimizationLevel: Level = 'disabled') {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return async (row: Float32Array) => {
    const outputs = await session.run({ [input]: new Tensor('float32', row, [1, row.length]) });
    return outputs[output]!.data as Float32Array;
  };
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
};
const indexOfLargest = (values: Float32Array) => values.indexOf(Math.max(...values));

const combinations = (lists: Record<string, readonly string[]>) =>
  Object.entries(lists).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
const integerSchemes = combinations({
  weightType: ['int8', 'int4'],
  weightScheme: ['symmetric', 'asymmetric'],
  weightGranularity: ['per-tensor', 'per-channel', 'per-group'],
  strategy: ['dynamic', 'static'],
  activationScheme: ['asymmetric', 'symmetric'],
}).filter(({ strategy, activationScheme }) => strategy === 'static' || activationScheme === 'asymmetric');
const floatSchemes = combinations({
  weightType: ['fp8e4m3', 'fp8e5m2'],
  weightGranularity: ['per-tensor', 'per-channel', 'per-group'],
});
const schemes = [...integerSchemes, ...floatSchemes].map(
  (scheme) => [Object.values(scheme).join(' '), scheme as EngineOptions] as const,
);

describe.each(classifierNames)('%s', (name) => {
  test.each(schemes)(
    'exported with %s decides in ONNX Runtime as here, and comes back as it was',
    async (_, scheme) => {
      const engine = await createEngine({ ...scheme, maxLatencyMs: Infinity, enableAutoFallback: false });
      const { int8Model } = await engine.quantize(classifier(name), dataset);
      expect(engine.exportModel(scheme.strategy === 'static' ? 'qdq' : 'dynamic')).toEqual(int8Model);
      // Some of these schemes are too coarse to stay in INT8 under a monitor.
      const reader = await createEngine({ monitorInterval: 0 });
      await reader.load(int8Model);
      for (const level of ['disabled', 'all'] as const) {
        const judge = await onnxRuntime(int8Model, level);
        const differences: number[] = [];
        let quantizationError = 0;
        for (const row of rows) {
          const { int8, fp32 } = await engine.compare(row);
          quantizationError = Math.max(
            quantizationError,
            largestDifference(int8.probabilities, fp32.probabilities),
          );
          const theirs = await judge(row);
          if (lead(int8.probabilities) > 2 * SAME) expect(indexOfLargest(theirs)).toBe(int8.classIndex);
          differences.push(largestDifference(int8.probabilities, theirs));
          const again = reader.inferSync(row);
          expect(again.mode).toBe('int8');
          expect(again.probabilities).toEqual(int8.probabilities);
        }
        // Float sums in another order seldom round to another code. Where one does, the answers differ by what one code is
        // worth, which is less than what all of them together cost.
        const median = differences.sort((a, b) => a - b)[differences.length >> 1]!;
        expect(median).toBeLessThanOrEqual(SAME);
        expect(differences.at(-1)).toBeLessThanOrEqual(
          scheme.weightType?.startsWith('fp8') ? SAME : Math.max(quantizationError, SAME),
        );
      }
      engine.dispose();
      reader.dispose();
    },
  );
});

// ---- Models of others ----

const INPUTS = 40;
const HIDDEN = 24;
const OUTPUTS = 5;

/** Weyl's sequence in [low, high]: evenly spread, and the same everywhere. */
const spread = (count: number, root: number, low: number, high: number) =>
  Array.from({ length: count }, (_, i) => low + (high - low) * (((i + 1) * Math.sqrt(root)) % 1));
const integers = (count: number, root: number, low: number, high: number) =>
  spread(count, root, low, high + 1).map(Math.floor);
const samples = Array.from({ length: 50 }, (_, i) => Float32Array.from(spread(INPUTS, 2 + i * 0.013, -1, 1)));

const scalar = (name: string, type: Constant['type'], value: number): Constant => ({
  name,
  type,
  dims: [],
  values: [value],
});
const vector = (name: string, type: Constant['type'], values: number[]): Constant => ({
  name,
  type,
  dims: [values.length],
  values,
});
const matrix = (
  name: string,
  type: Constant['type'],
  dims: [number, number],
  values: number[],
): Constant => ({
  name,
  type,
  dims,
  values,
});

let nodeCount = 0;
const node = (
  operator: string,
  inputs: string[],
  output: string | string[],
  more: Partial<Node> = {},
): Node => ({
  operator,
  name: `${operator}${++nodeCount}`,
  inputs,
  outputs: [output].flat(),
  ...more,
});

const modelOf = (nodes: Node[], initializers: Constant[], opset = 17): Uint8Array => {
  const model: Model = {
    nodes,
    initializers,
    input: { name: 'x', dims: ['batch', INPUTS] },
    output: { name: 'y', dims: ['batch', OUTPUTS] },
    opset,
  };
  return onnxModel(model);
};

/** The largest difference between the outputs of the model here and in ONNX Runtime; `layers` run as integers. */
async function compareWithJudge(model: Uint8Array, layers: number) {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  const { quantizedLayers } = await engine.load(model);
  expect(quantizedLayers).toBe(layers);
  const judge = await onnxRuntime(model);
  const differences: number[] = [];
  for (const sample of samples) {
    const { probabilities, mode } = engine.inferSync(sample);
    expect(mode).toBe(layers > 0 ? 'int8' : 'fp32');
    differences.push(largestDifference(probabilities, await judge(sample)));
  }
  engine.dispose();
  return Math.max(...differences);
}

const INPUT_SCALE = 1 / 127;
const HIDDEN_SCALE = 3 / 255;

test('QDQ as the quantization tool of ONNX Runtime writes it: signed, transposed, integer biases, quantized outputs', async () => {
  const dq = (name: string, axis?: number) =>
    node(
      'DequantizeLinear',
      [`${name}_q`, `${name}_s`, `${name}_z`],
      name,
      axis === undefined ? {} : { attributes: { axis } },
    );
  const pair = (from: string, name: string) => [
    node('QuantizeLinear', [from, `${name}_s`, `${name}_z`], `${name}_q`),
    dq(name),
  ];
  const weightScales = spread(HIDDEN, 3, 0.002, 0.004);
  const model = modelOf(
    [
      ...pair('x', 'a'),
      dq('w1', 0),
      dq('b1', 0),
      node('Gemm', ['a', 'w1', 'b1'], 'h', { attributes: { transB: 1 } }),
      node('Relu', ['h'], 'r'),
      ...pair('r', 'hq'),
      dq('w2'),
      node('MatMul', ['hq', 'w2'], 'p'),
      node('Add', ['p', 'b2'], 'sum'),
      ...pair('sum', 'y'),
    ],
    [
      scalar('a_s', 'float32', INPUT_SCALE),
      scalar('a_z', 'int8', 0),
      matrix('w1_q', 'int8', [HIDDEN, INPUTS], integers(HIDDEN * INPUTS, 5, -127, 127)),
      vector('w1_s', 'float32', weightScales),
      vector(
        'w1_z',
        'int8',
        weightScales.map(() => 0),
      ),
      vector('b1_q', 'int32', integers(HIDDEN, 7, -5000, 5000)),
      vector(
        'b1_s',
        'float32',
        weightScales.map((scale) => Math.fround(scale) * Math.fround(INPUT_SCALE)),
      ),
      vector(
        'b1_z',
        'int32',
        weightScales.map(() => 0),
      ),
      scalar('hq_s', 'float32', HIDDEN_SCALE),
      scalar('hq_z', 'int8', -128),
      matrix('w2_q', 'uint8', [HIDDEN, OUTPUTS], integers(HIDDEN * OUTPUTS, 11, 0, 255)),
      scalar('w2_s', 'float32', 0.01),
      scalar('w2_z', 'uint8', 120),
      vector('b2', 'float32', spread(OUTPUTS, 13, -1, 1)),
      scalar('y_s', 'float32', 0.05),
      scalar('y_z', 'int8', 3),
    ],
  );
  // A sum next to the middle between two codes of the output may take either.
  expect(await compareWithJudge(model, 2)).toBeLessThanOrEqual(0.05 + SAME);
});

test('dynamic weights of u8 with a zero point for each column', async () => {
  const model = modelOf(
    [
      node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
      node('MatMulInteger', ['q', 'w', 'z', 'wz'], 'acc'),
      node('Cast', ['acc'], 'real', { attributes: { to: 1 } }),
      node('Mul', ['s', 'ws'], 'scale'),
      node('Mul', ['real', 'scale'], 'y'),
    ],
    [
      matrix('w', 'uint8', [INPUTS, OUTPUTS], integers(INPUTS * OUTPUTS, 5, 0, 255)),
      vector('wz', 'uint8', [0, 128, 255, 100, 7]),
      vector('ws', 'float32', spread(OUTPUTS, 3, 0.002, 0.01)),
    ],
  );
  expect(await compareWithJudge(model, 1)).toBeLessThanOrEqual(SAME);
});

// QLinearMatMul and QGemm, each once with s8 and once with u8, the former with its bias in float behind it.
const operatorForm = (type: 'int8' | 'uint8', first: Node[], firstConstants: Constant[]) => {
  const [low, high, zero] = type === 'int8' ? [-127, 127, 0] : [0, 255, 131];
  return modelOf(
    [
      node('QuantizeLinear', ['x', 'a_s', 'a_z'], 'a'),
      ...first,
      node('QLinearMatMul', ['hq', 'h_s', 'h_z', 'w2', 'w2_s', 'w2_z', 'y_s', 'y_z'], 'yq'),
      node('DequantizeLinear', ['yq', 'y_s', 'y_z'], 'y'),
    ],
    [
      scalar('a_s', 'float32', INPUT_SCALE),
      scalar('a_z', 'uint8', 128),
      matrix('w1', type, [INPUTS, HIDDEN], integers(HIDDEN * INPUTS, 5, low, high)),
      vector('w1_s', 'float32', spread(HIDDEN, 3, 0.002, 0.004)),
      vector(
        'w1_z',
        type,
        Array.from({ length: HIDDEN }, () => zero),
      ),
      scalar('h_s', 'float32', HIDDEN_SCALE),
      scalar('h_z', 'uint8', 128),
      matrix('w2', type, [HIDDEN, OUTPUTS], integers(HIDDEN * OUTPUTS, 11, low, high)),
      scalar('w2_s', 'float32', 0.01),
      scalar('w2_z', type, zero),
      scalar('y_s', 'float32', 0.05),
      scalar('y_z', 'uint8', 120),
      ...firstConstants,
    ],
  );
};

test.each(['int8', 'uint8'] as const)('QLinearMatMul with weights of %s', async (type) => {
  const first = [
    node('QLinearMatMul', ['a', 'a_s', 'a_z', 'w1', 'w1_s', 'w1_z', 'h_s', 'h_z'], 'p'),
    node('DequantizeLinear', ['p', 'h_s', 'h_z'], 'preal'),
    node('Add', ['preal', 'b1'], 'sum'),
    node('Relu', ['sum'], 'h'),
    node('QuantizeLinear', ['h', 'h_s', 'h_z'], 'hq'),
  ];
  const model = operatorForm(type, first, [vector('b1', 'float32', spread(HIDDEN, 7, -1, 1))]);
  // The same integers everywhere; one step where a rescaled sum is a tie for one and not for the other.
  expect(await compareWithJudge(model, 0)).toBeLessThanOrEqual(0.05 + SAME);
});

test.each(['int8', 'uint8'] as const)('QGemm with weights of %s', async (type) => {
  const inputs = ['a', 'a_s', 'a_z', 'w1', 'w1_s', 'w1_z', 'c', 'h_s', 'h_z'];
  const first = [node('QGemm', inputs, 'hq', { domain: MICROSOFT })];
  const model = operatorForm(type, first, [vector('c', 'int32', integers(HIDDEN, 7, -5000, 5000))]);
  expect(await compareWithJudge(model, 1)).toBeLessThanOrEqual(0.05 + SAME);
});

const BLOCK = 16;
const BLOCKS = Math.ceil(INPUTS / BLOCK);
const nbitsModel = (attributes: Record<string, number>, inputs: string[] = []) =>
  modelOf(
    [
      node('MatMulNBits', ['x', 'w', 's', ...inputs], 'y', {
        domain: MICROSOFT,
        attributes: { K: INPUTS, N: OUTPUTS, bits: 4, block_size: BLOCK, ...attributes },
      }),
    ],
    [
      {
        name: 'w',
        type: 'uint8',
        dims: [OUTPUTS, BLOCKS, BLOCK / 2],
        values: integers((OUTPUTS * BLOCKS * BLOCK) / 2, 5, 0, 255),
      },
      vector('s', 'float32', spread(OUTPUTS * BLOCKS, 3, 0.01, 0.05)),
      vector('z', 'uint8', integers(OUTPUTS * Math.ceil(BLOCKS / 2), 7, 0, 255)),
      vector('b', 'float32', spread(OUTPUTS, 11, -1, 1)),
    ],
  );

test('MatMulNBits keeps float activations where the model does not allow 8 bits', async () => {
  for (const inputs of [[], ['z'], ['', '', 'b'], ['z', '', 'b']]) {
    expect(await compareWithJudge(nbitsModel({}, inputs), 0)).toBeLessThanOrEqual(SAME);
  }
});

test('MatMulNBits runs as int4 per group where the model allows 8 bits for the activations', async () => {
  // Each runtime quantizes the activations in its own way: sums of 40 errors of at most half a step of 2/255 (here) and
  // of 1/127 (there) times weights of at most 15 · 0.05, plus what zero points add, none of which is above that.
  const bound = INPUTS * (1 / 255 + 1 / 254) * 0.75;
  for (const inputs of [[], ['z'], ['', '', 'b'], ['z', '', 'b']]) {
    const difference = await compareWithJudge(nbitsModel({ accuracy_level: 4 }, inputs), 1);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThanOrEqual(bound);
  }
});

test('MatMulNBits that Alice cannot say is refused by name', async () => {
  const engine = await createEngine({ maxLatencyMs: Infinity });
  const refused = async (model: Uint8Array) => await failureOf(() => engine.load(model));
  const bits = await refused(nbitsModel({ bits: 8 }));
  expect(bits).toMatchObject({
    code: 'model_unsupported_attribute',
    node: expect.stringMatching(/^MatMulNBits/) as string,
  });
  expect(bits.message).toContain('"bits"');
  expect((await refused(nbitsModel({}, ['', 'z']))).message).toContain('g_idx');
  expect((await refused(nbitsModel({ block_size: 24 }))).message).toContain('blocks of 24');
  expect((await refused(nbitsModel({ K: 41 }))).code).toBe('shape_mismatch');
  engine.dispose();
});
