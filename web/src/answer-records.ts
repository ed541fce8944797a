import type { ExecutionMode, ReusableResult } from './types.js';

/** Bytes of an answer: `Answer` in src/engine/served_model.h. */
export const ANSWER_BYTES = 16;

// Where its values stand, in words of four bytes.
const WORDS = ANSWER_BYTES / 4;
const CLASS_INDEX = 0;
const SIMILARITY = 1;
const LATENCY_MS = 2;
const PRECISION = 3;

/** What C++ says of some inferences besides their outputs, read where it lies in WebAssembly memory. */
export class AnswerRecords {
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;

  constructor(memory: ArrayBufferLike, address: number, count: number) {
    this.#words = new Uint32Array(memory, address, count * WORDS);
    this.#floats = new Float32Array(memory, address, count * WORDS);
  }

  /** Whether the memory has grown since. */
  get isDetached(): boolean {
    return this.#words.length === 0;
  }

  /** Of the highest output, the first of equals. */
  classIndex(row: number): number {
    return this.#words[row * WORDS + CLASS_INDEX] as number;
  }

  /** NaN where it was not monitored. */
  similarity(row: number): number {
    return this.#floats[row * WORDS + SIMILARITY] as number;
  }

  /** 0 in a batch. */
  latencyMs(row: number): number {
    return this.#floats[row * WORDS + LATENCY_MS] as number;
  }

  /** Writes them into `result`. No number with a fraction is returned on the way: one that V8 does not inline is garbage. */
  fill(row: number, result: ReusableResult): void {
    const first = row * WORDS;
    result.classIndex = this.#words[first + CLASS_INDEX] as number;
    result.mode = this.mode(row);
    result.latencyMs = this.#floats[first + LATENCY_MS] as number;
    result.similarity = this.#floats[first + SIMILARITY] as number;
  }

  isInt8(row: number): boolean {
    return ((this.#words[row * WORDS + PRECISION] as number) & 0xff) === 1;
  }

  mode(row: number): ExecutionMode {
    return this.isInt8(row) ? 'int8' : 'fp32';
  }
}
