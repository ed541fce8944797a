import { trialOf } from './backend-candidates.js';
import { hashOf, recallChoice, rememberChoice, type RememberedChoice } from './backend-memory.js';
import { configuredEngine } from './engine-config.js';
import { AliceError, valueOf } from './errors.js';
import { yieldToEventLoop } from './event-loop.js';
import type { QuantizationConfig } from './generated/lists.js';
import { PACKAGE_VERSION } from './generated/version.js';
import { probeGpu, type Gpu } from './gpu-probe.js';
import { loadModuleOf, type Backend } from './loader.js';
import { isLost } from './module-lost.js';
import type { NativeEngine, NativeModule } from './native.js';
import { onTheClock, outageAfter, type Outage } from './outage.js';
import { stageModel, type ModelSource } from './stage-model.js';
import { RemoteDevice } from './remote-device.js';
import type { EngineOptions } from './types.js';

/**
 * No answer of a GPU is back sooner: the command goes to another process and the result comes from there. Models that are
 * through by then cost nothing here, neither a context nor a download.
 */
const SOONEST_ANSWER_MS = 0.2;

/** A module that is lost twice within this time is left alone for a while, as Succession does with others. */
const LENDER_TRUST_MS = 60_000;

/** More rows are cut into pieces of so many: Model::kMaxRows. */
const MOST_ROWS = 48;

export interface SelectionHost {
  backend: Backend;
  native: NativeEngine;
  config: QuantizationConfig;
  /** As the engine was given them. */
  options: Omit<EngineOptions, 'wasm' | 'logLevel' | 'logSink'>;
  wasm: EngineOptions['wasm'];
  /** When it is known how many threads share runs in WebAssembly: what these take is measured after that. */
  shared: () => Promise<unknown>;
  /** Told when WebGL executes the model from now on. */
  onAccelerated: () => void;
}

/**
 * `backend: 'auto'`: WebAssembly has a model at once; whether a GPU executes it faster is measured then, with the model
 * itself, and again where other numbers of rows are answered together (docs/adr/0015-auto-measures.md).
 */
export class BackendSelection {
  readonly #host: SelectionHost;
  #source: ModelSource | undefined;
  #otherSource: ModelSource | undefined;
  /** The engine of the WebGL module that lends its GPU. */
  #lender: NativeEngine | undefined;
  #lenderModule: NativeModule | undefined;
  #lenderLostAt = -Infinity;
  /** That the lender was lost twice. */
  #outage: Outage | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #settled: Promise<void> = Promise.resolve();
  #isMeasuring = false;
  /** Counts what is measured: what an earlier one finds is of no use any more. */
  #turn = 0;
  #rows = 1;
  #otherRows = 1;
  #wasmMs: number | undefined;
  #reason: string | undefined;

  constructor(host: SelectionHost) {
    this.#host = host;
  }

  /** What one inference took in WebAssembly, where it was measured. */
  get wasmMs(): number | undefined {
    return this.#wasmMs;
  }

  /** Why WebGL does not execute the model, where it was not even tried. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** When WebGL is tried again, in ms since 1970, where it was lost. */
  get retryAt(): number | undefined {
    return this.#retry && this.#outage && onTheClock(this.#outage.dueMs);
  }

  /** The engine that lends its GPU, where one does. */
  get lender(): NativeEngine | undefined {
    return this.#lenderModule && isLost(this.#lenderModule) ? undefined : this.#lender;
  }

