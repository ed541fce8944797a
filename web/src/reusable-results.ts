import { AliceError } from './errors.js';
import type { BatchResult, ReusableResult } from './types.js';

/** Room for an answer of `width` values. Numbers that are no integers yet keep the place of every later one in memory. */
export function reusableResult(width: number): ReusableResult {
  return {
    className: '',
    classIndex: 0,
    confidence: NaN,
    probabilities: new Float32Array(width),
    mode: 'fp32',
    latencyMs: NaN,
    similarity: NaN,
  };
}

/** Room for `rows` answers of `width` values. */
export function batchResult(rows: number, width: number): BatchResult {
  return {
    probabilities: new Float32Array(rows * width),
    classIndices: new Int32Array(rows),
    similarities: new Float32Array(rows).fill(NaN),
    isInt8: new Uint8Array(rows),
    latencyMs: NaN,
  };
}

/** @throws AliceError `argument_invalid` where `result` is not for answers of `width` values. */
export function checkResult(result: ReusableResult, width: number): void {
  if (result?.probabilities instanceof Float32Array && result.probabilities.length === width) return;
  throw new AliceError(
    'argument_invalid',
    `The result is not for the ${width} values that the model gives.`,
    {
      hint: 'Make it with createResult(), and anew for a model of another width.',
    },
  );
}

/** @throws AliceError `argument_invalid` where `result` has no room for `rows` answers, or is for answers of another width. */
export function checkBatchResult(result: BatchResult, rows: number, width: number): void {
  const room = result?.classIndices?.length;
  if (room >= rows && result.probabilities.length === room * width) return;
  throw new AliceError(
    'argument_invalid',
    `The result is not for ${rows} rows of the ${width} values that the model gives.`,
    { hint: 'Make it with createBatchResult(), and anew for a model of another width.' },
  );
}
