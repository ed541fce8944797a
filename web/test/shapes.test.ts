// Models whose inputs have open axes: made for each shape that they are fed with.
import { createEngine, type AliceQuantizationEngine, type Tensor } from 'alice-quant';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { onnxModel } from './fixtures/onnx-builder.js';
import { CHANNELS, floats, openPictures as network, picture } from './fixtures/open-pictures.js';
import { hasSharedModels, sharedModel } from './fixtures/shared-models.js';

const engines: AliceQuantizationEngine[] = [];
const made = async (config: Parameters<typeof createEngine>[0] = {}) => {
  const engine = await createEngine({ maxLatencyMs: Infinity, ...config });
  engines.push(engine);
  return engine;
};
afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
});

const expectClose = (found: Tensor | undefined, expected: { data: unknown; dims: readonly number[] }) => {
  expect(found?.dims).toEqual(expected.dims);
  const values = expected.data as Float32Array;
  const range = Math.max(...values) - Math.min(...values);
  const largest = values.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (found!.data[i] as number))),
    0,
  );
  expect(range).toBeGreaterThan(0);
  expect(largest / range).toBeLessThanOrEqual(1e-5);
};

describe('a float model', () => {
  const bytes = network();
  let judge: InferenceSession;
  beforeAll(async () => {
    judge = await InferenceSession.create(bytes);
  });
  const judged = (x: Tensor) => judge.run({ x: new OrtTensor('float32', x.data as Float32Array, x.dims) });

  test('waits for what it is fed with, and takes every size', async () => {
    const engine = await made();
    const info = await engine.load(bytes);
    expect(info).toMatchObject({
      inputs: [{ name: 'x', dims: ['batch', 3, 'height', 'width'] }],
      outputs: [{ dims: ['batch', CHANNELS, 1, 1] }, { dims: ['batch', CHANNELS, 'rows', 'columns'] }],
      parameters: 0,
    });
    expect(engine.getStatus().model).toBeUndefined();
    for (const dims of [
      [1, 3, 9, 9],
      [1, 3, 12, 7],
      [5, 3, 9, 9],
      [2, 3, 12, 7],
      [1, 3, 9, 9],
    ]) {
      const x = picture(dims);
      const answers = await engine.run({ x });
      const expected = await judged(x);
      expectClose(answers['m'], expected['m']!);
      expectClose(answers['y'], expected['y']!);
    }
    expect(engine.getStatus().model?.parameters).toBe(CHANNELS * (27 + 1 + CHANNELS));
  });

  test('is made once for each shape', async () => {
    const engine = await made();
    await engine.load(bytes);
    const held: number[] = [];
    for (const size of [9, 12, 9, 12, 12, 9]) {
      await engine.run({ x: picture([1, 3, size, size]) });
      held.push(engine.getMemory().heldBytes);
    }
    expect(held[1]).toBeGreaterThan(held[0]!);
    expect(new Set(held.slice(1)).size).toBe(1);
  });

  test('does not fill the memory with ever other shapes', async () => {
    const engine = await made();
    await engine.load(bytes);
    const held: number[] = [];
    for (let size = 40; size > 8; --size) {
      await engine.run({ x: picture([1, 3, size, size]) });
      held.push(engine.getMemory().heldBytes);
    }
    // What is added is smaller than what is dropped.
    expect(held.at(-1)).toBeLessThan(held[8]!);
  });

  test('drops shapes where the budget has no room for another', async () => {
    const engine = await made({ maxMemoryMB: 3 });
    await engine.load(bytes);
    const sizes = [90, 80, 70, 90, 100, 60, 90];
    for (const size of sizes) {
      const x = picture([1, 3, size, size]);
      expectClose((await engine.run({ x }))['m'], (await judged(x))['m']!);
    }
    await expect(engine.run({ x: picture([1, 3, 400, 400]) })).rejects.toMatchObject({ stage: 'budget' });
    const x = picture([1, 3, 90, 90]);
    expectClose((await engine.run({ x }))['m'], (await judged(x))['m']!);
  });

  test('can be asked about rows only after it was fed', async () => {
    const engine = await made();
    await engine.load(bytes);
    expect(() => engine.inferSync(new Float32Array(3))).toThrowError(
      expect.objectContaining({ code: 'shape_unresolved', hint: expect.stringContaining('run()') as string }),
    );
    const [small, large] = [picture([1, 3, 6, 6]), picture([1, 3, 8, 8])];
    for (const x of [small, large]) await engine.run({ x });
    // A row finds the shape that has its width.
    for (const x of [small, large]) {
      const { probabilities } = engine.inferSync(x.data as Float32Array);
      const { m, y } = await engine.run({ x });
      expect([...probabilities]).toEqual([...(m!.data as Float32Array), ...(y!.data as Float32Array)]);
    }
  });

  test.each([
    ['another number of channels', [1, 4, 9, 9], 'shape_mismatch', '[batch, 3, height, width]'],
    ['another rank', [3, 9, 9], 'shape_mismatch', '[batch, 3, height, width]'],
    ['a picture smaller than the filter', [1, 3, 2, 2], 'shape_mismatch', '2'],
  ])('refuses %s, and goes on', async (_, dims, code, text) => {
    const engine = await made();
    await engine.load(bytes);
    const x = picture([1, 3, 9, 9]);
    const before = await engine.run({ x });
    await expect(engine.run({ x: picture(dims) })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text) as string,
    });
    expect(await engine.run({ x })).toEqual(before);
  });

  test('of an operator that is not there is refused before it is fed', async () => {
    const engine = await made();
    const other = onnxModel({
      nodes: [{ operator: 'Nonsense', name: 'odd', inputs: ['x'], outputs: ['y'] }],
      input: { name: 'x', dims: ['height', 'width'] },
      output: { name: 'y', dims: ['height', 'width'] },
    });
    await expect(engine.load(other)).rejects.toMatchObject({
      code: 'model_unsupported_operator',
      node: 'odd',
    });
  });

  test('a second load() forgets what was fed to the first', async () => {
    const engine = await made();
    await engine.load(bytes);
    await engine.run({ x: picture([1, 3, 9, 9]) });
    await engine.load(bytes);
    expect(engine.getStatus().model).toBeUndefined();
    const x = picture([1, 3, 7, 5]);
    expectClose((await engine.run({ x }))['m'], (await judged(x))['m']!);
  });
});

