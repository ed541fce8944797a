/* eslint-disable @typescript-eslint/require-await -- methods are async so that their failures reject */
import { shapeCalibration } from './calibration.js';
import { AliceError, fromNative, valueOf } from './errors.js';
import { DEFAULT_QUANTIZATION_CONFIG } from './generated/lists.js';
import { loadModule } from './loader.js';
import type { NativeEngine, NativeModule } from './native.js';
import { runQuantize, stageModel } from './quantize-run.js';
import { argMax, engineStatus, idleStatus, inferenceResult, quantizationReport } from './results.js';
import type {
  CalibrationInput,
  EngineOptions,
  ExportFormat,
  FeatureRow,
  InferenceComparison,
  InferenceResult,
  MemoryReport,
  ModelBytes,
  ModelInfo,
  QuantizationReport,
  QuantizationResult,
  QuantizationStatus,
  QuantizeOptions,
} from './types.js';

const NO_VALUES = /* @__PURE__ */ new Float32Array(0);
const identity = (i: number) => i;
const EXPORT_FORMATS: readonly ExportFormat[] = ['qdq', 'dynamic', 'fp32'];
const MISSING_FORM: Readonly<Record<ExportFormat, string>> = {
  qdq: "Quantize a float model with strategy 'static', int8 weights per tensor or per channel, and calibration data.",
  dynamic:
    "Quantize a float model with strategy 'dynamic', symmetric int8 weights per tensor or per channel, and asymmetric activations per tensor.",
  fp32: 'A model that was quantized before it was loaded has no float form: load the float model.',
};

/**
 * Quantizes an ONNX model to INT8 and runs it, in WebAssembly.
 *
 * One engine holds one model in service. Making one does nothing; {@link initialize} loads the WebAssembly module. Every
 * failure is an {@link AliceError}; after any of them the engine still answers with the model it had. Every method but
 * {@link getStatus} and {@link dispose} throws `not_initialized` before {@link initialize} and `disposed` after
 * {@link dispose}; what needs a model throws `no_model` without one.
 */
export class AliceQuantizationEngine {
  #module: NativeModule | undefined;
  #native: NativeEngine | undefined;
  #isStarting = false;
  #isDisposed = false;
  /** quantize() or load() is running. */
  #isChangingModel = false;
  #calibrationSamples = DEFAULT_QUANTIZATION_CONFIG.calibrationSamples;
  #quantizedForm: 'qdq' | 'dynamic' = 'dynamic';
  #classes: readonly string[] = [];
  // What exportModel() can give of the model in service.
  #exports: Partial<Record<ExportFormat, Uint8Array>> = {};
  // Where a sample that C++ names stood in the caller's calibration data.
  #originalIndex = identity;
  // Views of the model's input and output row. They are empty when there is no model, and when the memory has grown.
  #input: Float32Array = NO_VALUES;
  #output: Float32Array = NO_VALUES;

