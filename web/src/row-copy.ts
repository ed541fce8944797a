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

/** A new array with the values of `from`. */
export function newRow(from: Float32Array): Float32Array {
  if (from.length > MOST_NEW_BY_LOOP) return from.slice();
  const row = new Float32Array(from.length);
  copyRow(from, row);
  return row;
}
