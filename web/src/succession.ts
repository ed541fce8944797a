import { AliceError } from './errors.js';
import { loadedModule, loadModuleOf, successorsOf, type Backend } from './loader.js';
import type { Unsubscribe } from './metrics-types.js';
import { ModuleLost } from './module-lost.js';
import { onTheClock, outageAfter, type Outage } from './outage.js';
import { isPartial } from './rest.js';
import type { Instance, ModuleName, Runtime } from './runtime.js';
import { Service, type Served } from './service.js';
import type { BackendName, FeatureRow, InferenceResult, ReusableResult } from './types.js';

const backendOf = (name: ModuleName): BackendName => (name === 'threads' ? 'wasm' : name);

/** Larger than what a page fetches of Alice, which then hardly counts. */
const LARGE_MODEL_BYTES = 500_000;

/**
 * What serves an engine, one after the other where the instance of a module is lost: a fresh one of the same module; where that is
 * lost as well before it has answered, the next backend; and after a while the former again (docs/adr/0019-a-lost-module.md).
 */
export class Succession {
  readonly #served: Served;
  readonly #listeners = new Set<(service: Service) => void>();
  readonly #first: Backend;
  /** Best first. */
  readonly #names: readonly ModuleName[];
  /** Of modules that were lost twice in one call, or could not take over. */
  readonly #outages = new Map<ModuleName, Outage>();
  #isAway = false;
  /** No better one is to be tried now: something goes on that would end with the present one. */
  isPinned = false;
  #hasEnded = false;
  #service: Service;
  /** It has not answered yet. */
  #isNew = false;
  /** What served, while a better one is tried. */
  #standby: Service | undefined;
  #reason: string | undefined;
  #arrival: Promise<unknown> | undefined;

  /** @throws AliceError as the constructor of {@link Service} */
  constructor(served: Served, backend: Backend) {
    this.#served = served;
    this.#first = backend;
    this.#names = successorsOf(backend.runtime.name, served.wasm);
    this.#service = new Service(served, backend);
  }

  /**
   * The same, where the options ask for something of the second file of the module.
   *
   * @throws AliceError as the constructor; `backend_load_failed` where that file cannot be had
   */
  static async start(served: Served, backend: Backend): Promise<Succession> {
    try {
      return new Succession(served, backend);
    } catch (error) {
      if (!(error instanceof ModuleLost && isPartial(backend))) throw error;
      return new Succession(served, { ...backend, ...(await backend.runtime.complete()) });
    }
  }

  get service(): Service {
    return this.#service;
  }

  get isDisposed(): boolean {
    return this.#hasEnded;
  }

