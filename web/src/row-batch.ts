import type { AnswerRecords } from './answer-records.js';
import { AliceError } from './errors.js';
import type { StagedBatch } from './staged-batch.js';

/** What a batch needs of its engine. */
export interface RowBatchHost {
  /** Throws where the engine does not have these rows any more. */
  check: (staged: StagedBatch) => void;
  /** Answers the first `count` rows. */
  answer: (staged: StagedBatch, count: number) => void;
  /** Gives their memory back, where the engine still has them. */
  end: (staged: StagedBatch) => void;
}

/**
 * Rows that lie where the engine reads and writes them: nothing is copied on the way in or out. It holds memory of the engine's
 * budget until it is disposed of, whatever models follow. Its arrays are views of the engine's memory: take them from here again
 * after any other call, for they are empty when that memory has grown, and do not write into one of a batch that was disposed
 * of.
 */
export class RowBatch {
  /** For how many rows there is room. */
  readonly rows: number;
  /** What one row of the last call took on average; NaN before. */
  latencyMs = NaN;
  readonly #host: RowBatchHost;
  #staged: StagedBatch | undefined;
  #answers: AnswerRecords | undefined;

  /** Made by `engine.createBatch`. */
  constructor(staged: StagedBatch, host: RowBatchHost) {
    this.rows = staged.rows;
    this.#staged = staged;
    this.#host = host;
  }

  /** Row after row: what the model takes. Nobody has set them at first. */
  get inputs(): Float32Array {
    return this.#room().inputs;
  }

  /** Row after row: what the model gave. Nobody has set those of rows that were not answered. */
  get probabilities(): Float32Array {
    return this.#room().outputs;
  }

  /**
   * Answers the first `count` rows: each gives, bit for bit, what `engine.inferSync` gives for it.
   *
   * @returns this
   * @throws AliceError `input_not_finite`; `argument_invalid` for more rows than there are, and where the model in service takes
   *   or gives rows of another width; `disposed`.
   */
  infer(count = this.rows): this {
    const startedAt = performance.now();
    const staged = this.#room();
    if (!Number.isSafeInteger(count) || count < 0 || count > this.rows) {
      throw new AliceError(
        'argument_invalid',
        `${count} rows of a batch of ${this.rows}: there are not as many.`,
      );
    }
    if (count > 0) this.#host.answer(staged, count);
    this.#answers = staged.answers;
    this.latencyMs = (performance.now() - startedAt) / count;
    return this;
  }

  /** Of the row's highest probability. */
  classIndex(row: number): number {
    return this.#answerOf(row).classIndex(row);
  }

  /** NaN where the monitor did not compare the row. */
  similarity(row: number): number {
    return this.#answerOf(row).similarity(row);
  }

  /** Whether INT8 answered the row; otherwise FP32 did. */
  isInt8(row: number): boolean {
    return this.#answerOf(row).isInt8(row);
  }

  /** Gives its memory back. May be called again, and after the engine was disposed of. */
  dispose(): void {
    if (this.#staged) this.#host.end(this.#staged);
    this.#staged = undefined;
  }

  #room(): StagedBatch {
    if (!this.#staged) throw new AliceError('disposed', 'The batch was used after dispose().');
    this.#host.check(this.#staged);
    return this.#staged;
  }

  #answerOf(row: number): AnswerRecords {
    const staged = this.#room();
    if (!this.#answers || !Number.isSafeInteger(row) || row < 0 || row >= this.rows) {
      throw new AliceError('argument_invalid', `Row ${row} of the batch has no answer.`);
    }
    if (this.#answers.isDetached) this.#answers = staged.answers;
    return this.#answers;
  }
}