  /**
   * Loads the WebAssembly module (once per page) and configures the engine; the configuration stays for its life.
   *
   * @param options What is to differ from {@link DEFAULT_QUANTIZATION_CONFIG}.
   * @returns true
   * @throws AliceError `backend_unavailable`, `backend_load_failed`; `config_invalid` for a value that is not allowed,
   *   naming the option, the value and what is allowed, and for an engine that is initialized already; `busy` while
   *   another initialize() runs. After a failure it may be called again.
   */
  async initialize(options: EngineOptions = {}): Promise<boolean> {
    this.#throwIfDisposed();
    if (this.#isStarting) throw new AliceError('busy', 'Another initialize() is still running.');
    if (this.#native) {
      throw new AliceError(
        'config_invalid',
        'The engine is initialized already; its configuration cannot change.',
        {
          hint: 'Make another engine.',
        },
      );
    }
    const { wasm, ...config } = options;
    this.#isStarting = true;
    try {
      const module = await loadModule(wasm);
      this.#throwIfDisposed();
      this.#native = configuredEngine(module, config);
      this.#module = module;
      this.#calibrationSamples = config.calibrationSamples ?? this.#calibrationSamples;
      this.#quantizedForm = config.strategy === 'static' ? 'qdq' : 'dynamic';
      return true;
    } finally {
      this.#isStarting = false;
    }
  }

  /**
   * Quantizes a float model, compares INT8 with FP32 on the calibration data, and puts the model in service: in INT8
   * where it is good enough, otherwise in FP32 with the reason. Works in slices of a few milliseconds, between which the
   * page lives and the former model answers.
   *
   * @param fp32Model ONNX bytes; copied before this returns.
   * @param calibration What is compared on. Of a data set or an array of rows at most `calibrationSamples` are used, chosen
   *   at even distances and so that each label keeps its share. Without it, made-up inputs are taken.
   * @returns `success: false` with `error` where INT8 is not good enough, or the calibration data cannot tell: the model then
   *   runs in FP32 (unless `enableAutoFallback` is off and the data could tell).
   * @throws AliceError of the stages model, shape and budget; `argument_invalid`; `aborted`; `busy` while another quantize()
   *   or load() runs.
   */
  async quantize(
    fp32Model: ModelBytes,
    calibration?: CalibrationInput,
    options: QuantizeOptions = {},
  ): Promise<QuantizationResult> {
    const native = this.#ready();
    return this.#changeModel(async () => {
      const bytes = bytesOf(fp32Model).slice();
      const rows =
        calibration === undefined ? undefined : shapeCalibration(calibration, this.#calibrationSamples);
      const { int8Model, report } = await runQuantize(native, bytes, rows, options, {
        isDisposed: () => this.#isDisposed,
        adopt: ({ int8Model }) => {
          this.#adoptModel(native, rows?.originalIndex);
          this.#exports = {
            fp32: bytes,
            ...(int8Model.length > 0 && { [this.#quantizedForm]: int8Model.slice() }),
          };
        },
      });
      this.#throwIfDisposed();
      return { ...quantizationReport(report, this.#originalIndex), int8Model };
    });
  }

  /**
   * Puts a model in service as it is: a float model runs in FP32, a quantized one in INT8.
   *
   * @param model ONNX bytes; copied.
   * @throws AliceError of the stages model, shape and budget; `argument_invalid`; `busy` while another quantize() or
   *   load() runs.
   */
  async load(model: ModelBytes): Promise<ModelInfo> {
    const native = this.#ready();
    return this.#changeModel(async () => {
      try {
        const bytes = bytesOf(model).slice();
        stageModel(native, bytes);
        const info = valueOf(native.load());
        this.#adoptModel(native);
        this.#exports = { [formOf(info)]: bytes };
        return info;
      } catch (error) {
        native.cancelQuantize();
        throw error;
      }
    });
  }

  /** {@link inferSync} for callers who want a promise. */
  async infer(features: FeatureRow): Promise<InferenceResult> {
    return this.inferSync(features);
  }

  /**
   * Runs one row, in INT8 or FP32 as the engine's mode is. The hot path: one call into WebAssembly, which allocates
   * nothing there.
   *
   * @throws AliceError `input_width`, naming both widths; `input_not_finite`.
   */
  inferSync(features: FeatureRow): InferenceResult {
    const native = this.#ready();
    const startedAt = performance.now();
    this.#writeInput(native, features);
    const classIndex = native.infer();
    if (classIndex < 0) throw fromNative(native.lastError());
    if (this.#output.length === 0) this.#mapRows(native);
    return inferenceResult(
      this.#output.slice(),
      classIndex,
      this.#classes,
      native.lastWasInt8() ? 'int8' : 'fp32',
      performance.now() - startedAt,
    );
  }

  /**
   * Runs `count` rows at once. Each gives, bit for bit, what {@link inferSync} gives for it.
   *
   * @param rows The rows, one after the other.
   * @returns One result a row; `latencyMs` is the call's, divided by the rows.
   * @throws AliceError `input_width` where the values are not `count` rows of the model's width; `input_not_finite`;
   *   `argument_invalid`; `budget_exceeded`.
   */
  async inferBatch(rows: Float32Array, count: number): Promise<InferenceResult[]> {
    const native = this.#ready();
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new AliceError('argument_invalid', `inferBatch: ${count} is no number of rows.`);
    }
    const startedAt = performance.now();
    const width = this.#modelWidth(native);
    if (rows.length !== count * width) {
      throw new AliceError(
        'input_width',
        `${count} rows of the model's ${width} inputs are ${count * width} values, but ${rows.length} were given.`,
      );
    }
    if (count === 0) return [];
    const { values, int8 } = runBatch(native, rows, count);
    const latencyMs = (performance.now() - startedAt) / count;
    const outputWidth = values.length / count;
    return Array.from({ length: count }, (_, i) => {
      const row = values.slice(i * outputWidth, (i + 1) * outputWidth);
      return inferenceResult(row, argMax(row), this.#classes, int8 ? 'int8' : 'fp32', latencyMs);
    });
  }

  /**
   * Runs one row in FP32 and in INT8, whatever the mode is.
   *
   * @throws AliceError `input_width`, `input_not_finite`; `argument_invalid` for a model without INT8 layers.
   */
  async compare(features: FeatureRow): Promise<InferenceComparison> {
    const native = this.#ready();
    this.#writeInput(native, features);
    const outcome = valueOf(native.compare());
    const fp32 = outcome.fp32.slice();
    const int8 = outcome.int8.slice();
    return {
      fp32: inferenceResult(fp32, argMax(fp32), this.#classes, 'fp32', outcome.fp32Ms),
      int8: inferenceResult(int8, argMax(int8), this.#classes, 'int8', outcome.int8Ms),
      similarity: outcome.similarity,
      maxProbDiff: outcome.maxProbDiff,
    };
  }

  /** The engine's mode and health, and what it has done. May be asked at any time. */
  getStatus(): QuantizationStatus {
    return this.#native ? engineStatus(valueOf(this.#native.status()), this.#originalIndex) : idleStatus();
  }

  /** What the engine's memory is used for, in bytes. The WebAssembly heap is shared by all engines of the page. */
  getMemory(): MemoryReport {
    return valueOf(this.#ready().memory());
  }

  /**
   * Everything that quantize() found out about the model in service; {@link formatReport} makes text of it. A new object
   * at every call.
   *
   * @throws AliceError `no_model` where the model in service was not quantized here.
   */
  getReport(): QuantizationReport {
    const report = valueOf(this.#ready().report());
    if (report) return quantizationReport(report, this.#originalIndex);
    throw new AliceError(
      'no_model',
      'There is no report: the engine has no model that it quantized itself.',
      {
        hint: 'Call quantize() first.',
      },
    );
  }

  /**
   * `true` answers in FP32 from now on, until `false` gives the choice back to the engine.
   */
  forceFallback(useFp32: boolean): void {
    valueOf(this.#ready().forceFallback(useFp32));
  }

  /**
   * The model in service as standard ONNX: `dynamic` and `qdq` are the quantized one as quantize() gave it, by the
   * strategy dynamic (DynamicQuantizeLinear and MatMulInteger) or static (QuantizeLinear and DequantizeLinear), or as
   * load() was given it; `fp32` is the float model, byte for byte as it was handed in.
   *
   * @returns A copy, which is the caller's.
   * @throws AliceError `no_model` where the engine has no model in that form; `argument_invalid` for another format.
   */
  exportModel(format: ExportFormat): Uint8Array {
    this.#modelWidth(this.#ready());
    if (!EXPORT_FORMATS.includes(format)) {
      throw new AliceError('argument_invalid', `exportModel: ${JSON.stringify(format)} is no format.`, {
        hint: `Known: ${EXPORT_FORMATS.join(', ')}.`,
      });
    }
    const bytes = this.#exports[format];
    if (bytes) return bytes.slice();
    throw new AliceError('no_model', `The model in service has no ${format} form.`, {
      hint: MISSING_FORM[format],
    });
  }

  /** Gives the engine's memory back; a quantize() that is running rejects with `disposed`. May be called again. */
  dispose(): void {
    this.#isDisposed = true;
    this.#native?.delete();
    this.#native = undefined;
    this.#module = undefined;
    this.#exports = {};
    this.#forgetRows();
  }

  #ready(): NativeEngine {
    if (this.#native) return this.#native;
    this.#throwIfDisposed();
    throw new AliceError('not_initialized', 'The engine was used before initialize() had finished.', {
      hint: 'Await initialize(), or make the engine with createEngine().',
    });
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw new AliceError('disposed', 'The engine was used after dispose().');
  }

  async #changeModel<T>(change: () => Promise<T>): Promise<T> {
    if (this.#isChangingModel) throw new AliceError('busy', 'Another quantize() or load() is still running.');
    this.#isChangingModel = true;
    try {
      return await change();
    } finally {
      this.#isChangingModel = false;
    }
  }

  #adoptModel(native: NativeEngine, originalIndex = identity): void {
    this.#originalIndex = originalIndex;
    this.#classes = valueOf(native.status()).model?.classes ?? [];
    this.#forgetRows();
  }

  #forgetRows(): void {
    this.#input = NO_VALUES;
    this.#output = NO_VALUES;
  }

  #mapRows(native: NativeEngine): void {
    const { buffer } = (this.#module as NativeModule).HEAPF32;
    this.#input = new Float32Array(buffer, native.inputPointer(), this.#modelWidth(native));
    this.#output = new Float32Array(buffer, native.outputPointer(), native.outputWidth());
  }

  #modelWidth(native: NativeEngine): number {
    const width = native.inputWidth();
    if (width > 0) return width;
    throw new AliceError('no_model', 'The engine has no model yet.', {
      hint: 'Call quantize() or load() first.',
    });
  }

  #writeInput(native: NativeEngine, features: FeatureRow): void {
    if (this.#input.length === 0) this.#mapRows(native);
    if (!(features instanceof Float32Array)) checkNumbers(features);
    if (features.length !== this.#input.length) {
      throw new AliceError(
        'input_width',
        `The model takes ${this.#input.length} values, but ${features.length} were given.`,
      );
    }
    this.#input.set(features);
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

function runBatch(native: NativeEngine, rows: Float32Array, count: number) {
  try {
    valueOf(native.stageBatch(count)).set(rows);
    const { outputs, int8 } = valueOf(native.inferBatch());
    return { values: outputs.slice(), int8 };
  } finally {
    native.endBatch();
  }
}

function configuredEngine(module: NativeModule, config: Record<string, unknown>): NativeEngine {
  const native = valueOf(module.AliceQuantizationEngine.create());
  try {
    for (const [name, value] of Object.entries(config)) {
      if (value === undefined) continue;
      if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
        throw new AliceError(
          'config_invalid',
          `${name} is ${JSON.stringify(value)}, which no option can be.`,
        );
      }
      valueOf(native.setOption(name, value));
    }
    return native;
  } catch (error) {
    native.delete();
    throw error;
  }
}

/** What a model is that was loaded as it is. */
function formOf({ quantizedLayers, staticLayers }: ModelInfo): ExportFormat {
  if (staticLayers > 0) return 'qdq';
  return quantizedLayers > 0 ? 'dynamic' : 'fp32';
}

function bytesOf(model: ModelBytes): Uint8Array {
  if (ArrayBuffer.isView(model)) return new Uint8Array(model.buffer, model.byteOffset, model.byteLength);
  if (Object.prototype.toString.call(model) === '[object ArrayBuffer]') return new Uint8Array(model);
  throw new AliceError('argument_invalid', 'A model is an ArrayBuffer or a Uint8Array with ONNX bytes.');
}