  /** @throws AliceError `disposed` */
  check(): void {
    if (this.#hasEnded) throw new AliceError('disposed', 'The engine was used after dispose().');
  }

  /** Tells what serves in the place of another, and be it for one call; the memory of that one can still be read then. */
  whenServed(listener: (service: Service) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  infer(features: FeatureRow): InferenceResult {
    if (this.#isAway) return this.#infer(features);
    try {
      return this.#service.infer(features);
    } catch (error) {
      return this.#infer(features, error);
    }
  }

  inferInto(features: FeatureRow, result: ReusableResult): ReusableResult {
    if (this.#isAway) return this.#inferInto(features, result);
    try {
      return this.#service.inferInto(features, result);
    } catch (error) {
      return this.#inferInto(features, result, error);
    }
  }

  /** Calls with what serves, and again with what takes its place where it is lost. Throws what the call throws else. */
  look<T>(call: (service: Service) => T, error?: unknown): T {
    this.check();
    if (error !== undefined) this.#replace(error);
    for (;;) {
      try {
        const answer = call(this.#service);
        this.#settle();
        return answer;
      } catch (thrown) {
        this.#replace(thrown);
      }
    }
  }

  /**
   * The same for what shows whether a module works, and may be the first that a better one is tried with.
   *
   * @param error What the call has thrown before.
   */
  answer<T>(call: (service: Service) => T, error?: unknown): T {
    if (error === undefined && this.#isAway) this.#returnWhenDue();
    return this.look(call, error);
  }

  /** The same; where what is to serve has to be loaded, when it is. */
  async answerLater<T>(call: (service: Service) => T): Promise<T> {
    for (;;) {
      try {
        return this.answer(call);
      } catch (error) {
        const arrival = this.#arrival;
        if (!(error instanceof ModuleLost) || !arrival) throw error;
        await arrival;
        this.check();
      }
    }
  }

  /**
   * What serves, with all that its module can do.
   *
   * @throws AliceError `backend_load_failed` where the second file of the module cannot be had; what served before then serves on.
   */
  async whole(): Promise<Service> {
    // An instance that was completed may have been lost meanwhile, and a fresh one not be completed yet.
    while (isPartial(this.#service.backend)) {
      await this.#service.backend.runtime.complete();
      this.check();
      await this.answerLater((service) => service.alive());
    }
    return this.#service;
  }

  /**
   * Completes what serves before it is given a large model, which is not to be held by two instances, one of them lost. Where
   * the second file of the module cannot be had, the model is tried without.
   */
  async prepareFor(model: Uint8Array): Promise<void> {
    if (model.byteLength < LARGE_MODEL_BYTES || !isPartial(this.#service.backend)) return;
    await this.whole().catch((error: unknown) => {
      this.check();
      if (!(error instanceof AliceError && error.code === 'backend_load_failed')) throw error;
    });
  }

  /** Calls with what serves, and once more with all that its module can do where something of that was missing. */
  async attempt<T>(call: (service: Service) => T): Promise<T> {
    const service = this.#service;
    try {
      return call(service);
    } catch (error) {
      if (!(error instanceof ModuleLost && isPartial(service.backend))) throw error;
      return call(await this.whole());
    }
  }

  /** Of each backend that is left alone: why, and when it is tried again, in ms since 1970. */
  outages(): Map<BackendName, { reason: string; retryAt: number }> {
    const found = new Map<BackendName, { reason: string; retryAt: number }>();
    for (const [name, { cause, dueMs, isOver }] of this.#outages) {
      if (isOver || backendOf(name) === this.#service.backend.name) continue;
      found.set(backendOf(name), { reason: cause.message, retryAt: onTheClock(dueMs) });
    }
    return found;
  }

  /**
   * Puts another service in the place of one that is lost.
   *
   * @param error What a call has thrown: thrown again where it is no loss, and where nothing takes the place now.
   */
  #replace(error: unknown): void {
    const lost = this.#service;
    if (!(error instanceof ModuleLost) || !lost.isLost || this.#hasEnded) throw error;
    this.#arrival = undefined;
    lost.dispose();
    if (this.#isNew && isPartial(lost.backend)) {
      this.#isNew = false;
      this.#completeFirst(lost.backend.runtime, error);
    }
    const standby = this.#standby;
    const hasNotAnswered = this.#isNew || standby !== undefined;
    this.#isNew = false;
    if (hasNotAnswered && !this.#fail(lost.backend.runtime.name, error)) throw error;
    if (standby) {
      this.#standby = undefined;
      if (standby.model.known !== lost.model.known) standby.restore(lost);
      return this.#serve(standby);
    }
    for (const name of this.#names) {
      const next = this.#isOut(name) ? undefined : this.#successor(name, error);
      if (!next) continue;
      // A whole module in the place of one without its second file is no news.
      this.#isNew = !isPartial(lost.backend) || isPartial(next.backend);
      this.#reason = error.message;
      return this.#serve(next);
    }
    throw error;
  }

  /** Tries what is to be tried again by now, with the coming call. */
  #returnWhenDue(): void {
    if (this.isPinned || this.#standby || this.#service.isLost) return;
    const present = this.#names.indexOf(this.#service.backend.runtime.name);
    for (const name of this.#names.slice(0, present)) {
      const instance = this.#isOut(name) ? undefined : loadedModule(name)?.now();
      const better = instance && this.#better(name, instance);
      if (!better) continue;
      this.#standby = this.#service;
      this.#reason = undefined;
      return this.#serve(better);
    }
  }

  #better(name: ModuleName, instance: Instance): Service | undefined {
    try {
      return this.#restored(name, instance);
    } catch (error) {
      // It is being completed, for the next time.
      if (error instanceof ModuleLost) return undefined;
      throw error;
    }
  }

  /** What serves has answered. */
  #settle(): void {
    if ((!this.#isNew && !this.#standby) || this.#hasEnded) return;
    this.#isNew = false;
    this.#standby?.dispose();
    this.#standby = undefined;
    const { backend, native } = this.#service;
    const outage = this.#outages.get(backend.runtime.name);
    if (outage) outage.isOver = true;
    this.#isAway = [...this.#outages.values()].some(({ isOver }) => !isOver);
    this.#served.events.emit('backend', {
      backend: backend.name,
      isa: native.status().isa,
      ...(this.#reason !== undefined && { reason: this.#reason }),
    });
  }

  dispose(): void {
    this.#hasEnded = true;
    this.#service.dispose();
    this.#standby?.dispose();
  }

  // Apart from infer() and inferInto(), which make no closures.
  #infer(features: FeatureRow, error?: unknown): InferenceResult {
    return this.answer((service) => service.infer(features), error);
  }
  #inferInto(features: FeatureRow, result: ReusableResult, error?: unknown): ReusableResult {
    return this.answer((service) => service.inferInto(features, result), error);
  }

  #serve(service: Service): void {
    this.#service = service;
    for (const listener of this.#listeners) listener(service);
  }

  #isOut(name: ModuleName): boolean {
    const outage = this.#outages.get(name);
    return outage !== undefined && !outage.isOver && performance.now() < outage.dueMs;
  }

  /** Leaves a backend alone for a while; false for the last one, behind which there is nothing. */
  #fail(name: ModuleName, cause: AliceError): boolean {
    if (name === this.#names.at(-1)) return false;
    this.#outages.set(name, outageAfter(this.#outages.get(name), cause));
    this.#isAway = true;
    return true;
  }

  /** The service of that module in the place of a lost one; undefined where it cannot take over. Throws `error` where it may later. */
  #successor(name: ModuleName, error: ModuleLost): Service | undefined {
    const runtime = loadedModule(name);
    const instance = runtime?.now();
    if (instance) return this.#restored(name, instance, error);
    this.#arrival = runtime ? runtime.later() : loadModuleOf(name, this.#served.wasm);
    // Who waits for it hears of a failure, and the next call asks again.
    this.#arrival.catch(() => {});
    throw error;
  }

  /** A service with what that of now has had. */
  #restored(name: ModuleName, instance: Instance, cause?: ModuleLost): Service | undefined {
    let made: Service | undefined;
    try {
      made = new Service(this.#served, this.#backendOn(name, instance, cause), name === this.#names[0]);
      made.restore(this.#service);
      return made;
    } catch (error) {
      made?.dispose();
      if (!(error instanceof AliceError)) throw error;
      if (error instanceof ModuleLost && isPartial(instance))
        this.#completeFirst(loadedModule(name) as Runtime, error);
      this.#fail(name, error);
      return undefined;
    }
  }

  /** Fetches the second file of a module that needs it to serve; where that cannot be had, the module is none to go on with. Throws `error`. */
  #completeFirst(runtime: Runtime, error: ModuleLost): never {
    this.#arrival = runtime.complete().catch((failure: unknown) => {
      this.#fail(runtime.name, failure instanceof AliceError ? failure : error);
    });
    throw error;
  }

  #backendOn(name: ModuleName, instance: Instance, cause?: ModuleLost): Backend {
    const first = this.#first;
    if (name === first.runtime.name) return { ...first, ...instance };
    const backend = backendOf(name);
    return {
      name: backend,
      runtime: loadedModule(name) as Runtime,
      ...instance,
      candidates: first.candidates.map((candidate) => ({ ...candidate, chosen: candidate.name === backend })),
      againstThreads: first.againstThreads ?? cause?.message ?? `The backend ${backend} has one thread.`,
    };
  }
}
