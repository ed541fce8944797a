import { AliceError, fromNative, valueOf } from './errors.js';
import { ModelRows } from './model-rows.js';
import type { NativeEngine, NativeModule, NativeTensorLayouts } from './native.js';
import {
  describe,
  hasOpenAxes,
  shapesFor,
  stageDeclared,
  stageModel,
  type ModelSource,
  type Shapes,
} from './stage-model.js';
import { checkFeeds, samplesOf } from './tensors.js';
import type { FeatureRow, ModelInfo, TensorFeeds, TensorInfo } from './types.js';

/** The model in service, made for inputs of some shapes. */
export interface ShapePlan {
  readonly number: number;
  readonly source: ModelSource;
  /** To be used while it is the one that is served. */
  readonly rows: ModelRows;
  readonly layouts: NativeTensorLayouts;
  readonly inputWidth: number;
}

/** More are not kept: who feeds ever other shapes would fill the memory with them. */
const MOST_PLANS = 8;

/**
 * The model in service, made once for each shape of its inputs that it is fed with: the least recently used ones are dropped
 * where there are many of them, or no room for another (docs/adr/0017-a-plan-for-each-shape.md).
 */
export class ShapePlans {
  readonly #module: NativeModule;
  readonly #native: NativeEngine;
  readonly #source: ModelSource;
  readonly #declared: readonly TensorInfo[];
  readonly #onLoaded: (plan: ShapePlan, info: ModelInfo) => void;
  /** The one in service first, the others as they were used. */
  #plans: ShapePlan[] = [];

  /**
   * @param declared The inputs as the model declares them.
   * @param onLoaded Told when a model that had to be fed first goes into service.
   */
  constructor(
    module: NativeModule,
    native: NativeEngine,
    source: ModelSource,
    declared: readonly TensorInfo[],
    onLoaded: (plan: ShapePlan, info: ModelInfo) => void,
  ) {
    this.#module = module;
    this.#native = native;
    this.#source = source;
    this.#declared = declared;
    this.#onLoaded = onLoaded;
  }

  /** The model is in service as it was handed in. */
  loaded(): ShapePlan {
    return this.#enter(0, this.#source);
  }

  /**
   * Puts the model for these feeds in service; `isNew`: for the first time.
   *
   * @throws AliceError as checkFeeds, for what the model cannot take in any shape; those of load(); `busy` where it `canAdd`
   *   none.
   */
  serve(feeds: TensorFeeds, canAdd: boolean): { plan: ShapePlan; isNew: boolean } {
    checkFeeds(feeds, this.#declared);
    const known = this.#plans.find(({ layouts }) => takes(layouts, feeds));
    if (known) return { plan: this.#use(known), isNew: false };
    if (!canAdd) {
      throw new AliceError(
        'busy',
        'While quantize() or load() runs, the model takes shapes that it had before.',
      );
    }
    let refusal: unknown;
    for (const shapes of shapesFor(this.#declared, feeds)) {
      try {
        const plan = this.add(shapes);
        if (takes(plan.layouts, feeds)) return { plan, isNew: true };
      } catch (error) {
        if (!(error instanceof AliceError) || error.code !== 'shape_unresolved') throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Puts the model for rows of that width in service, where there is one and the present one does not take them. */
  serveRows(values: FeatureRow, count: number): ShapePlan | undefined {
    if (this.#plans.length < 2) return undefined;
    const known = this.#plans.find(({ inputWidth }) => inputWidth * count === values.length);
    return known && this.#use(known);
  }

  #use(plan: ShapePlan): ShapePlan {
    if (plan === this.#plans[0]) return plan;
    this.#native.usePlan(plan.number);
    this.#plans = [plan, ...this.#plans.filter((other) => other !== plan)];
    return plan;
  }

  /** Puts the model in service for inputs of these shapes, for which it is not made yet. Throws as load() does. */
  add(shapes: Shapes | undefined): ShapePlan {
    if (this.#plans.length === MOST_PLANS) this.#dropOldest();
    const source = { ...this.#source, shapes };
    for (;;) {
      try {
        stageModel(this.#native, source.bytes, shapes);
        if (this.#plans.length > 0) return this.#enter(valueOf(this.#native.addPlan()), source);
        const info = valueOf(this.#native.load());
        const plan = this.#enter(0, source);
        this.#onLoaded(plan, info);
        return plan;
      } catch (error) {
        this.#native.cancelQuantize();
        const hasNoRoom = error instanceof AliceError && error.stage === 'budget';
        if (!hasNoRoom || this.#plans.length < 2) throw error;
        this.#dropOldest();
      }
    }
  }

  #enter(number: number, source: ModelSource): ShapePlan {
    const rows = new ModelRows(this.#module, this.#native);
    const { layouts, inputWidth } = rows;
    const plan = { number, source, rows, layouts, inputWidth };
    this.#plans.unshift(plan);
    return plan;
  }

  #dropOldest(): void {
    const oldest = this.#plans.pop();
    if (oldest) this.#native.dropPlan(oldest.number);
  }
}

/** Whether a model with these rows takes feeds of these dims, all samples of them together. */
function takes({ inputs, hasBatchAxis }: NativeTensorLayouts, feeds: TensorFeeds): boolean {
  const isOpen = (dim: number | string | undefined) => typeof dim === 'string';
  const fits = inputs.every(({ name, dims }) => {
    const given = feeds[name]?.dims;
    return given?.length === dims.length && dims.every((dim, axis) => isOpen(dim) || dim === given[axis]);
  });
  return fits && (hasBatchAxis || samplesOf(feeds, inputs) === 1);
}

/**
 * Puts a model in service as it is, where that can be done before it is fed.
 *
 * @returns What it is; its inputs as it declares them; whether it is in service.
 */
export function loadModel(
  native: NativeEngine,
  bytes: Uint8Array,
  shapes: Shapes | undefined,
): { info: ModelInfo; declared: readonly TensorInfo[]; isLoaded: boolean } {
  const declared = stageDeclared(native, bytes, shapes);
  const outcome = native.load();
  if (!outcome.error) {
    const info = outcome.value;
    return { info, declared: declared ?? info.inputs, isLoaded: true };
  }
  if (outcome.error.code !== 'shape_unresolved' || shapes) throw fromNative(outcome.error);
  const info = describe(native, bytes);
  if (!hasOpenAxes(info.inputs)) throw fromNative(outcome.error);
  native.unload();
  return { info, declared: info.inputs, isLoaded: false };
}
