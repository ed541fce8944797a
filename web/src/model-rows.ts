import { AliceError, fromNative } from './errors.js';
import type { NativeEngine, NativeModule } from './native.js';
import { argMax, inferenceResult } from './results.js';
import type { FeatureRow, InferenceResult } from './types.js';

// Where what C++ says of an inference stands: see NativeEngine.factsPointer.
const IS_INT8 = 0;
const SIMILARITY = 1;
const LATENCY_MS = 2;
const PENDING_EVENTS = 3;
const FACTS = 4;
const NO_VALUES = /* @__PURE__ */ new Float32Array(0);

/**
 * The row that a model in service reads and the one that it writes, as views of WebAssembly memory. The views are empty
 * before they are needed, and after the memory has grown.
 */
export class ModelRows {
  readonly #module: NativeModule;
  readonly #native: NativeEngine;
  readonly #classes: readonly string[];
  #input: Float32Array = NO_VALUES;
  #output: Float32Array = NO_VALUES;
  #facts: Float32Array = NO_VALUES;

  constructor(module: NativeModule, native: NativeEngine) {
    this.#module = module;
    this.#native = native;
    this.#classes = native.status().model?.classes ?? [];
  }

  /** The names of the model's classes. */
  get classes(): readonly string[] {
    return this.#classes;
  }

  /** Whether events wait to be taken, as the latest inference said. */
  get hasEvents(): boolean {
    return this.#facts[PENDING_EVENTS] !== 0;
  }

  /** @throws AliceError `input_width`, naming both widths; `argument_invalid`. */
  write(features: FeatureRow): void {
    if (this.#input.length === 0) this.#map();
    if (!(features instanceof Float32Array)) checkNumbers(features);
    if (features.length !== this.#input.length) {
      throw new AliceError(
        'input_width',
        `The model takes ${this.#input.length} values, but ${features.length} were given.`,
      );
    }
    this.#input.set(features);
  }

  /**
   * Answers the row that was written.
   *
   * @throws AliceError `input_not_finite`
   */
  infer(): InferenceResult {
    if (!this.#native.infer()) throw fromNative(this.#native.lastError());
    if (this.#output.length === 0) this.#map();
    const probabilities = this.#output.slice();
    const facts = this.#facts;
    return inferenceResult(
      probabilities,
      argMax(probabilities),
      this.#classes,
      facts[IS_INT8] === 1 ? 'int8' : 'fp32',
      facts[LATENCY_MS] as number,
      facts[SIMILARITY],
    );
  }

  #map(): void {
    const { buffer } = this.#module.HEAPF32;
    const native = this.#native;
    this.#input = new Float32Array(buffer, native.inputPointer(), native.inputWidth());
    this.#output = new Float32Array(buffer, native.outputPointer(), native.outputWidth());
    this.#facts = new Float32Array(buffer, native.factsPointer(), FACTS);
  }
}

function checkNumbers(features: unknown): void {
  if (!Array.isArray(features)) {
    throw new AliceError(
      'argument_invalid',
      'The features are neither a Float32Array nor an array of numbers.',
    );
  }
  const index = features.findIndex((value) => typeof value !== 'number');
  if (index < 0) return;
  throw new AliceError(
    'argument_invalid',
    `Feature ${index} is ${JSON.stringify(features[index])}, which is no number.`,
  );
}
