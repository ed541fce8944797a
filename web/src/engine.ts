/* eslint-disable @typescript-eslint/require-await -- methods are async so that their failures reject */
import { BackendSelection } from './backend-selection.js';
import { checkCount, checkRows, inferRows, inferRowsInto, inferStaged, type BatchEngine } from './batch.js';
import { shapeCalibration } from './calibration.js';
import { configuredEngine, resolvedConfig } from './engine-config.js';
import { EventTeller } from './engine-events.js';
import { AliceError, valueOf } from './errors.js';
import { EVENT_NAMES, EventEmitter } from './event-emitter.js';
import { executionPlan } from './execution-plan.js';
import { DEFAULT_QUANTIZATION_CONFIG, type QuantizationConfig } from './generated/lists.js';
import { engineInternals, type EngineInternals } from './internals.js';
import { loadBackend, type Backend } from './loader.js';
import { Log } from './log.js';
import type { EngineEvent, EngineEvents, EngineMetrics, Unsubscribe } from './metrics-types.js';
import { bytesOf, copyOfForm, formsOfLoaded, formsOfQuantized, type ModelForms } from './model-forms.js';
import type { ModelRows } from './model-rows.js';
import type { NativeEngine } from './native.js';
import { runQuantize } from './quantize-run.js';
import {
  engineMetrics,
  engineStatus,
  idleStatus,
  inferenceComparison,
  quantizationReport,
} from './results.js';
import { batchResult, checkBatchResult, checkResult, reusableResult } from './reusable-results.js';
import { RowBatch } from './row-batch.js';
import { runTensors } from './run-tensors.js';
import { loadModel, ShapePlans, type ShapePlan } from './shape-plans.js';
import { notYetShared, shareRuns } from './sharing.js';
import { checkedShapes, type ModelSource } from './stage-model.js';
import { StagedBatch } from './staged-batch.js';
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
  TensorInfo,
  ThreadsStatus,
} from './types.js';

const identity = (i: number) => i;

/**
 * Quantizes an ONNX model to INT8 and runs it, in WebAssembly or, where a page cannot run that, in plain JavaScript.
 *
 * One engine holds one model in service. Making one does nothing; {@link initialize} loads the engine's module. Every
 * failure is an {@link AliceError}; after any of them the engine still answers with the model it had. Every method but
 * {@link getStatus} and {@link dispose} throws `not_initialized` before {@link initialize} and `disposed` after
 * {@link dispose}; what needs a model throws `no_model` without one.
 */
