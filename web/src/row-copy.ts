// A loop is faster than the typed array's own methods while rows are this short.
const MOST_BY_LOOP = 64;
const MOST_NEW_BY_LOOP = 16;

/** Copies `from` to `to`, which is as long. */
export function copyRow(from: Float32Array, to: Float32Array): void {
  if (from.length > MOST_BY_LOOP) {
    to.set(from);
    return;
  }
  for (let i = 0; i < from.length; ++i) to[i] = from[i] as number;
}

/** A new array with `width` values of `from`, from `start` on. */
export function newRow(from: Float32Array, start: number, width: number): Float32Array {
  if (width > MOST_NEW_BY_LOOP) return from.slice(start, start + width);
  const row = new Float32Array(width);
  for (let i = 0; i < width; ++i) row[i] = from[start + i] as number;
  return row;
}
