import { AliceError, createEngine, type AliceQuantizationEngine } from 'alice-quant';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifier, concatenated, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { linearModel, type Model } from './fixtures/onnx-builder.js';

const sound = classifier('behavior-classifier');
const dataset = standardDataset();
let engine: AliceQuantizationEngine;
let row: Float32Array;
let answer: Float32Array;
let int8Model: Uint8Array;

beforeAll(async () => {
  engine = await createEngine({ maxLatencyMs: Infinity });
  ({ int8Model } = await engine.quantize(sound, dataset));
  row = unseenFeatures(1)[0]!;
  answer = engine.inferSync(row).probabilities;
});
afterAll(() => engine.dispose());

const stillAnswers = () =>
  expect(engine.inferSync(row)).toMatchObject({ mode: 'int8', probabilities: answer });

/** A small deterministic generator (Lehmer 1951). */
function* randomNumbers(state = 20_260_101): Generator<number, never> {
  for (;;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

describe('a model that is damaged', () => {
  test('by a cut at any place is refused, and the former model stays', async () => {
    const places = new Set([0, 1, 2, 3, 10, sound.length - 1]);
    for (let length = 0; length < sound.length; length += 97) places.add(length);
    for (const length of places) {
      const cut = sound.slice(0, length);
      for (const use of [() => engine.quantize(cut, dataset), () => engine.load(cut)]) {
        expect(['model', 'shape'], `cut to ${length} bytes`).toContain((await failureOf(use)).stage);
      }
    }
    stillAnswers();
  });

  test('by a flipped bit is refused or still a model, and nothing else happens', async () => {
    const victim = await createEngine();
    await victim.load(int8Model);
    const random = randomNumbers();
    let refused = 0;
    for (let i = 0; i < 1500; ++i) {
      const bytes = sound.slice();
      // Half of the flips hit the beginning, where most of the structure is.
      const bit = Math.floor(random.next().value * 8 * (i % 2 ? bytes.length : 400));
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      try {
        await victim.load(bytes);
        await victim.load(int8Model);
      } catch (error) {
        expect(error).toBeInstanceOf(AliceError);
        expect((error as AliceError).code).not.toBe('internal');
        refused += 1;
      }
      expect(victim.inferSync(row)).toMatchObject({ mode: 'int8', probabilities: answer });
    }
    expect(refused).toBeGreaterThan(50);
    victim.dispose();
  });

  test('or is no model at all is refused', async () => {
    const random = randomNumbers(7);
    const noise = Uint8Array.from({ length: 5000 }, () => random.next().value * 256);
    expect((await failureOf(() => engine.load(noise))).stage).toBe('model');
    const html = new TextEncoder().encode('<!doctype html><title>Not found</title>');
    expect((await failureOf(() => engine.quantize(html))).stage).toBe('model');
    for (const wrong of ['model.onnx', null, undefined, [1, 2, 3], {}]) {
      expect((await failureOf(() => engine.load(wrong as Uint8Array))).code).toBe('argument_invalid');
    }
    stillAnswers();
  });
});

describe('a model that is not supported', () => {
  const fault = (change: (model: Model) => void) =>
    failureOf(() => engine.quantize(linearModel(12, 6, change)));

  test('by its operator is refused by operator, node and operator set', async () => {
    const failure = await fault((model) => {
      model.nodes[1] = { ...model.nodes[1]!, operator: 'Einsum' };
      model.opset = 18;
    });
    expect(failure).toMatchObject({
      code: 'model_unsupported_operator',
      stage: 'model',
      node: 'probabilities',
    });
    expect(failure.message).toMatch(/Einsum/);
    expect(failure.message).toMatch(/18/);
    stillAnswers();
  });

  test.each<[string, string, (model: Model) => void]>([
    [
      'an operator of another domain',
      'model_unsupported_operator',
      (m) => (m.nodes[0]!.domain = 'com.example'),
    ],
    ['a newer operator set', 'model_unsupported_opset', (m) => (m.opset = 999)],
    ['an old operator set', 'model_unsupported_opset', (m) => (m.opset = 3)],
    ['weights in another file', 'model_external_data', (m) => (m.initializers![0]!.external = true)],
    ['an unknown attribute', 'model_unsupported_attribute', (m) => (m.nodes[0]!.attributes = { transC: 1 })],
    ['an input of text', 'model_unsupported_type', (m) => (m.input.type = 8)],
    ['a value that nothing defines', 'model_invalid_graph', (m) => (m.nodes[0]!.inputs[2] = 'nothing')],
    ['a name defined twice', 'model_invalid_graph', (m) => (m.nodes[1]!.outputs = ['scores'])],
    ['a cycle', 'model_invalid_graph', (m) => (m.nodes[0]!.inputs[0] = 'y')],
    ['weights that do not fit', 'shape_mismatch', (m) => (m.input.dims = ['batch', 11])],
    ['too few values for their shape', 'model_malformed', (m) => m.initializers![0]!.values.pop()],
  ])('by %s is refused as %s, and the former model stays', async (_, code, change) => {
    expect((await fault(change)).code).toBe(code);
    stillAnswers();
  });

  test('by its size is refused within the budget, and the engine goes on', async () => {
    const modest = await createEngine({ maxMemoryMB: 1, maxLatencyMs: Infinity });
    await modest.quantize(sound, dataset);
    const before = modest.inferSync(row).probabilities;
    const heapBytes = modest.getMemory().heapBytes;
    const failure = await failureOf(() => modest.load(linearModel(1000, 1000)));
    expect(failure).toMatchObject({ code: 'budget_exceeded', stage: 'budget' });
    expect(modest.getMemory().heapBytes).toBe(heapBytes);
    expect(modest.inferSync(row).probabilities).toEqual(before);
    modest.dispose();
  });
});

describe('an input that is wrong', () => {
  const uses: [string, (features: Float32Array) => unknown][] = [
    ['inferSync', (features) => engine.inferSync(features)],
    ['infer', (features) => engine.infer([...features])],
    ['compare', (features) => engine.compare(features)],
  ];

  test.each(uses)('in width is refused by %s, naming both widths', async (_, use) => {
    for (const width of [0, 11, 13]) {
      const failure = await failureOf(() => use(new Float32Array(width)));
      expect(failure).toMatchObject({ code: 'input_width', stage: 'shape' });
      expect(failure.message).toMatch(new RegExp(`\\b12\\b.*\\b${width}\\b`));
    }
    stillAnswers();
  });

  test.each(uses)('in value is refused by %s', async (_, use) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const features = row.slice();
      features[7] = value;
      const failure = await failureOf(() => use(features));
      expect(failure).toMatchObject({ code: 'input_not_finite', stage: 'shape' });
      expect(failure.message).toContain('7');
    }
    stillAnswers();
  });

  test('in a batch is refused as a whole', async () => {
    const rows = [row, row, row];
    const flat = concatenated(rows);
    for (const [values, count] of [
      [flat, 2],
      [flat, 4],
      [flat.subarray(1), 3],
      [flat, 0],
    ] as const) {
      const failure = await failureOf(() => engine.inferBatch(values, count));
      expect(failure.code).toBe('input_width');
      expect(failure.message).toContain(String(values.length));
    }
    for (const count of [-1, 0.5, NaN]) {
      expect((await failureOf(() => engine.inferBatch(flat, count))).code).toBe('argument_invalid');
    }
    flat[20] = NaN;
    expect((await failureOf(() => engine.inferBatch(flat, 3))).code).toBe('input_not_finite');
    expect(await engine.inferBatch(new Float32Array(0), 0)).toEqual([]);
    stillAnswers();
  });
});