describe.each(['dynamic', 'static'] as const)('a model quantized with %s ranges', (strategy) => {
  const samples = Array.from({ length: 40 }, (_, i) => ({ x: picture([1, 3, 9, 9], 100 + i) }));

  test('takes the shapes of its calibration feeds, and others in INT8 as well', async () => {
    const engine = await made({ strategy, maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    expect(await engine.quantize(network(), samples)).toMatchObject({ success: true });
    for (const [i, size] of [9, 12, 9].entries()) {
      await engine.run({ x: picture([1, 3, size, size]) });
      expect(engine.getStatus()).toMatchObject({
        mode: 'int8',
        inferenceCount: { int8: i + 1, fp32: 0 },
        model: { quantizedLayers: 2, staticLayers: strategy === 'static' ? 2 : 0 },
      });
    }
  });

  test('compares INT8 with FP32 in every shape', async () => {
    const engine = await made({ strategy, maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    await engine.quantize(network(), samples);
    for (const size of [9, 14]) {
      const x = picture([1, 3, size, size], 6);
      await engine.run({ x });
      const { similarity, int8 } = await engine.compare(x.data as Float32Array);
      expect(int8.probabilities).toHaveLength(CHANNELS * (1 + (size - 2) ** 2));
      expect(similarity).toBeGreaterThan(0.98);
      expect(similarity).toBeLessThan(1);
    }
  });

  test('can be quantized while another is fed, in shapes that it had', async () => {
    const engine = await made({ strategy, maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    await engine.load(network());
    const x = picture([1, 3, 9, 9]);
    const before = await engine.run({ x });
    const quantizing = engine.quantize(network(), samples, { onProgress: () => undefined });
    expect(await engine.run({ x })).toEqual(before);
    await expect(engine.run({ x: picture([1, 3, 8, 8]) })).rejects.toMatchObject({ code: 'busy' });
    expect((await quantizing).success).toBe(true);
  });

  test('without FP32 weights of its own', async () => {
    const engine = await made({ strategy, keepFp32: false, maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    await engine.quantize(network(), samples);
    const whole = await made({ strategy, maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    await whole.quantize(network(), samples);
    const x = picture([1, 3, 12, 12], 5);
    expect(await engine.run({ x })).toEqual(await whole.run({ x }));
  });
});

test('ranges that calibration found hold in every shape', async () => {
  const engine = await made({
    strategy: 'static',
    maxAccuracyDrop: 1,
    warnAccuracyDrop: 1,
    monitorInterval: 0,
  });
  const samples = Array.from({ length: 40 }, (_, i) => ({ x: picture([1, 3, 9, 9], 100 + i) }));
  await engine.quantize(network(), samples);
  const corner = (tensor: Tensor, size: number) => {
    const [, channels, height, width] = tensor.dims as [number, number, number, number];
    const at = (c: number, y: number, x: number) => tensor.data[(c * height + y) * width + x] as number;
    return Array.from({ length: channels * size * size }, (_, i) =>
      at(Math.floor(i / size / size), Math.floor(i / size) % size, i % size),
    );
  };
  // What these convolutions give in a corner depends on that corner of the picture alone.
  const large = picture([1, 3, 12, 12], 5);
  const small = floats([1, 3, 9, 9], corner(large, 9));
  const [ofLarge, ofSmall] = [await engine.run({ x: large }), await engine.run({ x: small })];
  expect(engine.getStatus().inferenceCount.int8).toBe(2);
  expect(corner(ofLarge['y']!, 7)).toEqual(corner(ofSmall['y']!, 7));
});

test('samples that depend on each other are taken together', async () => {
  const bytes = onnxModel({
    nodes: [{ operator: 'Softmax', name: 'softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: 0 } }],
    input: { name: 'x', dims: ['batch', 3] },
    output: { name: 'y', dims: ['batch', 3] },
  });
  const engine = await made();
  await engine.load(bytes);
  const judge = await InferenceSession.create(bytes);
  for (const rows of [4, 1, 6, 4]) {
    const x = picture([rows, 3]);
    const { y } = await judge.run({ x: new OrtTensor('float32', x.data as Float32Array, x.dims) });
    const answers = await engine.run({ x });
    if (rows > 1) expectClose(answers['y'], y!);
    else expect([...answers['y']!.data]).toEqual([1, 1, 1]);
  }
});

describe.skipIf(!hasSharedModels)('a trained model', () => {
  test('reads lines of text of every width', async () => {
    const bytes = sharedModel('ppocr');
    const engine = await made({ maxMemoryMB: 200 });
    await engine.load(bytes);
    const judge = await InferenceSession.create(bytes);
    for (const width of [192, 320, 192]) {
      const x = picture([1, 3, 48, width], width);
      const expected = await judge.run({
        [judge.inputNames[0]!]: new OrtTensor('float32', x.data as Float32Array, x.dims),
      });
      const name = judge.outputNames[0]!;
      expectClose((await engine.run({ x }))[name], expected[name]!);
    }
  });

  test('chooses its branches by what it is fed with', async () => {
    const bytes = sharedModel('silero');
    const engine = await made();
    const info = await engine.load(bytes);
    expect(info.inputs.map(({ name }) => name)).toEqual(['input', 'state', 'sr']);
    const judge = await InferenceSession.create(bytes);
    const input = picture([1, 576]);
    const state = picture([2, 1, 128], 3);
    const sr = { type: 'int64', data: BigInt64Array.of(16000n), dims: [] } as unknown as Tensor;
    const answers = await engine.run({ input, state, sr });
    const expected = await judge.run({
      input: new OrtTensor('float32', input.data as Float32Array, input.dims),
      state: new OrtTensor('float32', state.data as Float32Array, state.dims),
      sr: new OrtTensor('int64', BigInt64Array.of(16000n), []),
    });
    for (const name of judge.outputNames) expect(answers[name]?.dims).toEqual(expected[name]!.dims);
    expectClose(answers['stateN'], expected['stateN']!);
  });
});
