import { AliceError, valueOf } from './errors.js';
import type { NativeEngine } from './native.js';
import { argMax, inferenceResult } from './results.js';
import type { InferenceResult } from './types.js';

/** Rows of a batch in pieces: more together are not faster. */
const PIECE_ROWS = 32;

/** What a batch needs of its engine. */
export interface BatchEngine {
  native: NativeEngine;
  classes: readonly string[];
  /** Answers one row, where there is no memory for more. */
  inferOne: (row: Float32Array) => InferenceResult;
  /** Takes the events that wait, so that there is room for others. */
  takeEvents: () => void;
}

/**
 * Answers `count` rows: together where the budget has room for them, otherwise in pieces, at worst one by one.
 *
 * @throws AliceError `input_not_finite`, before any row is answered.
 */
export function inferRows(engine: BatchEngine, rows: Float32Array, count: number): InferenceResult[] {
  const results: InferenceResult[] = [];
  const width = rows.length / count;
  let most = count;
  while (results.length < count) {
    const first = results.length * width;
    const piece = Math.min(most, count - results.length);
    if (most === 1) {
      results.push(engine.inferOne(rows.subarray(first, first + width)));
      continue;
    }
    try {
      inferPiece(engine, rows.subarray(first, first + piece * width), piece, results);
    } catch (error) {
      if (!(error instanceof AliceError) || error.stage !== 'budget') throw error;
      // What comes next is no longer checked as a whole.
      if (results.length === 0) checkFinite(rows);
      most = piece > PIECE_ROWS ? PIECE_ROWS : 1;
    }
  }
  return results;
}

function inferPiece(
  { native, classes, takeEvents }: BatchEngine,
  rows: Float32Array,
  count: number,
  results: InferenceResult[],
): void {
  try {
    valueOf(native.stageBatch(count)).set(rows);
    for (let done = 0; done < count;) {
      const more = valueOf(native.inferBatch(done));
      const outputs = native.batchOutputs();
      const width = outputs.length / count;
      for (const end = done + more; done < end; ++done) {
        const row = outputs.slice(done * width, (done + 1) * width);
        const mode = native.batchWasInt8(done) ? 'int8' : 'fp32';
        results.push(inferenceResult(row, argMax(row), classes, mode, 0, native.batchSimilarity(done)));
      }
      if (done < count) takeEvents();
    }
  } finally {
    native.endBatch();
    takeEvents();
  }
}

function checkFinite(values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new AliceError('input_not_finite', `input value ${index} is ${values[index]}`);
}
