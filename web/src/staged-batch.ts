import { AnswerRecords } from './answer-records.js';
import { valueOf } from './errors.js';
import type { NativeEngine } from './native.js';

const NO_VALUES: Float32Array = /* @__PURE__ */ new Float32Array(0);

/** Rows in WebAssembly memory that are answered together. A view is good until that memory grows. */
export class StagedBatch {
  readonly native: NativeEngine;
  readonly number: number;
  readonly rows: number;
  #inputs = NO_VALUES;
  #outputs = NO_VALUES;

  /** @throws AliceError of the stage budget. */
  constructor(native: NativeEngine, rows: number) {
    this.native = native;
    this.number = valueOf(native.stageBatch(rows));
    this.rows = rows;
  }

  // A view of memory that has grown is empty.
  get inputs(): Float32Array {
    if (this.#inputs.length === 0) this.#inputs = this.native.batchInputs(this.number);
    return this.#inputs;
  }
  get outputs(): Float32Array {
    if (this.#outputs.length === 0) this.#outputs = this.native.batchOutputs(this.number);
    return this.#outputs;
  }
  get answers(): AnswerRecords {
    return new AnswerRecords(this.outputs.buffer, this.native.batchAnswersPointer(this.number), this.rows);
  }

  /** Gives its memory back. */
  end(): void {
    this.native.endBatch(this.number);
  }
}
