import { AnswerRecords } from './answer-records.js';
import { valueOf } from './errors.js';
import type { Service } from './service.js';

type Place = Pick<Float32Array, 'byteOffset' | 'length'>;
const placeOf = ({ byteOffset, length }: Float32Array): Place => ({ byteOffset, length });

/** Rows in WebAssembly memory that are answered together. A view is good until that memory grows. */
export class StagedBatch {
  readonly service: Service;
  readonly number: number;
  readonly rows: number;
  #inputs: Float32Array;
  #outputs: Float32Array;
  // Where they lie, also when the module is lost and cannot be asked.
  readonly #inputsPlace: Place;
  readonly #outputsPlace: Place;

  /** @throws AliceError of the stage budget. */
  constructor(service: Service, rows: number) {
    const { native } = service;
    this.service = service;
    this.number = valueOf(native.stageBatch(rows));
    this.rows = rows;
    this.#inputs = native.batchInputs(this.number);
    this.#outputs = native.batchOutputs(this.number);
    this.#inputsPlace = placeOf(this.#inputs);
    this.#outputsPlace = placeOf(this.#outputs);
  }

  // A view of memory that has grown is empty.
  get inputs(): Float32Array {
    if (this.#inputs.length === 0) this.#inputs = this.#view(this.#inputsPlace);
    return this.#inputs;
  }
  get outputs(): Float32Array {
    if (this.#outputs.length === 0) this.#outputs = this.#view(this.#outputsPlace);
    return this.#outputs;
  }
  get answers(): AnswerRecords {
    return new AnswerRecords(
      this.outputs.buffer,
      this.service.native.batchAnswersPointer(this.number),
      this.rows,
    );
  }

  /** Gives its memory back. */
  end(): void {
    this.service.native.endBatch(this.number);
  }

  #view({ byteOffset, length }: Place): Float32Array {
    return new Float32Array(this.service.backend.module.HEAPF32.buffer, byteOffset, length);
  }
}