export class AliceQuantizationEngine {
  #backend: Backend | undefined;
  #native: NativeEngine | undefined;
  #selection: BackendSelection | undefined;
  #isStarting = false;
  #isDisposed = false;
  /** quantize() or load() is running. */
  #isChangingModel = false;
  #config: QuantizationConfig = DEFAULT_QUANTIZATION_CONFIG;
  readonly #events = new EventEmitter<EngineEvents>(EVENT_NAMES);
  #teller: EventTeller | undefined;
  #log = new Log();
  #startedAt = 0;
  // What exportModel() can give of the model in service.
  #forms: ModelForms = {};
  // Where a sample that C++ names stood in the caller's calibration data.
  #originalIndex = identity;
  // Of the model in service, or of one that has to be fed first.
  #plans: ShapePlans | undefined;
  #rows: ModelRows | undefined;
  #threads: ThreadsStatus = notYetShared({});
  // When it is known how many threads share its runs.
  #sharing: Promise<unknown> = Promise.resolve();

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
    if (this.#native) {
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
      const native = configuredEngine(backend.module, config);
      this.#native = native;
      engineInternals.set(this, { native, modelsServed: 0 });
      this.#backend = backend;
      this.#threads = notYetShared(backend);
      this.#config = resolvedConfig(config);
      this.#log = log;
      this.#startedAt = Date.now();
      log.follow(this.#events);
      this.#teller = new EventTeller(native, this.#config, this.#events);
      this.#selection = new BackendSelection({
        backend,
        native,
        config: this.#config,
        options: config,
        wasm,
        shared: () => this.#sharing,
        onAccelerated: () => {
          this.#events.emit('backend', { backend: 'webgl', isa: native.status().isa });
        },
      });
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
    const native = this.#ready();
    return this.#changeModel('quantize', async () => {
      const bytes = bytesOf(fp32Model).slice();
      const rows =
        calibration === undefined
          ? undefined
          : shapeCalibration(calibration, this.#config.calibrationSamples);
      const { int8Model, report } = await runQuantize(native, bytes, rows, options, {
        isDisposed: () => this.#isDisposed,
        adopt: ({ int8Model }, declared, shapes) => {
          const plans = this.#plansOf({ bytes, shapes, isQuantizedHere: true }, declared);
          this.#adopt(plans, plans.loaded(), rows?.originalIndex);
          this.#forms = formsOfQuantized(bytes, int8Model, this.#config.strategy);
        },
      });
      await this.#shareRuns(native);
      this.#throwIfDisposed();
      const result = { ...quantizationReport(report, this.#originalIndex), int8Model };
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
    const native = this.#ready();
    return this.#changeModel('load', async () => {
      try {
        const bytes = bytesOf(model).slice();
        const shapes = checkedShapes(options);
        const { info, declared, isLoaded } = loadModel(native, bytes, shapes);
        const plans = this.#plansOf({ bytes, shapes, isQuantizedHere: false }, declared);
        this.#adopt(plans, isLoaded ? plans.loaded() : undefined);
        this.#forms = formsOfLoaded(bytes, info);
        if (isLoaded) await this.#shareRuns(native);
        this.#throwIfDisposed();
        this.#log.write('load', info);
        return info;
      } catch (error) {
        if (!this.#isDisposed) native.cancelQuantize();
        throw error;
      }
    });
  }

  /** {@link inferSync} for callers who want a promise. */
  async infer(features: FeatureRow): Promise<InferenceResult> {
    return this.inferSync(features);
  }

  /**
   * Answers one row, in INT8 or FP32 as the engine's mode is: where INT8 fails, or the monitor finds its answer too far from
   * FP32's, the answer is FP32's. The hot path: one call into WebAssembly, which allocates nothing there.
   *
   * @throws AliceError `input_width`, naming both widths; `input_not_finite`.
   */
  inferSync(features: FeatureRow): InferenceResult {
    const rows = this.#rowsFor(features);
    rows.write(features);
    rows.infer();
    const result = rows.result();
    if (rows.hasEvents) this.#teller?.tell();
    return result;
  }

  /** Room for an answer of the model in service, for {@link inferInto}. */
  createResult(): ReusableResult {
    return reusableResult(this.#rowsOfModel().outputWidth);
  }

  /**
   * {@link inferSync} without garbage: the answer is written into `result`, of which nothing is made anew.
   *
   * @param result From {@link createResult}.
   * @returns `result`
   * @throws AliceError as inferSync; `argument_invalid` for a result that is not for the model in service.
   */
  inferInto(features: FeatureRow, result: ReusableResult): ReusableResult {
    const rows = this.#rowsFor(features);
    checkResult(result, rows.outputWidth);
    rows.write(features);
    rows.infer();
    rows.fill(result);
    if (rows.hasEvents) this.#teller?.tell();
    return result;
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
    checkRows(rows, count, this.#rowsFor(rows, count).inputWidth);
    if (count === 0) return [];
    return this.#inBatch((engine) => {
      const results = inferRows(engine, rows, count);
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
    const { outputWidth } = this.#rowsOfModel();
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
    const { inputWidth, outputWidth } = this.#rowsFor(rows, count);
    checkRows(rows, count, inputWidth);
    checkBatchResult(result, count, outputWidth);
    if (count === 0) return result;
    return this.#inBatch((engine) => {
      inferRowsInto(engine, rows, count, result);
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
    const native = this.#ready();
    this.#rowsOfModel().checkTakesFloats();
    checkCount(rows);
    return new RowBatch(new StagedBatch(native, rows), {
      check: () => void this.#ready(),
      end: (staged) => {
        if (this.#native === staged.native) staged.end();
      },
      answer: (staged, count) =>
        this.#inBatch((engine) => {
          engine.answersTogether(count);
          inferStaged(engine, staged, count);
        }),
    });
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
    this.#serve(feeds);
    return this.#inBatch((engine) => runTensors(engine, feeds));
  }

  /**
   * Runs one row in FP32 and in INT8, whatever the mode is.
   *
   * @throws AliceError `input_width`, `input_not_finite`; `argument_invalid` for a model without INT8 layers.
   */
  async compare(features: FeatureRow): Promise<InferenceComparison> {
    const native = this.#ready();
    const rows = this.#rowsFor(features);
    rows.write(features);
    return inferenceComparison(valueOf(native.compare()), rows.classes);
  }

  /** The engine's mode and health, and what it has done. May be asked at any time. */
  getStatus(): QuantizationStatus {
    return this.#native
      ? engineStatus(
          this.#native.status(),
          this.#backend as Backend,
          this.#threads,
          this.#selection as BackendSelection,
          this.#originalIndex,
        )
      : idleStatus();
  }

  /**
   * What executes the operators of the model in service, in their order; nothing without one. Views, like Reshape, are none.
   *
   * @param mode By default the one that answers.
   */
  getPlan(mode: ExecutionMode = this.getStatus().mode): PlanStretch[] {
    return executionPlan(this.#ready(), this.#backend as Backend, this.#selection?.lender, mode);
  }

  /**
   * With `backend: 'auto'` a model is in service at once; which backend executes it best is measured then. When that is
   * known: what could execute it.
   */
  async backendSettled(): Promise<readonly BackendCandidate[]> {
    this.#ready();
    await this.#selection?.settled();
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
    return engineMetrics(this.#ready(), this.#startedAt);
  }

  /** What the engine's memory is used for, in bytes. The WebAssembly heap is shared by all engines of the page. */
  getMemory(): MemoryReport {
    return this.#ready().memory();
  }

  /**
   * Everything that quantize() found out about the model in service; {@link formatReport} makes text of it. A new object
   * at every call.
   *
   * @throws AliceError `no_model` where the model in service was not quantized here.
   */
  getReport(): QuantizationReport {
    const report = this.#ready().report();
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
   * `true` answers in FP32 from now on, for this model and those after it, until `false` gives the choice back to the
   * engine: it answers in INT8 then, but for a model whose INT8 had turned out not to be good enough.
   */
  forceFallback(useFp32: boolean): void {
    valueOf(this.#ready().forceFallback(useFp32));
    this.#teller?.tell();
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
    this.#rowsOfModel();
    return copyOfForm(this.#forms, format);
  }

  /** Gives the engine's memory back; a quantize() that is running rejects with `disposed`. May be called again. */
  dispose(): void {
    this.#isDisposed = true;
    this.#native?.delete();
    this.#native = undefined;
    // It lends to the other.
    this.#selection?.dispose();
    this.#selection = undefined;
    this.#backend = undefined;
    engineInternals.delete(this);
    this.#forms = {};
    this.#plans = undefined;
    this.#rows = undefined;
    this.#teller?.silence();
    this.#teller = undefined;
  }

  #ready(): NativeEngine {
    if (this.#native) return this.#native;
    this.#throwIfDisposed();
    throw new AliceError('not_initialized', 'The engine was used before initialize() had finished.', {
      hint: 'Await initialize(), or make the engine with createEngine().',
    });
  }

  #rowsOfModel(): ModelRows {
    this.#ready();
    if (this.#rows) return this.#rows;
    if (!this.#plans) throw noModel();
    throw new AliceError('shape_unresolved', 'The model leaves sizes of its inputs open.', {
      hint: 'Feed it with run() first, or give load() `shapes`.',
    });
  }

  /** Those of the model as it takes such rows, where it is made for several shapes. */
  #rowsFor(values: FeatureRow, count = 1): ModelRows {
    const rows = this.#rowsOfModel();
    const plan = this.#plans?.serveRows(values, count);
    return plan ? (this.#rows = plan.rows) : rows;
  }

  /** A batch; what happens in it is told when it is over. */
  #inBatch<T>(infer: (engine: BatchEngine) => T): T {
    const native = this.#ready();
    const rows = this.#rowsOfModel();
    const teller = this.#teller as EventTeller;
    return teller.tellAfter(() =>
      infer({
        native,
        rows,
        takeEvents: () => teller.tell(),
        answersTogether: (count) => this.#selection?.rowsAnswered(count),
      }),
    );
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw new AliceError('disposed', 'The engine was used after dispose().');
  }

  async #changeModel<T>(call: 'quantize' | 'load', change: () => Promise<T>): Promise<T> {
    if (this.#isChangingModel) throw new AliceError('busy', 'Another quantize() or load() is still running.');
    this.#isChangingModel = true;
    try {
      return await change();
    } catch (error) {
      if (error instanceof AliceError) this.#log.write('failure', { call, error });
      throw error;
    } finally {
      this.#isChangingModel = false;
      this.#teller?.tell();
    }
  }

  async #shareRuns(native: NativeEngine): Promise<void> {
    const { threads } = this.#config;
    const backend = this.#backend;
    if (!backend?.crew) return;
    const sharing = shareRuns(native, backend, threads, () => this.#isDisposed);
    this.#sharing = sharing;
    this.#threads = await sharing;
  }

  #plansOf(source: ModelSource, declared: readonly TensorInfo[]): ShapePlans {
    const { module } = this.#backend as Backend;
    return new ShapePlans(module, this.#ready(), source, declared, (plan, info) => {
      this.#adopt(this.#plans as ShapePlans, plan);
      this.#forms = formsOfLoaded(source.bytes, info);
    });
  }

  /** Another model is in service, or waits for what it is to be made for. */
  #adopt(plans: ShapePlans, plan: ShapePlan | undefined, originalIndex = identity): void {
    this.#threads = notYetShared(this.#backend as Backend);
    (engineInternals.get(this) as EngineInternals).modelsServed += 1;
    this.#originalIndex = originalIndex;
    this.#plans = plans;
    this.#rows = plan?.rows;
    this.#selection?.modelChanged(plan?.source);
  }

  /** Puts the model in service for what it is to be fed with. */
  #serve(feeds: TensorFeeds): void {
    const native = this.#ready();
    if (!this.#plans) throw noModel();
    const { plan, isNew } = this.#plans.serve(feeds, !this.#isChangingModel);
    this.#rows = plan.rows;
    this.#selection?.sourceAnswered(plan.source);
    if (isNew) void this.#shareRuns(native);
  }
}

const noModel = () =>
  new AliceError('no_model', 'The engine has no model yet.', { hint: 'Call quantize() or load() first.' });
