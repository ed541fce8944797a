// run(): models of several inputs and outputs, of every element type.
import { createEngine, type Tensor, type TensorFeeds } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { perceptron } from './fixtures/mlp.js';
import { onnxModel } from './fixtures/onnx-builder.js';
import { noise } from './fixtures/shared-models.js';

const floats = (dims: number[], data: Iterable<number>): Tensor => ({
  type: 'float32',
  data: Float32Array.from(data),
  dims,
});

/** s = x + y, p = x · y: a leading axis that counts samples. */
const sumAndProduct = () =>
  onnxModel({
    nodes: [
      { operator: 'Add', name: 'sum', inputs: ['x', 'y'], outputs: ['s'] },
      { operator: 'Mul', name: 'product', inputs: ['x', 'y'], outputs: ['p'] },
    ],
    input: { name: 'x', dims: ['batch', 3] },
    moreInputs: [{ name: 'y', dims: ['batch', 3] }],
    output: { name: 's', dims: ['batch', 3] },
    moreOutputs: [{ name: 'p', dims: ['batch', 3] }],
  });

const INT32 = 6;
const INT64 = 7;
const BOOL = 9;

/** What comes in as i32, i64, bool and f32 goes out doubled, as it was, as f32, and doubled. */
const mixed = () =>
  onnxModel({
    nodes: [
      { operator: 'Add', name: 'double_i', inputs: ['i', 'i'], outputs: ['i2'] },
      { operator: 'Add', name: 'double_l', inputs: ['l', 'l'], outputs: ['l2'] },
      { operator: 'Cast', name: 'float_b', inputs: ['b'], outputs: ['bf'], attributes: { to: 1 } },
      { operator: 'Add', name: 'double_f', inputs: ['f', 'f'], outputs: ['f2'] },
    ],
    input: { name: 'i', dims: [3], type: INT32 },
    moreInputs: [
      { name: 'l', dims: [2, 1], type: INT64 },
      { name: 'b', dims: [5], type: BOOL },
      { name: 'f', dims: [1] },
    ],
    output: { name: 'i2', dims: [3], type: INT32 },
    moreOutputs: [
      { name: 'l2', dims: [2, 1], type: INT64 },
      { name: 'bf', dims: [5] },
      { name: 'f2', dims: [1] },
    ],
  });

const mixedFeeds = (): TensorFeeds => ({
  f: floats([1], [1.5]),
  b: { type: 'bool', data: Uint8Array.of(0, 1, 7, 0, 1), dims: [5] },
  // Doubled, bits that a float would not keep: those of a signalling NaN.
  i: { type: 'int32', data: Int32Array.of(0x3fc00001, -4194303, 5), dims: [3] },
  l: { type: 'int64', data: BigInt64Array.of(2n ** 40n + 1n, -3n), dims: [2, 1] },
});

test('named tensors go in and come out, one sample or several', async () => {
  const engine = await createEngine();
  await engine.load(sumAndProduct());
  for (const samples of [1, 5, 33]) {
    const x = Float32Array.from({ length: samples * 3 }, (_, i) => i);
    const y = x.map((value) => 2 - value);
    const { s, p, ...others } = await engine.run({
      y: { type: 'float32', data: y, dims: [samples, 3] },
      x: { type: 'float32', data: x, dims: [samples, 3] },
    });
    expect(others).toEqual({});
    expect(s).toEqual(
      floats(
        [samples, 3],
        x.map(() => 2),
      ),
    );
    expect(p).toEqual(
      floats(
        [samples, 3],
        x.map((value, i) => value * y[i]!),
      ),
    );
  }
  // A row holds the inputs one behind the other, and the outputs.
  expect([...engine.inferSync([1, 2, 3, 10, 20, 30]).probabilities]).toEqual([11, 22, 33, 10, 40, 90]);
  engine.dispose();
});

test('integers keep every bit, and each input its type', async () => {
  const engine = await createEngine();
  await engine.load(mixed());
  expect(await engine.run(mixedFeeds())).toEqual({
    i2: { type: 'int32', data: Int32Array.of(0x7f800002, -8388606, 10), dims: [3] },
    l2: { type: 'int64', data: BigInt64Array.of(2n ** 41n + 2n, -6n), dims: [2, 1] },
    bf: floats([5], [0, 1, 1, 0, 1]),
    f2: floats([1], [3]),
  });
  expect(() => engine.inferSync([1])).toThrowError(
    expect.objectContaining({ code: 'argument_invalid', hint: expect.stringContaining('run()') as string }),
  );
  await expect(engine.run({ ...mixedFeeds(), f: floats([1], [NaN]) })).rejects.toMatchObject({
    code: 'input_not_finite',
  });
  engine.dispose();
});

