import { ANSWER_BYTES, AnswerRecords } from './answer-records.js';
import { AliceError, fromNative } from './errors.js';
import { moduleLost } from './module-lost.js';
import type { NativeEngine, NativeModule, NativeTensorLayouts } from './native.js';
import { inferenceResult } from './results.js';
import { copyRow, newRow } from './row-copy.js';
import { areFloats } from './tensors.js';
import type { FeatureRow, InferenceResult, ReusableResult } from './types.js';

const NO_VALUES = /* @__PURE__ */ new Float32Array(0);

/** The names of a model's classes; those that the model does not name get one. */
export class ClassNames {
  readonly #names: string[];

  constructor(names: readonly string[]) {
    this.#names = [...names];
  }

  at(index: number): string {
    return (this.#names[index] ??= `class_${index}`);
  }
}

/**
 * The row that a model in service reads and the one that it writes, as views of WebAssembly memory. The views are empty
 * before they are needed, and after the memory has grown.
 */
export class ModelRows {
  readonly #module: NativeModule;
  readonly #native: NativeEngine;
  readonly #address: number;
  readonly #classes: ClassNames;
  #input: Float32Array = NO_VALUES;
  #output: Float32Array = NO_VALUES;
  #answer: AnswerRecords | undefined;
  #pendingEvents: Uint32Array | undefined;
  #layouts: NativeTensorLayouts | undefined;
  #takesFloats = true;

  constructor(module: NativeModule, native: NativeEngine) {
    this.#module = module;
    this.#native = native;
    this.#address = native.address();
    this.#classes = new ClassNames(native.status().model?.classes ?? []);
  }

  get classes(): ClassNames {
    return this.#classes;
  }

  /** The tensors of the two rows. */
  get layouts(): NativeTensorLayouts {
    return (this.#layouts ??= this.#native.tensorLayouts());
  }

  /** The row that the next inference reads. */
  get input(): Float32Array {
    if (this.#input.length === 0) this.#map();
    return this.#input;
  }

  /** Values that the model takes. */
  get inputWidth(): number {
    if (this.#input.length === 0) this.#map();
    return this.#input.length;
  }

  /** Values that the model gives: one a class. */
  get outputWidth(): number {
    if (this.#output.length === 0) this.#map();
    return this.#output.length;
  }

  /** Whether events wait to be taken, as the latest inference said. */
  get hasEvents(): boolean {
    return this.#pendingEvents?.[0] !== 0;
  }

  /** @throws AliceError `input_width`, naming both widths; `argument_invalid`. */
  write(features: FeatureRow): void {
    const width = this.inputWidth;
    const isTyped = features instanceof Float32Array;
    if (!isTyped) checkNumbers(features);
    if (!this.#takesFloats) throw takesOthers();
    if (features.length !== width) {
      throw new AliceError(
        'input_width',
        `The model takes ${width} values, but ${features.length} were given.`,
      );
    }
    if (isTyped) copyRow(features, this.#input);
    else this.#input.set(features);
  }

  /** @throws AliceError `argument_invalid` where the model has inputs that are not float32. */
  checkTakesFloats(): void {
    if (!areFloats(this.layouts.inputs)) throw takesOthers();
  }

  /**
   * Answers the row that was written.
   *
   * @throws AliceError `input_not_finite`; {@link ModuleLost}
   */
  infer(): void {
    let isAnswered: number;
    try {
      isAnswered = this.#module._alice_infer(this.#address);
    } catch (error) {
      throw moduleLost(this.#module, error);
    }
    if (isAnswered === 0) throw fromNative(this.#native.lastError());
    if (this.#output.length === 0) this.#map();
  }

  /** The latest answer: the model's output, and what else there is to it. */
  get output(): Float32Array {
    return this.#output;
  }
  get answer(): AnswerRecords {
    return this.#answer as AnswerRecords;
  }

  /** The latest answer as an object of its own. */
  result(): InferenceResult {
    const answer = this.answer;
    const classIndex = answer.classIndex(0);
    return inferenceResult(
      newRow(this.#output),
      classIndex,
      this.#classes.at(classIndex),
      answer.mode(0),
      answer.latencyMs(0),
      answer.similarity(0),
    );
  }

  /** The latest answer, written into a result with as much room as it takes. */
  fill(result: ReusableResult): void {
    copyRow(this.#output, result.probabilities);
    this.answer.fill(0, result);
    result.className = this.#classes.at(result.classIndex);
    result.confidence = result.probabilities[result.classIndex] as number;
  }

  #map(): void {
    const { buffer } = this.#module.HEAPF32;
    const native = this.#native;
    this.#takesFloats = areFloats(this.layouts.inputs);
    this.#input = new Float32Array(buffer, native.inputPointer(), native.inputWidth());
    this.#output = new Float32Array(buffer, native.outputPointer(), native.outputWidth());
    this.#answer = new AnswerRecords(buffer, native.answerPointer(), 1);
    this.#pendingEvents = new Uint32Array(buffer, native.answerPointer() + ANSWER_BYTES, 1);
  }
}

const takesOthers = () =>
  new AliceError('argument_invalid', 'The model takes tensors that are not float32.', {
    hint: 'Use run(), which takes tensors of every type by name.',
  });

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
