import { loadCpuModule } from './cpu-module.js';
import { AliceError } from './errors.js';
import type { QuantizationConfig } from './generated/lists.js';
import type { NativeModule } from './native.js';
import type { ThreadCrew } from './thread-crew.js';
import { loadThreadsModule, reasonAgainstThreads } from './threads-module.js';
import type { BackendCandidate, BackendName, EngineOptions } from './types.js';
import { loadWasmModule, reasonAgainstWasm } from './wasm-module.js';
import { loadWebglModule, reasonAgainstWebgl } from './webgl-module.js';

/** A module that is loaded, and how it came to be chosen. */
export interface Backend {
  name: BackendName;
  module: NativeModule;
  candidates: readonly BackendCandidate[];
  /** The threads that can share runs, or why one does everything. */
  crew?: ThreadCrew;
  againstThreads?: string;
}

type Loaded = Pick<Backend, 'module' | 'crew'>;
type ModuleName = BackendName | 'threads';

const loaders: Record<ModuleName, (wasm?: EngineOptions['wasm']) => Promise<Loaded>> = {
  wasm: async (wasm) => ({ module: await loadWasmModule(wasm) }),
  threads: loadThreadsModule,
  webgl: async (wasm) => ({ module: await loadWebglModule(wasm) }),
  cpu: async () => ({ module: await loadCpuModule() }),
};
const modules = new Map<ModuleName, Promise<Loaded>>();
let firstLoaded: NativeModule | undefined;
let againstWasm: Promise<string | undefined> | undefined;

/**
 * Loads what executes models: WebAssembly, or where the page cannot run that the same engine as plain JavaScript. Each is
 * loaded once per page: later calls, and every engine, share it. After a failure the next call tries again.
 *
 * @param wasm The `.wasm` bytes, a compiled module, or where to get it (in Node a path, too), or what gives that for the name
 *   of a file; by default the files beside this package's code. Only the call that loads it looks at this.
 * @param backend As the option `backend`.
 * @param threads As the option `threads`: where several may share a run, another module is loaded than where one does it.
 * @throws AliceError `backend_unavailable` where the backend that was asked for cannot run here, `backend_load_failed` where
 *   its module cannot be fetched, compiled or started.
 */
export async function loadRuntime(
  wasm?: EngineOptions['wasm'],
  backend?: QuantizationConfig['backend'],
  threads?: number,
): Promise<void> {
  await loadBackend(wasm, backend, threads);
}

/** The backend of {@link loadRuntime}. */
export async function loadBackend(
  wasm?: EngineOptions['wasm'],
  backend: QuantizationConfig['backend'] = 'auto',
  threads = 0,
): Promise<Backend> {
  const reason = await (againstWasm ??= reasonAgainstWasm());
  const name = choice(backend, reason);
  const againstThreads =
    name === 'wasm' ? await reasonAgainstThreads(threads, wasm) : `The backend ${name} has one thread.`;
  const loaded = await loadOnce(againstThreads === undefined ? 'threads' : name, wasm);
  firstLoaded ??= loaded.module;
  const againstWebgl = reason ?? reasonAgainstWebgl();
  const candidates: BackendCandidate[] = [
    { name: 'wasm', available: reason === undefined, chosen: name === 'wasm', ...(reason && { reason }) },
    {
      name: 'webgl',
      available: !againstWebgl,
      chosen: name === 'webgl',
      ...(againstWebgl && { reason: againstWebgl }),
    },
    { name: 'cpu', available: true, chosen: name === 'cpu' },
  ];
  return { name, ...loaded, candidates, ...(againstThreads !== undefined && { againstThreads }) };
}

/** The module of a backend that can run here, loaded once per page. Throws as {@link loadRuntime}. */
export async function loadModuleOf(name: BackendName, wasm?: EngineOptions['wasm']): Promise<NativeModule> {
  return (await loadOnce(name, wasm)).module;
}

/** The module that was loaded first; throws `not_initialized` where there is none. */
export function runtime(): NativeModule {
  if (firstLoaded) return firstLoaded;
  throw new AliceError('not_initialized', "The engine's module has not been loaded yet.", {
    hint: 'Await loadRuntime() or initialize an engine first.',
  });
}

/** What is no backend is taken as `auto`: the engine refuses it by name when it is told its options. */
function choice(backend: QuantizationConfig['backend'], againstWasm: string | undefined): BackendName {
  if (backend === 'cpu') return 'cpu';
  if (againstWasm === undefined) return backend === 'webgl' ? 'webgl' : 'wasm';
  if (backend !== 'wasm' && backend !== 'webgl') return 'cpu';
  throw new AliceError('backend_unavailable', againstWasm, {
    hint: "With backend 'auto' or 'cpu' the engine runs as plain JavaScript; WebAssembly needs Chrome 91, Firefox 89, Safari 16.4, Node 20 or newer, and 'wasm-unsafe-eval' of a Content-Security-Policy.",
  });
}

function loadOnce(name: ModuleName, wasm: EngineOptions['wasm']): Promise<Loaded> {
  const started =
    modules.get(name) ??
    loaders[name](wasm).catch((error: unknown) => {
      modules.delete(name);
      throw error;
    });
  modules.set(name, started);
  return started;
}
