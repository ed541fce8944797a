import { AliceError, valueOf } from './errors.js';
import type { NativeEngine } from './native.js';
import type { LoadOptions, ModelInfo, TensorFeeds, TensorInfo } from './types.js';

const OPEN = -1;

/** Sizes of the axes of inputs, by name; OPEN leaves an axis as the model has it. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A model as it was handed in: what the same model is made of again. */
export interface ModelSource {
  bytes: Uint8Array;
  shapes: Shapes | undefined;
  /** By quantize(), or as it was. */
  isQuantizedHere: boolean;
}

/** @throws AliceError `argument_invalid` for an option `shapes` that is none. */
export function checkedShapes({ shapes }: LoadOptions): Shapes | undefined {
  for (const [input, dims] of Object.entries(shapes ?? {})) {
    if (!Array.isArray(dims) || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
      throw new AliceError('argument_invalid', `The shape of "${input}" is no array of sizes.`);
    }
  }
  return shapes;
}

/** Copies a model's bytes into WebAssembly memory, with the shapes that its inputs are to have. */
export function stageModel(native: NativeEngine, model: Uint8Array, shapes: Shapes = {}): void {
  valueOf(native.stageModel(model.length)).set(model);
  stageShapes(native, shapes);
}

/** The same; with shapes gives the model's inputs as they are without. */
export function stageDeclared(
  native: NativeEngine,
  model: Uint8Array,
  shapes: Shapes | undefined,
): readonly TensorInfo[] | undefined {
  stageModel(native, model);
  if (!shapes) return undefined;
  const { inputs } = valueOf(native.describeStaged());
  stageShapes(native, shapes);
  return inputs;
}

/** What a model says of itself before its shapes are known. */
export function describe(native: NativeEngine, model: Uint8Array): ModelInfo {
  stageModel(native, model);
  const info = valueOf(native.describeStaged());
  native.cancelQuantize();
  return info;
}

function stageShapes(native: NativeEngine, shapes: Shapes): void {
  for (const [input, dims] of Object.entries(shapes)) valueOf(native.stageShape(input, dims));
}

/**
 * The shapes to make a model for that is fed so, the better ones first: with the axis left open that may turn out to count
 * samples, and without.
 *
 * @param declared The inputs as the model declares them, which take the feeds.
 */
export function shapesFor(declared: readonly TensorInfo[], feeds: TensorFeeds): Shapes[] {
  const shapes = (open?: string): Shapes =>
    Object.fromEntries(
      declared.map(({ name, dims }) => {
        const given = feeds[name]?.dims ?? [];
        return [name, dims.map((dim, axis) => (dim === open ? OPEN : (given[axis] as number)))];
      }),
    );
  const leading = declared.map(({ dims }) => dims[0]).find((dim) => typeof dim === 'string');
  const isElsewhere = declared.some(({ dims }) => dims.lastIndexOf(leading as string) > 0);
  return leading === undefined || isElsewhere ? [shapes()] : [shapes(leading), shapes()];
}

/** Whether a model leaves sizes of its inputs open. */
export const hasOpenAxes = (declared: readonly TensorInfo[]) =>
  declared.some(({ dims }) => dims.some((dim) => typeof dim === 'string'));
