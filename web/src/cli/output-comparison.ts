import { argMax } from '../results.js';

/** How far the outputs of two models lie apart, row by row. */
export interface OutputComparison {
  rows: number;
  meanCosine: number;
  worstCosine: number;
  /** The row of the worst cosine. */
  worstRow: number;
  /** The share of rows whose highest output is the same. */
  top1Agreement: number;
  /** The largest difference of two outputs, and its row. */
  maxDifference: number;
  maxDifferenceRow: number;
  /** Where labels are known: the share of rows whose highest output is the label's. */
  accuracy?: { a: number; b: number };
}

/** Two zero rows are alike, a zero row and another are not: as the engine's own measure. */
function cosineOf(a: Float32Array, b: Float32Array): number {
  let [aa, bb, ab] = [0, 0, 0];
  a.forEach((x, i) => {
    const y = b[i] as number;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  });
  if (aa === 0 || bb === 0) return aa === bb ? 1 : 0;
  return Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb)));
}

/** Compares row with row. `a` and `b` are of one length, not 0, and of one width; `labels` has −1 for what is not known. */
export function compareOutputs(
  a: readonly Float32Array[],
  b: readonly Float32Array[],
  labels: Int32Array,
): OutputComparison {
  const result = { worstCosine: Infinity, worstRow: 0, maxDifference: -Infinity, maxDifferenceRow: 0 };
  let cosines = 0;
  let agreeing = 0;
  let labelled = 0;
  const right = { a: 0, b: 0 };
  a.forEach((rowA, row) => {
    const rowB = b[row] as Float32Array;
    const cosine = cosineOf(rowA, rowB);
    cosines += cosine;
    if (cosine < result.worstCosine) Object.assign(result, { worstCosine: cosine, worstRow: row });
    const difference = rowA.reduce((most, x, i) => Math.max(most, Math.abs(x - (rowB[i] as number))), 0);
    if (difference > result.maxDifference) {
      Object.assign(result, { maxDifference: difference, maxDifferenceRow: row });
    }
    const [classA, classB] = [argMax(rowA), argMax(rowB)];
    if (classA === classB) agreeing += 1;
    const label = labels[row] as number;
    if (label < 0) return;
    labelled += 1;
    if (classA === label) right.a += 1;
    if (classB === label) right.b += 1;
  });
  return {
    rows: a.length,
    meanCosine: cosines / a.length,
    ...result,
    top1Agreement: agreeing / a.length,
    ...(labelled > 0 && { accuracy: { a: right.a / labelled, b: right.b / labelled } }),
  };
}