describe('open axes', () => {
  /** y = x, as rows of two, by a shape that is put together from constants. */
  const rows = (x: (number | string)[]) =>
    onnxModel({
      nodes: [
        {
          operator: 'Concat',
          name: 'shape',
          inputs: ['any', 'two'],
          outputs: ['dims'],
          attributes: { axis: 0 },
        },
        { operator: 'Relu', name: 'relu', inputs: ['x'], outputs: ['r'] },
        { operator: 'Reshape', name: 'rows', inputs: ['r', 'dims'], outputs: ['y'] },
      ],
      initializers: [
        { name: 'any', dims: [1], values: [-1], type: 7 },
        { name: 'two', dims: [1], values: [2], type: 7 },
      ],
      input: { name: 'x', dims: x },
      output: { name: 'y', dims: ['rows', 2] },
    });

  test('get their sizes from `shapes`', async () => {
    const engine = await createEngine();
    // Nothing says what to calibrate with.
    await expect(engine.quantize(rows(['height', 'width']))).rejects.toMatchObject({
      code: 'shape_unresolved',
    });
    const info = await engine.load(rows(['height', 'width']), { shapes: { x: [3, 4] } });
    expect(info.inputs[0]).toMatchObject({ name: 'x', dims: [3, 4] });
    const x = Array.from({ length: 12 }, (_, i) => i);
    expect((await engine.run({ x: floats([3, 4], x) }))['y']).toEqual(floats([6, 2], x));
    engine.dispose();
  });

  test.each([
    ['another rank', { x: [12] }, 'shape_mismatch', '[height, 4]'],
    ['another size', { x: [3, 5] }, 'shape_mismatch', '[3, 5]'],
    ['no input', { z: [3, 4] }, 'argument_invalid', '"z"'],
    ['no sizes', { x: [0, 4] }, 'argument_invalid', '"x"'],
    ['a rank beyond all', { x: new Array<number>(99).fill(1) }, 'shape_mismatch', 'rank 99'],
  ])('%s is refused', async (_, shapes, code, text) => {
    const engine = await createEngine();
    await expect(engine.load(rows(['height', 4]), { shapes })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text) as string,
    });
    engine.dispose();
  });
});

describe('what does not fit is named', () => {
  const good = { x: floats([2, 3], [1, 2, 3, 4, 5, 6]), y: floats([2, 3], [1, 2, 3, 4, 5, 6]) };
  const wrong = {
    ...good,
    y: { type: 'int32', data: Int32Array.of(1, 2, 3), dims: [1, 3] } as Tensor,
  };
  test.each([
    ['no object', null, 'argument_invalid', 'no object'],
    ['a missing input', { x: good.x }, 'argument_invalid', '"y" is missing'],
    ['an unknown one', { ...good, z: good.x }, 'argument_invalid', 'no input "z"'],
    ['another type', wrong, 'argument_invalid', 'takes float32, not int32'],
    ['another length', { ...good, y: floats([2, 3], [1]) }, 'argument_invalid', '1 elements'],
    ['another array', { ...good, y: { ...good.y, data: [1] } }, 'argument_invalid', 'no Float32Array'],
    ['negative dims', { ...good, y: { ...good.y, dims: [-2, -3] } }, 'argument_invalid', 'dims'],
    [
      'another shape',
      { ...good, y: floats([3, 2], good.y.data as Float32Array) },
      'shape_mismatch',
      '[batch, 3]',
    ],
    ['another rank', { ...good, y: floats([6], good.y.data as Float32Array) }, 'shape_mismatch', 'not [6]'],
    ['other samples', { ...good, y: floats([1, 3], [1, 2, 3]) }, 'shape_mismatch', 'batch is 2 in others'],
    ['no samples', { x: floats([0, 3], []), y: floats([0, 3], []) }, 'shape_mismatch', '[0, 3]'],
  ])('%s', async (_, feeds, code, message) => {
    const engine = await createEngine();
    await engine.load(sumAndProduct());
    await expect(engine.run(feeds as TensorFeeds)).rejects.toMatchObject({
      name: 'AliceError',
      code,
      message: expect.stringContaining(message) as string,
    });
    expect((await engine.run(good))['s']!.data[5]).toBe(12);
    engine.dispose();
  });

  test('calibration feeds of another shape', async () => {
    const engine = await createEngine();
    const { bytes } = perceptron(3000);
    await expect(engine.quantize(bytes, [{ x: floats([1, 2], [1, 2]) }])).rejects.toMatchObject({
      code: 'shape_mismatch',
    });
    engine.dispose();
  });
});

test('quantize() takes feeds, and run() answers as inferSync() does, monitored', async () => {
  const { bytes, width } = perceptron(12000);
  const rows = noise(200, width);
  const feeds = rows.map((row) => ({ x: floats([1, width], row) }));
  const byFeeds = await createEngine({ maxLatencyMs: Infinity });
  const byRows = await createEngine({ maxLatencyMs: Infinity });
  const { success, metrics } = await byFeeds.quantize(bytes, feeds);
  expect(success).toBe(true);
  expect(metrics.samples).toBe(200);
  const result = await byRows.quantize(bytes, rows);
  expect(metrics.cosineSimilarity).toBe(result.metrics.cosineSimilarity);
  for (const [i, row] of rows.slice(0, 20).entries()) {
    const { y } = await byFeeds.run(feeds[i]!);
    expect(y!.data).toEqual(byRows.inferSync(row).probabilities);
  }
  expect(byFeeds.getStatus().inferenceCount).toEqual({ int8: 20, fp32: 0 });
  expect(byFeeds.getMetrics().similarity).toEqual(byRows.getMetrics().similarity);
  byFeeds.dispose();
  byRows.dispose();
});
