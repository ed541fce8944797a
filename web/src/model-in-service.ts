import { AliceError, valueOf } from './errors.js';
import type { QuantizationConfig } from './generated/lists.js';
import type { Backend } from './loader.js';
import { formsOfLoaded, formsOfQuantized, type ModelForms } from './model-forms.js';
import type { ModelRows } from './model-rows.js';
import type { NativeEngine, NativeQuantizationResult, NativeReport } from './native.js';
import { loadModel, ShapePlans, type ShapePlan } from './shape-plans.js';
import { isPartial } from './rest.js';
import { notYetShared, shareRuns } from './sharing.js';
import { stageModel, type ModelSource, type Shapes } from './stage-model.js';
import type { FeatureRow, ModelInfo, TensorFeeds, TensorInfo, ThreadsStatus } from './types.js';

/** A model as the page knows it: what it is made of again in another instance of a module, to the last bit. */
export interface KnownModel {
  source: ModelSource;
  /** Its inputs as it declares them. */
  declared: readonly TensorInfo[];
  /** What exportModel() can give of it. */
  forms: ModelForms;
  /** Of one that was quantized here: how its nodes are, and what was found out about it. */
  quantized?: { nodes: readonly number[]; report: NativeReport };
  /** Where a sample that C++ names stood in the caller's calibration data. */
  originalIndex: (i: number) => number;
}

const identity = (i: number) => i;

/** Whose model it is. */
export interface ModelHost {
  backend: Backend;
  native: NativeEngine;
  config: QuantizationConfig;
  isGone: () => boolean;
  /** Told when another model is in service, or waits for what it is to be made for; undefined: it waits. */
  onModel: (source: ModelSource | undefined, fallbackReason: string) => void;
  /** Told when the model is fed, made for these shapes. */
  onFed: (source: ModelSource) => void;
}

/** The model that an engine has in service in one instance of a module, or that has to be fed before it is. */
export class ModelInService {
  readonly #host: ModelHost;
  #known: KnownModel | undefined;
  #plans: ShapePlans | undefined;
  #plan: ShapePlan | undefined;
  #threads: ThreadsStatus;
  #sharing: Promise<unknown> = Promise.resolve();

  constructor(host: ModelHost) {
    this.#host = host;
    this.#threads = notYetShared(host.backend);
  }

  get known(): KnownModel | undefined {
    return this.#known;
  }

  /** How many threads share its runs. */
  get threads(): ThreadsStatus {
    return this.#threads;
  }

  /** When that is known. */
  get shared(): Promise<unknown> {
    return this.#sharing;
  }

  /** @throws AliceError `no_model`; `shape_unresolved` of one that waits. */
  get rows(): ModelRows {
    if (this.#plan) return this.#plan.rows;
    if (!this.#plans) throw noModel();
    throw new AliceError('shape_unresolved', 'The model leaves sizes of its inputs open.', {
      hint: 'Feed it with run() first, or give load() `shapes`.',
    });
  }

  /** What exportModel() can give. Throws as `rows`. */
  get forms(): ModelForms {
    return this.rows && (this.#known as KnownModel).forms;
  }

  /** Those of the model as it takes such rows, where it is made for several shapes. */
  rowsFor(values: FeatureRow, count = 1): ModelRows {
    const { rows } = this;
    const plan = this.#plans?.serveRows(values, count);
    return plan ? (this.#plan = plan).rows : rows;
  }

  /** The native engine has quantized a model and put it in service. */
  quantized(
    bytes: Uint8Array,
    { int8Model, report }: NativeQuantizationResult,
    declared: readonly TensorInfo[],
    shapes: Shapes | undefined,
    originalIndex = identity,
  ): void {
    const { native, config } = this.#host;
    this.#adopt({
      source: { bytes, shapes, isQuantizedHere: true },
      declared,
      forms: formsOfQuantized(bytes, int8Model, config.strategy),
      quantized: { nodes: native.quantizedNodes(), report },
      originalIndex,
    });
  }

  /** Puts a model in service as it is, where that can be done before it is fed. Throws as {@link loadModel}. */
  load(bytes: Uint8Array, shapes: Shapes | undefined): ModelInfo {
    const { native, backend } = this.#host;
    const { info, declared, isLoaded } = loadModel(native, bytes, shapes);
    // What is missing for it is found now, by a trap, not by inferSync(), which cannot wait. What else fails is for an inference to say.
    if (isLoaded && isPartial(backend)) native.rehearse();
    const source = { bytes, shapes, isQuantizedHere: false };
    const known = { source, declared, forms: formsOfLoaded(bytes, info), originalIndex: identity };
    this.#adopt(known, isLoaded);
    return info;
  }

  /**
   * Puts the model in service for what it is to be fed with.
   *
   * @param canAdd Whether it may be made for another shape.
   * @throws AliceError as ShapePlans.serve
   */
  serve(feeds: TensorFeeds, canAdd: boolean): void {
    if (!this.#plans) throw noModel();
    const { plan, isNew } = this.#plans.serve(feeds, canAdd);
    this.#plan = plan;
    this.#host.onFed(plan.source);
    if (isNew) void this.shareRuns();
  }

  /** Lets threads share its runs, where these become faster so. */
  async shareRuns(): Promise<void> {
    const { native, backend, config, isGone } = this.#host;
    if (!backend.crew) return;
    const sharing = shareRuns(native, backend, config.threads, isGone);
    this.#sharing = sharing;
    this.#threads = await sharing;
  }

  /**
   * Makes the model that was in service in another instance, for the shapes that it was fed with last.
   *
   * @throws AliceError of the stage budget
   */
  restore({ known, plan }: { known: KnownModel; plan: ShapePlan | undefined }): void {
    const { native } = this.#host;
    if (plan) {
      stageModel(native, known.source.bytes, known.source.shapes);
      const { quantized } = known;
      if (quantized) valueOf(native.loadQuantized(quantized.nodes, !quantized.report.rederived));
      else valueOf(native.load());
    }
    this.#adopt(known, plan !== undefined);
    if (plan && plan.source.shapes !== known.source.shapes) {
      this.#plan = this.#plans?.add(plan.source.shapes);
    }
    void this.shareRuns();
  }

  /** What restore() takes. */
  get restorable(): { known: KnownModel; plan: ShapePlan | undefined } | undefined {
    return this.#known && { known: this.#known, plan: this.#plan };
  }

  #adopt(known: KnownModel, isLoaded = true): void {
    const { backend, native } = this.#host;
    this.#known = known;
    this.#threads = notYetShared(backend);
    this.#plans = new ShapePlans(backend.module, native, known.source, known.declared, (plan, info) => {
      this.#known = { ...known, source: plan.source, forms: formsOfLoaded(known.source.bytes, info) };
      this.#served(plan);
    });
    this.#served(isLoaded ? this.#plans.loaded() : undefined);
  }

  #served(plan: ShapePlan | undefined): void {
    this.#plan = plan;
    this.#host.onModel(plan?.source, this.#known?.quantized?.report.fallbackReason ?? '');
  }
}

const noModel = () =>
  new AliceError('no_model', 'The engine has no model yet.', { hint: 'Call quantize() or load() first.' });
