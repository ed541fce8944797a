import { valueOf } from './errors.js';
import type { NativeModule } from './native.js';
import type { ThreadStart, ThreadStarted } from './thread-worker.js';

/**
 * The threads of a module besides the page's own: workers that all engines of the module share. They are made when an engine
 * first wants them, stay as long as the page, and sleep while there is nothing to do.
 */
export class ThreadCrew {
  readonly #native: NativeModule;
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;
  // Of each thread but the page's own; undefined where it could not be started.
  readonly #started: (Promise<Worker> | undefined)[] = [];
  readonly #rooms: Pick<ThreadStart, 'stackTop' | 'locals'>[] = [];

  constructor(native: NativeModule, module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#native = native;
    this.#module = module;
    this.#memory = memory;
  }

  /**
   * Sees to it that there are `count` threads, the page's own among them.
   *
   * @throws Whatever keeps a worker from starting; AliceError `budget_exceeded`, `out_of_memory`.
   */
  async hire(count: number): Promise<void> {
    const hired: Promise<Worker>[] = [];
    for (let thread = 1; thread < count; ++thread) {
      hired.push(
        (this.#started[thread] ??= this.#start(thread).catch((error: unknown) => {
          this.#started[thread] = undefined;
          throw error;
        })),
      );
    }
    await Promise.all(hired);
  }

  /** The module is lost, and nobody waits for what a thread may still be doing in its memory. */
  dismiss(): void {
    for (const started of this.#started.splice(0)) {
      started?.then(
        (worker) => worker.terminate(),
        () => {},
      );
    }
  }

  async #start(thread: number): Promise<Worker> {
    const room = (this.#rooms[thread] ??= valueOf(this.#native.makeThread()));
    const start: ThreadStart = {
      module: this.#module,
      memory: this.#memory,
      entry: this.#native.threadEntry(),
      thread,
      lostFlag: this.#native.threadLostFlag(),
      ...room,
    };
    // Spelled out, so that bundlers find the file.
    const worker = new Worker(new URL('./thread-worker.js', import.meta.url), { type: 'module' });
    try {
      await new Promise<void>((resolve, reject) => {
        worker.onmessage = ({ data: { error } }: MessageEvent<ThreadStarted>) =>
          error === undefined ? resolve() : reject(new Error(error));
        worker.onerror = ({ message }) => reject(new Error(message || 'the worker could not be loaded'));
        worker.postMessage(start);
      });
      return worker;
    } catch (error) {
      // It has not entered the module.
      worker.terminate();
      throw error;
    }
  }
}
