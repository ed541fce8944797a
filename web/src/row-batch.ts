import type { AnswerRecords } from './answer-records.js';
import { AliceError } from './errors.js';
import { inferStaged } from './batch.js';
import type { Unsubscribe } from './metrics-types.js';
import type { Service } from './service.js';
import { StagedBatch } from './staged-batch.js';
import type { Succession } from './succession.js';

/**
 * Rows that lie where the engine reads and writes them: nothing is copied on the way in or out. It holds memory of the engine's
 * budget until it is disposed of, whatever models follow. Its arrays are views of the engine's memory: take them from here again
 * after any other call, for they are empty when that memory has grown, and do not write into one of a batch that was disposed
 * of. Where the engine's module stops, the inputs go on in what takes its place, and the answers to them are given anew.
 */
export class RowBatch {
  /** For how many rows there is room. */
  readonly rows: number;
  /** What one row of the last call took on average; NaN before. */
  latencyMs = NaN;
  readonly #succession: Succession;
  readonly #stay: Unsubscribe;
  #isDisposed = false;
  #staged: StagedBatch | undefined;
  /** The inputs, while they have no room in the engine's memory. */
  #kept: Float32Array | undefined;
  #answers: AnswerRecords | undefined;
  /** So many rows, from the first on, have answers. */
  #answered = 0;

  /** Made by `engine.createBatch`, whose errors it throws. */
  constructor(succession: Succession, rows: number) {
    this.rows = rows;
    this.#succession = succession;
    this.#staged = succession.look((service) => {
      service.model.rows.checkTakesFloats();
      return new StagedBatch(service, rows);
    });
    this.#stay = succession.whenServed(() => this.#move());
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
    this.#room();
    if (!Number.isSafeInteger(count) || count < 0 || count > this.rows) {
      throw new AliceError(
        'argument_invalid',
        `${count} rows of a batch of ${this.rows}: there are not as many.`,
      );
    }
    if (count === 0) return this;
    this.#answers = this.#succession.answer((service) => {
      const staged = this.#room(service);
      service.inBatch((engine) => {
        engine.answersTogether(count);
        inferStaged(engine, staged, count);
      });
      return staged.answers;
    });
    this.#answered = Math.max(this.#answered, count);
    this.latencyMs = (performance.now() - startedAt) / count;
    return this;
  }

  // Of rows that were not answered, these throw `argument_invalid`.

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
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#stay();
    if (!this.#succession.isDisposed) this.#staged?.end();
    this.#staged = undefined;
  }

  #move(): void {
    if (!this.#staged) return;
    this.#kept = this.#staged.inputs.slice();
    this.#staged.end();
    this.#staged = undefined;
    this.#answers = undefined;
    this.#answered = 0;
  }

  #room(service?: Service): StagedBatch {
    if (this.#isDisposed) throw new AliceError('disposed', 'The batch was used after dispose().');
    this.#succession.check();
    return (this.#staged ??= service
      ? this.#stage(service)
      : this.#succession.look((one) => this.#stage(one)));
  }

  #stage(service: Service): StagedBatch {
    const staged = new StagedBatch(service, this.rows);
    if (this.#kept) staged.inputs.set(this.#kept);
    this.#kept = undefined;
    return staged;
  }

  #answerOf(row: number): AnswerRecords {
    const staged = this.#room();
    if (!this.#answers || !Number.isSafeInteger(row) || row < 0 || row >= this.#answered) {
      throw new AliceError('argument_invalid', `Row ${row} of the batch has no answer.`);
    }
    if (this.#answers.isDetached) this.#answers = staged.answers;
    return this.#answers;
  }
}
