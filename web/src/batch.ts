import type { AnswerRecords } from './answer-records.js';
import { AliceError, valueOf } from './errors.js';
import type { ModelRows } from './model-rows.js';
import { inferenceResult } from './results.js';
import type { Service } from './service.js';
import { StagedBatch } from './staged-batch.js';
import type { BatchResult, InferenceResult } from './types.js';

/** Rows of a batch in pieces: more together are not faster. */
const PIECE_ROWS = 32;

/** What a batch needs of its engine. */
export interface BatchEngine {
  service: Service;
  rows: ModelRows;
  /** Takes the events that wait, so that there is room for others. */
  takeEvents: () => void;
  /** Told how many rows are to be answered together. */
  answersTogether: (rows: number) => void;
}

/**
 * Takes the answers to the next `count` rows from where they lie in WebAssembly memory: `outputs` holds those of the rows
 * alone, `answers` of more of them, of which `first` is the first.
 */
type Take = (outputs: Float32Array, answers: AnswerRecords, first: number, count: number) => void;

/**
 * Answers `count` rows, each as an object of its own, but for the memory of the probabilities, which is one for all: faster
 * than many small ones. `latencyMs` is 0.
 */
export function inferRows(engine: BatchEngine, values: Float32Array, count: number): InferenceResult[] {
  const { classes, outputWidth: width } = engine.rows;
  const all = new Float32Array(count * width);
  const results: InferenceResult[] = [];
  answerRows(engine, values, count, (outputs, answers, first, more) => {
    all.set(outputs, results.length * width);
    for (let row = first; row < first + more; ++row) {
      const classIndex = answers.classIndex(row);
      const at = results.length * width;
      results.push(
        inferenceResult(
          new Float32Array(all.buffer, at * Float32Array.BYTES_PER_ELEMENT, width),
          classIndex,
          classes.at(classIndex),
          answers.mode(row),
          0,
          answers.similarity(row),
        ),
      );
    }
  });
  return results;
}

/** Answers `count` rows into `result`, which has room for them. */
export function inferRowsInto(
  engine: BatchEngine,
  values: Float32Array,
  count: number,
  result: BatchResult,
): void {
  const { probabilities, classIndices, similarities, isInt8 } = result;
  let done = 0;
  answerRows(engine, values, count, (outputs, answers, first, more) => {
    probabilities.set(outputs, (done * outputs.length) / more);
    for (let i = 0; i < more; ++i, ++done) {
      classIndices[done] = answers.classIndex(first + i);
      similarities[done] = answers.similarity(first + i);
      isInt8[done] = answers.isInt8(first + i) ? 1 : 0;
    }
  });
}

/** @throws AliceError `argument_invalid` */
export function checkCount(rows: number): void {
  if (Number.isSafeInteger(rows) && rows >= 0) return;
  throw new AliceError('argument_invalid', `A batch of ${rows} rows: that is no number of rows.`);
}

/** @throws AliceError `argument_invalid` for a count that is none; `input_width` where the values are not that many rows. */
export function checkRows(values: Float32Array, count: number, width: number): void {
  checkCount(count);
  if (values.length !== count * width) {
    throw new AliceError(
      'input_width',
      `${count} rows of the model's ${width} inputs are ${count * width} values, but ${values.length} were given.`,
    );
  }
}

/**
 * Answers `count` rows: together where the budget has room for them, otherwise in pieces, at worst one by one.
 *
 * @throws AliceError `input_not_finite`, before any row is answered.
 */
export function answerRows(engine: BatchEngine, values: Float32Array, count: number, take: Take): void {
  const width = values.length / count;
  engine.answersTogether(count);
  let done = 0;
  const takeNext: Take = (outputs, answers, first, more) => {
    take(outputs, answers, first, more);
    done += more;
  };
  let most = count;
  while (done < count) {
    const piece = Math.min(most, count - done);
    const next = values.subarray(done * width, (done + piece) * width);
    if (most === 1) {
      inferOne(engine, next, takeNext);
      continue;
    }
    try {
      inferPiece(engine, next, piece, takeNext);
    } catch (error) {
      if (!(error instanceof AliceError) || error.stage !== 'budget') throw error;
      // What comes next is no longer checked as a whole.
      if (done === 0) checkFinite(values);
      most = piece > PIECE_ROWS ? PIECE_ROWS : 1;
    }
  }
}

function inferOne({ rows, takeEvents }: BatchEngine, row: Float32Array, take: Take): void {
  rows.write(row);
  rows.infer();
  take(rows.output, rows.answer, 0, 1);
  if (rows.hasEvents) takeEvents();
}

function inferPiece(engine: BatchEngine, values: Float32Array, count: number, take: Take): void {
  const staged = new StagedBatch(engine.service, count);
  try {
    staged.inputs.set(values);
    inferStaged(engine, staged, count, (first, more) => {
      const { outputs } = staged;
      const width = outputs.length / count;
      take(outputs.subarray(first * width, (first + more) * width), staged.answers, first, more);
    });
  } finally {
    staged.end();
    engine.takeEvents();
  }
}

/** Answers the first `count` rows where they lie; told of each piece, before the events that it caused are taken. */
export function inferStaged(
  { service, takeEvents }: BatchEngine,
  staged: StagedBatch,
  count: number,
  onAnswered?: (first: number, count: number) => void,
): void {
  for (let done = 0; done < count;) {
    const more = valueOf(service.native.inferBatch(staged.number, done, count));
    onAnswered?.(done, more);
    done += more;
    if (done < count) takeEvents();
  }
}

function checkFinite(values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new AliceError('input_not_finite', `input value ${index} is ${values[index]}`);
}