  /** When nothing is being measured any more. */
  async settled(): Promise<void> {
    for (let seen; seen !== this.#settled;) await (seen = this.#settled);
  }

  /** Another model is in service, or none. */
  modelChanged(source: ModelSource | undefined): void {
    this.#source = source;
    this.#rows = 1;
    this.#begin();
  }

  /** The model was fed, as it was made for other shapes maybe. What happens twice in a row is taken to go on. */
  sourceAnswered(source: ModelSource): void {
    if (source === this.#source) return;
    if (this.#isMeasuring) {
      // What is being measured is not what is in service any more.
      this.#turn += 1;
      this.#isMeasuring = false;
      this.#source = undefined;
    }
    const isSecond = source === this.#otherSource;
    this.#otherSource = source;
    if (isSecond) this.modelChanged(source);
  }

  /** So many rows were answered together. What happens twice in a row is taken to go on. */
  rowsAnswered(count: number): void {
    const rows = Math.min(count, MOST_ROWS);
    if (rows === this.#rows) return;
    const isSecond = rows === this.#otherRows;
    this.#otherRows = rows;
    if (!isSecond) return;
    this.#rows = rows;
    this.#begin();
  }

  /**
   * The GPU has stopped answering, or does again. Where the module that lends it is lost, it is measured anew with another
   * instance: where that is lost soon, too, after a while.
   */
  deviceChanged(): void {
    const module = this.#lenderModule;
    if (!module || !isLost(module)) return;
    const now = performance.now();
    const isAgain = now - this.#lenderLostAt < LENDER_TRUST_MS;
    this.#lenderLostAt = now;
    if (!isAgain) return this.#begin();
    this.#turn += 1;
    this.#isMeasuring = false;
    this.#giveUp('The module with WebGL has stopped twice.');
    this.#outage = outageAfter(this.#outage, new AliceError('backend_lost', this.#reason as string));
    this.#retry = setTimeout(() => this.#begin(), this.#outage.delayMs);
  }

  /** The engine is gone. */
  dispose(): void {
    this.#turn += 1;
    this.#source = undefined;
    this.#forgetRetry();
    this.#release();
  }

  #forgetRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #begin(): void {
    const turn = ++this.#turn;
    this.#forgetRetry();
    this.#wasmMs = undefined;
    this.#reason = undefined;
    const { backend, config } = this.#host;
    if (config.backend !== 'auto' || backend.name !== 'wasm' || !this.#source) return;
    this.#host.native.dropDevice();
    this.#release();
    this.#isMeasuring = true;
    const isOver = () => turn !== this.#turn;
    this.#settled = this.#measure(this.#source, this.#rows, isOver)
      .catch((error: unknown) => {
        if (!isOver()) this.#giveUp(String(error instanceof Error ? error.message : error));
      })
      .finally(() => {
        if (!isOver()) this.#isMeasuring = false;
      });
  }

  async #measure(source: ModelSource, rows: number, isOver: () => boolean): Promise<void> {
    // The caller gets its answer first.
    await yieldToEventLoop();
    const { native, backend, shared } = this.#host;
    await shared();
    if (isOver()) return;
    this.#reason = this.#obstacle();
    if (this.#reason !== undefined) return;
    const effort = valueOf(native.measureEffort(rows));
    this.#wasmMs = effort.ms;
    const gpu = this.#gpuWorthTrying(effort);
    if (!gpu) return;
    const key = await this.#keyOf(source, rows, gpu);
    const known = key === undefined ? undefined : await recallChoice(key);
    if (isOver()) return;
    if (known?.backend === 'wasm') return this.#giveUp(`${known.reason} (remembered)`);
    const { module } = await (await loadModuleOf('webgl', this.#host.wasm)).complete();
    await backend.completion?.later();
    await yieldToEventLoop();
    if (isOver()) return;
    const lender = configuredEngine(module, { ...this.#host.options, isa: 'auto', backend: 'webgl' });
    this.#lender = lender;
    this.#lenderModule = module;
    stageModel(lender, source.bytes, source.shapes);
    if (source.isQuantizedHere) valueOf(lender.loadQuantized(native.quantizedNodes(), true));
    else valueOf(lender.load());
    await yieldToEventLoop();
    if (isOver()) return;
    valueOf(native.useDevice(new RemoteDevice(backend.module, { module, native: lender }), rows));
    const choice = this.#adopt(lender);
    if (key !== undefined) await rememberChoice(key, choice);
  }

  /** Keeps the lender where WebGL has turned out to be right and faster in the precision that answers. */
  #adopt(lender: NativeEngine): RememberedChoice {
    const { native } = this.#host;
    const status = native.status();
    const trial = trialOf(status);
    const at = Date.now();
    if (trial && trial.operators > 0) {
      this.#host.onAccelerated();
      return { backend: 'webgl', reason: '', at };
    }
    // What the GPU's own engine has found says more than that it gave no answer here.
    const { refusal } = trialOf({ ...lender.status(), mode: status.mode }) ?? {};
    this.#giveUp(refusal ?? trial?.refusal ?? 'WebGL executes nothing of the model.');
    return { backend: 'wasm', reason: this.#reason as string, at };
  }

  #giveUp(reason: string): void {
    this.#reason = reason;
    this.#host.native.dropDevice();
    this.#release();
  }

  /** Why WebGL cannot be tried, whatever the model is. */
  #obstacle(): string | undefined {
    const { backend, wasm } = this.#host;
    if (wasm !== undefined && typeof wasm !== 'function')
      return 'The option `wasm` says where one module is, and not where that with WebGL is.';
    return backend.candidates.find(({ name }) => name === 'webgl')?.reason;
  }

  /** The GPU, where it could be faster than WebAssembly; else the reason is set. */
  #gpuWorthTrying({ ms, multiplyAdds }: { ms: number; multiplyAdds: number }): Gpu | undefined {
    const ownMs = `an inference takes ${shown(ms)} ms in WebAssembly`;
    if (ms < SOONEST_ANSWER_MS) {
      this.#reason = `Not tried: ${ownMs}, and a GPU at least ${SOONEST_ANSWER_MS} ms to answer.`;
      return undefined;
    }
    const gpu = probeGpu();
    if (!gpu) {
      this.#reason = 'This browser gives no WebGL 2 context.';
      return undefined;
    }
    const { renderer, readbackMs } = gpu;
    const leastMs = readbackMs + multiplyAdds / gpu.multiplyAddsPerMs;
    if (leastMs < ms) return gpu;
    this.#reason = `Not tried: ${ownMs}, and ${renderer} needs ${shown(leastMs)} ms at least: ${shown(readbackMs)} to answer, the rest to multiply.`;
    return undefined;
  }

  /** What a choice is kept under: all that it depends on. */
  async #keyOf(source: ModelSource, rows: number, { renderer }: Gpu): Promise<string | undefined> {
    const { config, native } = this.#host;
    if (!config.rememberBackend) return undefined;
    const hash = await hashOf(source.bytes);
    if (hash === undefined) return undefined;
    const { isa, mode, int8Kernel } = native.status();
    return JSON.stringify(
      [PACKAGE_VERSION, hash, source, rows, config, isa, mode, int8Kernel, renderer],
      (name, value: unknown) => (name === 'bytes' ? undefined : value),
    );
  }

  #release(): void {
    this.#lender?.delete();
    this.#lender = undefined;
    this.#lenderModule = undefined;
  }
}

const shown = (ms: number) => Number(ms.toPrecision(3));
