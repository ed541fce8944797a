import { guardModule, isLost } from './module-lost.js';
import type { NativeModule } from './native.js';
import { isPartial, type Completion } from './rest.js';
import type { ThreadCrew } from './thread-crew.js';
import type { BackendName } from './types.js';

/** What can be loaded: the backends, and `wasm` with threads. */
export type ModuleName = BackendName | 'threads';

/** A module with a memory of its own. */
export interface Instance {
  readonly module: NativeModule;
  /** The threads that can share its runs. */
  readonly crew?: ThreadCrew;
  /** Of a module in two files. */
  readonly completion?: Completion;
}

/** Makes instances of a module that is loaded: of both its files, where the second has been fetched. */
export interface InstanceMaker {
  /** At once; throws where the browser does not do that, as it may with a large module on the page's own thread. */
  now(): Instance;
  later(): Promise<Instance>;
}

/** A module of the page, and the instance of it that its engines share; another takes its place when it is lost. */
export class Runtime {
  readonly name: ModuleName;
  readonly #maker: InstanceMaker;
  #instance: Instance;
  #coming: Promise<Instance> | undefined;

  private constructor(name: ModuleName, maker: InstanceMaker, first: Instance) {
    this.name = name;
    this.#maker = maker;
    this.#instance = first;
    guardModule(first.module);
  }

  /** Throws what making an instance throws. */
  static async load(name: ModuleName, maker: InstanceMaker): Promise<Runtime> {
    return new Runtime(name, maker, await maker.later());
  }

  /** The instance of now; undefined where that is lost and another cannot be made at once: then it is {@link later}. */
  now(): Instance | undefined {
    const former = this.#instance;
    if (!isLost(former.module)) return former;
    try {
      const instance = this.#replace(this.#maker.now());
      // That may be what the one before lacked.
      if (isPartial(former)) instance.completion?.later().catch(() => {});
      return instance;
    } catch {
      return undefined;
    }
  }

  /** The instance of now, when there is one. Rejects where none can be made. */
  async later(): Promise<Instance> {
    const instance = this.now();
    if (instance) return instance;
    this.#coming ??= this.#maker
      .later()
      .then((made) => this.#replace(made))
      .finally(() => (this.#coming = undefined));
    return this.#coming;
  }

  /** The same, with all that the module can do. Rejects as {@link later}, and where the second file of the module cannot be fetched. */
  async complete(): Promise<Instance> {
    const instance = await this.later();
    await instance.completion?.later();
    return instance;
  }

  #replace(instance: Instance): Instance {
    guardModule(instance.module);
    this.#instance.crew?.dismiss();
    this.#instance = instance;
    return instance;
  }
}
