import { checkCount, checkRows, inferRows, inferRowsInto } from './batch.js';
import { shapeCalibration } from './calibration.js';
import { resolvedConfig } from './engine-config.js';
import { AliceError, valueOf } from './errors.js';
import { EVENT_NAMES, EventEmitter } from './event-emitter.js';
import { executionPlan } from './execution-plan.js';
import { DEFAULT_QUANTIZATION_CONFIG, type QuantizationConfig } from './generated/lists.js';
import { engineInternals, type EngineInternals } from './internals.js';
import { loadBackend } from './loader.js';
import { Log } from './log.js';
import type { EngineEvent, EngineEvents, EngineMetrics, Unsubscribe } from './metrics-types.js';
import { bytesOf, copyOfForm } from './model-forms.js';
import { ModuleLost } from './module-lost.js';
import { runQuantize } from './quantize-run.js';
import {
  engineMetrics,
  engineStatus,
  idleStatus,
  inferenceComparison,
  quantizationReport,
} from './results.js';
import { batchResult, checkBatchResult, reusableResult } from './reusable-results.js';
import { RowBatch } from './row-batch.js';
import { runTensors } from './run-tensors.js';
import type { Service } from './service.js';
import { checkedShapes } from './stage-model.js';
import { Succession } from './succession.js';
import type {
  BackendCandidate,
  BatchResult,
  CalibrationInput,
  EngineOptions,
  ExecutionMode,
  ExportFormat,
  FeatureRow,
  InferenceComparison,
  InferenceResult,
  LoadOptions,
  MemoryReport,
  ModelBytes,
  ModelInfo,
  PlanStretch,
  QuantizationReport,
  QuantizationResult,
  QuantizationStatus,
  QuantizeOptions,
  ReusableResult,
  Tensor,
  TensorFeeds,
} from './types.js';

/**
 * Quantizes an ONNX model to INT8 and runs it, in WebAssembly or, where a page cannot run that, in plain JavaScript.
 *
 * One engine holds one model in service. Making one does nothing; {@link initialize} loads the engine's module. Every
 * failure is an {@link AliceError}; after any of them the engine still answers with the model it had. Every method but
 * {@link getStatus} and {@link dispose} throws `not_initialized` before {@link initialize} and `disposed` after
 * {@link dispose}; what needs a model throws `no_model` without one. Where the engine's module stops, calls are answered by what
 * takes its place, with the same model; `backend_lost` is what cannot be answered or finished.
 */
export class AliceQuantizationEngine {
  #succession: Succession | undefined;
  #isStarting = false;
  #isDisposed = false;
  #config: QuantizationConfig = DEFAULT_QUANTIZATION_CONFIG;
  readonly #events = new EventEmitter<EngineEvents>(EVENT_NAMES);
  #log = new Log();

