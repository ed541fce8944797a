import { BackendSelection } from './backend-selection.js';
import type { BatchEngine } from './batch.js';
import { configuredEngine } from './engine-config.js';
import { EventTeller } from './engine-events.js';
import { valueOf } from './errors.js';
import type { EventEmitter } from './event-emitter.js';
import type { QuantizationConfig } from './generated/lists.js';
import type { Backend } from './loader.js';
import type { EngineEvents } from './metrics-types.js';
import { ModelInService } from './model-in-service.js';
import { isLost } from './module-lost.js';
import type { NativeEngine } from './native.js';
import { checkResult } from './reusable-results.js';
import type { EngineOptions, FeatureRow, InferenceResult, ReusableResult } from './types.js';

/** The engine that something serves. */
export interface Served {
  config: QuantizationConfig;
  /** As the engine was given them. */
  options: Omit<EngineOptions, 'wasm' | 'logLevel' | 'logSink'>;
  wasm: EngineOptions['wasm'];
  events: EventEmitter<EngineEvents>;
  /** Told when another model is in service, or waits for what it is to be made for. */
  onModel: () => void;
}

/** What serves an engine: all that it has in one instance of a module. */
export class Service {
  readonly backend: Backend;
  readonly native: NativeEngine;
  readonly teller: EventTeller;
  readonly selection: BackendSelection;
  readonly model: ModelInService;
  /** When its counting began, in ms since 1970. */
  readonly startedAt = Date.now();
  #isHeld = false;
  #isGone = false;

  /**
   * @param isFirst Whether the backend is what the options ask for.
   * @throws AliceError `config_invalid`, `backend_unavailable`, those of the stage budget; `backend_lost`
   */
  constructor({ config, options, wasm, events, onModel }: Served, backend: Backend, isFirst = true) {
    const native = configuredEngine(
      backend.module,
      isFirst ? options : { ...options, backend: 'auto', isa: 'auto' },
    );
    this.backend = backend;
    this.native = native;
    this.teller = new EventTeller(native, config, events, () => this.selection.deviceChanged());
    this.selection = new BackendSelection({
      backend,
      native,
      config,
      options,
      wasm,
      shared: () => this.model.shared,
      onAccelerated: () => {
        events.emit('backend', { backend: 'webgl', isa: native.status().isa });
      },
    });
    this.model = new ModelInService({
      backend,
      native,
      config,
      isGone: () => this.#isGone,
      onModel: (source, fallbackReason) => {
        this.teller.modelChanged(fallbackReason);
        this.selection.modelChanged(source);
        if (source && this.#isHeld) this.forceFallback(true);
        onModel();
      },
      onFed: (source) => this.selection.sourceAnswered(source),
    });
  }

  /** Itself. Throws `backend_lost`. */
  alive(): this {
    this.native.address();
    return this;
  }

  /** Whether the module's instance has ended. */
  get isLost(): boolean {
    return isLost(this.backend.module);
  }

  /** Goes on where another left off: with its model, in its precision. Throws as the constructor does. */
  restore(former: Service): void {
    const { restorable } = former.model;
    if (restorable) this.model.restore(restorable);
    if (restorable?.plan) {
      const { fallbackReason, fallbackAt, isWarned } = former.teller;
      valueOf(this.native.resume(fallbackReason, fallbackAt, isWarned, former.#isHeld));
      // All of it was told before.
      this.native.takeEvents();
      this.teller.modelChanged(fallbackReason);
    }
    this.#isHeld = former.#isHeld;
  }

  forceFallback(useFp32: boolean): void {
    valueOf(this.native.forceFallback(useFp32));
    this.#isHeld = useFp32;
  }

  /** As `inferSync()`: allocates nothing in C++. */
  infer(features: FeatureRow): InferenceResult {
    const rows = this.model.rowsFor(features);
    rows.write(features);
    rows.infer();
    const result = rows.result();
    if (rows.hasEvents) this.teller.tell();
    return result;
  }

  /** As `inferInto()`. */
  inferInto(features: FeatureRow, result: ReusableResult): ReusableResult {
    const rows = this.model.rowsFor(features);
    checkResult(result, rows.outputWidth);
    rows.write(features);
    rows.infer();
    rows.fill(result);
    if (rows.hasEvents) this.teller.tell();
    return result;
  }

  /** A batch; what happens in it is told when it is over. */
  inBatch<T>(infer: (engine: BatchEngine) => T): T {
    const { teller, selection } = this;
    const { rows } = this.model;
    return teller.tellAfter(() =>
      infer({
        service: this,
        rows,
        takeEvents: () => teller.tell(),
        answersTogether: (count) => selection.rowsAnswered(count),
      }),
    );
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#isGone = true;
    this.teller.silence();
    this.native.delete();
    // It lends to the other.
    this.selection.dispose();
  }
}
