import { AliceError } from './errors.js';
import type { NativeTensorLayout } from './native.js';
import type { Tensor, TensorFeeds, TensorInfo, TensorType } from './types.js';

type TensorArray = Tensor['data'];
type ArrayConstructor = new (buffer: ArrayBuffer) => TensorArray;

/** What C++ calls an element type, what the array of its elements is, and how many bytes one takes. */
const ELEMENTS: Readonly<Record<string, { type: TensorType; array: ArrayConstructor; bytes: number }>> = {
  f32: { type: 'float32', array: Float32Array, bytes: 4 },
  u8: { type: 'uint8', array: Uint8Array, bytes: 1 },
  s8: { type: 'int8', array: Int8Array, bytes: 1 },
  i32: { type: 'int32', array: Int32Array, bytes: 4 },
  i64: { type: 'int64', array: BigInt64Array, bytes: 8 },
  boolean: { type: 'bool', array: Uint8Array, bytes: 1 },
};
const WORD_BYTES = 4;

function elementsOf(dtype: string) {
  const elements = ELEMENTS[dtype];
  if (elements) return elements;
  throw new AliceError('internal', `There is no array for elements of ${dtype}.`);
}

const shapeText = (dims: readonly (number | string)[]) => `[${dims.join(', ')}]`;
const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Whether each input, and each output, is f32: a row is plain numbers then. */
export function areFloats(layouts: readonly NativeTensorLayout[]): boolean {
  return layouts.every(({ dtype }) => dtype === 'f32');
}

/** How many words of 4 bytes the row of these tensors has. */
export function wordsOf(layouts: readonly NativeTensorLayout[]): number {
  const ends = layouts.map(({ offset, bytes }) => offset + Math.ceil(bytes / WORD_BYTES));
  const words = Math.max(0, ...ends);
  return areFloats(layouts) ? words : words + (words % 2);
}

/**
 * Whether a model whose inputs are declared so can take the feeds: an axis with a name may have any size, but the same wherever
 * it has that name.
 *
 * @throws AliceError `argument_invalid` for a missing or an unknown name, another type, or data that is not as long as its
 *   dims say; `shape_mismatch`, with both shapes.
 */
export function checkFeeds(feeds: TensorFeeds, inputs: readonly TensorInfo[]): void {
  if (typeof feeds !== 'object' || feeds === null) {
    throw new AliceError('argument_invalid', 'The feeds are no object of tensors by the names of inputs.');
  }
  const names = inputs.map(({ name }) => name);
  const unknown = Object.keys(feeds).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new AliceError('argument_invalid', `The model has no input "${unknown}".`, {
      hint: `Its inputs: ${names.join(', ')}.`,
    });
  }
  const sizes = new Map<string, number>();
  for (const input of inputs) {
    const tensor = feeds[input.name];
    if (tensor === undefined) {
      throw new AliceError('argument_invalid', `The input "${input.name}" is missing.`, {
        hint: `Inputs: ${names.join(', ')}.`,
      });
    }
    checkElements(input, tensor);
    checkDims(input, tensor.dims, sizes);
  }
}

/** How many samples feeds that fit the inputs hold: what the symbolic leading axes are, 1 without any. */
export function samplesOf(feeds: TensorFeeds, inputs: readonly TensorInfo[]): number {
  const batched = inputs.find(({ dims }) => typeof dims[0] === 'string');
  return (batched && feeds[batched.name]?.dims[0]) ?? 1;
}

function checkElements({ name, dtype }: TensorInfo, { type, data, dims }: Tensor): void {
  const elements = elementsOf(dtype);
  if (type !== elements.type) {
    throw new AliceError('argument_invalid', `The input "${name}" takes ${elements.type}, not ${type}.`);
  }
  if (!(data instanceof elements.array)) {
    throw new AliceError('argument_invalid', `The data of "${name}" is no ${elements.array.name}.`);
  }
  if (!Array.isArray(dims) || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    throw new AliceError('argument_invalid', `The dims of "${name}" are no array of sizes.`);
  }
  if (data.length !== product(dims)) {
    throw new AliceError(
      'argument_invalid',
      `The data of "${name}" has ${data.length} elements, but its dims ${shapeText(dims)} say ${product(dims)}.`,
    );
  }
}

/** `sizes`: of the axes with names so far. */
function checkDims(input: TensorInfo, dims: readonly number[], sizes: Map<string, number>): void {
  const expected = input.dims.map((dim) => (typeof dim === 'string' ? sizes.get(dim) : dim));
  const fits =
    dims.length === expected.length && dims.every((dim, axis) => dim > 0 && dim === (expected[axis] ?? dim));
  if (!fits) {
    const known = input.dims.filter((dim) => typeof dim === 'string' && sizes.has(dim));
    const others = known.map((dim) => ` (${dim} is ${sizes.get(dim as string)} in others)`).join('');
    throw new AliceError(
      'shape_mismatch',
      `The input "${input.name}" takes ${shapeText(input.dims)}${others}, not ${shapeText(dims)}.`,
    );
  }
  input.dims.forEach((dim, axis) => {
    if (typeof dim === 'string') sizes.set(dim, dims[axis] as number);
  });
}

/** Writes the sample of that number into a row, as its words lie in memory. */
export function writeSample(
  feeds: TensorFeeds,
  inputs: readonly NativeTensorLayout[],
  sample: number,
  row: Float32Array,
): void {
  for (const { name, dtype, dims, offset, bytes } of inputs) {
    const { data } = feeds[name] as Tensor;
    const at = typeof dims[0] === 'string' ? sample * bytes : 0;
    const from = new Uint8Array(data.buffer, data.byteOffset + at, bytes);
    const to = new Uint8Array(row.buffer, row.byteOffset + offset * WORD_BYTES, bytes);
    if (dtype === 'boolean') for (let i = 0; i < bytes; ++i) to[i] = from[i] ? 1 : 0;
    else to.set(from);
  }
}

/** Tensors for the outputs of some samples, filled row by row. */
export class OutputTensors {
  readonly #layouts: readonly NativeTensorLayout[];
  readonly #bytes: Uint8Array[];

  constructor(layouts: readonly NativeTensorLayout[], samples: number) {
    this.#layouts = layouts;
    this.#bytes = layouts.map(({ bytes }) => new Uint8Array(samples * bytes));
  }

  /** The outputs of `count` samples from `first` on, row after row. */
  take(rows: Float32Array, first: number, count: number): void {
    const rowBytes = rows.byteLength / count;
    this.#layouts.forEach(({ offset, bytes }, i) => {
      for (let row = 0; row < count; ++row) {
        const at = rows.byteOffset + row * rowBytes + offset * WORD_BYTES;
        this.#bytes[i]?.set(new Uint8Array(rows.buffer, at, bytes), (first + row) * bytes);
      }
    });
  }

  /** By name. */
  tensors(samples: number): Record<string, Tensor> {
    const named = this.#layouts.map(({ name, dtype, dims }, i) => {
      const { type, array } = elementsOf(dtype);
      const data = new array((this.#bytes[i] as Uint8Array).buffer as ArrayBuffer);
      return [name, { type, data, dims: dims.map((dim) => (typeof dim === 'string' ? samples : dim)) }];
    });
    return Object.fromEntries(named) as Record<string, Tensor>;
  }
}