  /**
   * Loads the backend's module (once per page) and configures the engine; the configuration stays for its life.
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
    if (this.#succession) {
      throw new AliceError(
        'config_invalid',
        'The engine is initialized already; its configuration cannot change.',
        {
          hint: 'Make another engine.',
        },
      );
    }
    const { wasm, logLevel, logSink, ...config } = options;
    this.#isStarting = true;
    try {
      const log = new Log({ ...(logLevel && { logLevel }), ...(logSink && { logSink }) });
      const backend = await loadBackend(wasm, config.backend, config.threads);
      this.#throwIfDisposed();
      const served = {
        config: resolvedConfig(config),
        options: config,
        wasm,
        events: this.#events,
        onModel: () => ((engineInternals.get(this) as EngineInternals).modelsServed += 1),
      };
      const succession = await Succession.start(served, backend);
      if (this.#isDisposed) succession.dispose();
      this.#throwIfDisposed();
      succession.whenServed((service) => this.#serveBy(service));
      this.#succession = succession;
      this.#config = served.config;
      this.#log = log;
      log.follow(this.#events);
      const { native, backend: present } = succession.service;
      engineInternals.set(this, { backend: present, native, modelsServed: 0 });
      this.#events.emit('backend', { backend: backend.name, isa: native.status().isa });
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
    return this.#changeModel('quantize', async (succession) => {
      const bytes = bytesOf(fp32Model).slice();
      const rows =
        calibration === undefined
          ? undefined
          : shapeCalibration(calibration, this.#config.calibrationSamples);
      const { native, model } = await succession.whole();
      this.#throwIfDisposed();
      const { int8Model, report } = await runQuantize(native, bytes, rows, options, {
        isDisposed: () => this.#isDisposed,
        adopt: (result, declared, shapes) =>
          model.quantized(bytes, result, declared, shapes, rows?.originalIndex),
      });
      await model.shareRuns();
      this.#throwIfDisposed();
      const result = {
        ...quantizationReport(report, rows?.originalIndex),
        int8Model,
      };
      this.#log.write('quantize', result);
      return result;
    });
  }

  /**
   * Puts a model in service as it is: a float model runs in FP32, a quantized one in INT8.
   *
   * @param model ONNX bytes; copied.
   * @param options `shapes`: what open axes of inputs are to be. A model whose open axes must be known waits for its first
   *   {@link run} without.
   * @returns What the model is; of one that waits, as far as it is known: no parameters, nodes and layers.
   * @throws AliceError of the stages model, shape and budget; `argument_invalid`; `busy` while another quantize() or
   *   load() runs.
   */
  async load(model: ModelBytes, options: LoadOptions = {}): Promise<ModelInfo> {
    return this.#changeModel('load', async (succession) => {
      const bytes = bytesOf(model).slice();
      const shapes = checkedShapes(options);
      await succession.prepareFor(bytes);
      try {
        const info = await succession.attempt((service) => service.model.load(bytes, shapes));
        this.#throwIfDisposed();
        await succession.service.model.shareRuns();
        this.#throwIfDisposed();
        this.#log.write('load', info);
        return info;
      } catch (error) {
        if (!this.#isDisposed) succession.service.native.cancelQuantize();
        throw error;
      }
    });
  }

  /** {@link inferSync} for callers who want a promise. */
  async infer(features: FeatureRow): Promise<InferenceResult> {
    return this.#ready().answerLater((service) => service.infer(features));
  }

  /**
   * Answers one row, in INT8 or FP32 as the engine's mode is: where INT8 fails, or the monitor finds its answer too far from
   * FP32's, the answer is FP32's. The hot path: one call into WebAssembly, which allocates nothing there.
   *
   * @throws AliceError `input_width`, naming both widths; `input_not_finite`; `backend_lost` while the module that is to
   *   answer is being loaded.
   */
  inferSync(features: FeatureRow): InferenceResult {
    return this.#ready().infer(features);
  }

  /** Room for an answer of the model in service, for {@link inferInto}. */
  createResult(): ReusableResult {
    return reusableResult(this.#ready().look(({ model }) => model.rows.outputWidth));
  }

  /**
   * {@link inferSync} without garbage: the answer is written into `result`, of which nothing is made anew.
   *
   * @param result From {@link createResult}.
   * @returns `result`
   * @throws AliceError as inferSync; `argument_invalid` for a result that is not for the model in service.
   */
  inferInto(features: FeatureRow, result: ReusableResult): ReusableResult {
    return this.#ready().inferInto(features, result);
  }

  /**
   * Answers `count` rows, one after the other: each gives, bit for bit, what {@link inferSync} gives for it. Where the budget
   * has no room for all of them at once, they are answered in pieces.
   *
   * @param rows The rows, one after the other.
   * @returns One result a row; `latencyMs` is the call's, divided by the rows. Their probabilities share one buffer.
   * @throws AliceError `input_width` where the values are not `count` rows of the model's width; `input_not_finite`;
   *   `argument_invalid`.
   */
  async inferBatch(rows: Float32Array, count: number): Promise<InferenceResult[]> {
    const startedAt = performance.now();
    return this.#ready().answerLater((service) => {
      checkRows(rows, count, service.model.rowsFor(rows, count).inputWidth);
      if (count === 0) return [];
      const results = service.inBatch((engine) => inferRows(engine, rows, count));
      const latencyMs = (performance.now() - startedAt) / count;
      for (const result of results) result.latencyMs = latencyMs;
      return results;
    });
  }

  /**
   * Room for the answers to `rows` rows, for {@link inferBatchInto}.
   *
   * @throws AliceError `argument_invalid`
   */
  createBatchResult(rows: number): BatchResult {
    const outputWidth = this.#ready().look(({ model }) => model.rows.outputWidth);
    checkCount(rows);
    return batchResult(rows, outputWidth);
  }

  /**
   * {@link inferBatch} for many rows at a time: the answers are written into the arrays of `result`, not made into an object
   * each.
   *
   * @param result From {@link createBatchResult}, for `count` rows or more; what is behind these stays as it is.
   * @returns `result`
   * @throws AliceError as inferBatch; `argument_invalid` for a result that is not for so many rows of the model in service.
   */
  inferBatchInto(rows: Float32Array, count: number, result: BatchResult): BatchResult {
    const startedAt = performance.now();
    return this.#ready().answer((service) => {
      const { inputWidth, outputWidth } = service.model.rowsFor(rows, count);
      checkRows(rows, count, inputWidth);
      checkBatchResult(result, count, outputWidth);
      if (count === 0) return result;
      service.inBatch((engine) => inferRowsInto(engine, rows, count, result));
      result.latencyMs = (performance.now() - startedAt) / count;
      return result;
    });
  }

  /**
   * Room for `rows` rows in the engine's own memory: {@link RowBatch.infer} is inferBatch without a copy of anything.
   *
   * @returns What is to be disposed of; it holds memory of the budget.
   * @throws AliceError `argument_invalid`, also for a model with inputs that are not float32; of the stage budget.
   */
  createBatch(rows: number): RowBatch {
    checkCount(rows);
    return new RowBatch(this.#ready(), rows);
  }

  /**
   * Runs the model on named tensors of any type and rank, and gives those that it makes: answered under supervision as
   * {@link inferSync} does. Axes that the model leaves open may have any size: the model is made once for each shape that it is
   * fed with, and kept so. Where a leading axis is open and its samples are independent of each other, there may be any number
   * of them at no such cost.
   *
   * @param feeds One tensor for each input of the model.
   * @returns One tensor for each output, which are the caller's.
   * @throws AliceError `argument_invalid` for a name, type or length that is wrong; `shape_mismatch`, with both shapes;
   *   `input_not_finite`; for another shape than before, those of {@link load}, and `busy` while quantize() or load() runs.
   */
  async run(feeds: TensorFeeds): Promise<Record<string, Tensor>> {
    const succession = this.#ready();
    return succession.answerLater((service) => {
      service.model.serve(feeds, !succession.isPinned);
      return service.inBatch((engine) => runTensors(engine, feeds));
    });
  }

  /**
   * Runs one row in FP32 and in INT8, whatever the mode is.
   *
   * @throws AliceError `input_width`, `input_not_finite`; `argument_invalid` for a model without INT8 layers.
   */
  async compare(features: FeatureRow): Promise<InferenceComparison> {
    return this.#ready().answerLater(({ native, model }) => {
      const rows = model.rowsFor(features);
      rows.write(features);
      return inferenceComparison(valueOf(native.compare()), rows.classes);
    });
  }

  /** The engine's mode and health, and what it has done. May be asked at any time. */
  getStatus(): QuantizationStatus {
    const succession = this.#succession;
    if (!succession) return idleStatus();
    try {
      return succession.look((service) => engineStatus(service, succession.outages()));
    } catch (error) {
      // What is to serve is being loaded.
      if (error instanceof ModuleLost) return { ...idleStatus(), initialized: true };
      throw error;
    }
  }

  /**
   * What executes the operators of the model in service, in their order; nothing without one. Views, like Reshape, are none.
   *
   * @param mode By default the one that answers.
   */
  getPlan(mode: ExecutionMode = this.getStatus().mode): PlanStretch[] {
    return this.#ready().look((service) => executionPlan(service, mode));
  }

  /**
   * With `backend: 'auto'` a model is in service at once; which backend executes it best is measured then. When that is
   * known: what could execute it.
   */
  async backendSettled(): Promise<readonly BackendCandidate[]> {
    await this.#ready().service.selection.settled();
    return this.getStatus().backends;
  }

  /**
   * Calls `listener` at each `event` from now on, before the call returns that caused it; what a call from within a
   * listener causes is told after that listener's event.
   *
   * @returns Ends that.
   * @throws AliceError `argument_invalid` for a name that is no event.
   */
  on<Name extends EngineEvent>(event: Name, listener: (payload: EngineEvents[Name]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** What the engine has done since it was initialized, in numbers; see `toPrometheus` and `toOpenTelemetry`. */
  getMetrics(): EngineMetrics {
    return this.#ready().look(engineMetrics);
  }

  /** What the engine's memory is used for, in bytes. The WebAssembly heap is shared by all engines of the page. */
  getMemory(): MemoryReport {
    return this.#ready().look(({ native }) => native.memory());
  }

  /**
   * Everything that quantize() found out about the model in service; {@link formatReport} makes text of it. A new object
   * at every call.
   *
   * @throws AliceError `no_model` where the model in service was not quantized here.
   */
  getReport(): QuantizationReport {
    const { known } = this.#ready().service.model;
    if (known?.quantized) return quantizationReport(known.quantized.report, known.originalIndex);
    throw new AliceError(
      'no_model',
      'There is no report: the engine has no model that it quantized itself.',
      {
        hint: 'Call quantize() first.',
      },
    );
  }

  /**
   * `true` answers in FP32 from now on, for this model and those after it, until `false` gives the choice back to the
   * engine: it answers in INT8 then, but for a model whose INT8 had turned out not to be good enough.
   */
  forceFallback(useFp32: boolean): void {
    this.#ready().look((service) => {
      service.forceFallback(useFp32);
      service.teller.tell();
    });
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
    return copyOfForm(this.#ready().service.model.forms, format);
  }

  /** Gives the engine's memory back; a quantize() that is running rejects with `disposed`. May be called again. */
  dispose(): void {
    this.#isDisposed = true;
    this.#succession?.dispose();
    this.#succession = undefined;
    engineInternals.delete(this);
  }

  #ready(): Succession {
    if (this.#succession) return this.#succession;
    this.#throwIfDisposed();
    throw new AliceError('not_initialized', 'The engine was used before initialize() had finished.', {
      hint: 'Await initialize(), or make the engine with createEngine().',
    });
  }

  #serveBy({ backend, native }: Service): void {
    const internals = engineInternals.get(this) as EngineInternals;
    internals.backend = backend;
    internals.native = native;
    internals.onReplaced?.();
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw new AliceError('disposed', 'The engine was used after dispose().');
  }

  async #changeModel<T>(
    call: 'quantize' | 'load',
    change: (succession: Succession) => Promise<T>,
  ): Promise<T> {
    const succession = this.#ready();
    if (succession.isPinned) throw new AliceError('busy', 'Another quantize() or load() is still running.');
    succession.isPinned = true;
    try {
      if (succession.service.isLost) await succession.answerLater((present) => present.alive());
      return await change(succession);
    } catch (error) {
      if (error instanceof AliceError) this.#log.write('failure', { call, error });
      throw error;
    } finally {
      succession.isPinned = false;
      const present = succession.service;
      if (!present.isLost) present.teller.tell();
    }
  }
}
