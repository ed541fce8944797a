import { loadCpuModule } from './cpu-module.js';
import { AliceError } from './errors.js';
import type { QuantizationConfig } from './generated/lists.js';
import { ModuleLost } from './module-lost.js';
import type { NativeModule } from './native.js';
import type { Instance, ModuleName, Runtime } from './runtime.js';
import { loadThreadsModule, reasonAgainstThreads } from './threads-module.js';
import type { BackendCandidate, BackendName, EngineOptions } from './types.js';
import { loadWasmModule, reasonAgainstWasm } from './wasm-module.js';
import { loadWebglModule, reasonAgainstWebgl } from './webgl-module.js';

/** An instance that executes models, and how it came to be chosen. */
export interface Backend extends Instance {
  name: BackendName;
  runtime: Runtime;
  candidates: readonly BackendCandidate[];
  /** Why one thread does everything. */
  againstThreads?: string;
}

const loaders: Record<ModuleName, (wasm?: EngineOptions['wasm']) => Promise<Runtime>> = {
  wasm: loadWasmModule,
  threads: loadThreadsModule,
  webgl: loadWebglModule,
  cpu: loadCpuModule,
};
const loading = new Map<ModuleName, Promise<Runtime>>();
/** In the order in which they were loaded. */
const loaded = new Map<ModuleName, Runtime>();
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
  const runtime = await loadModuleOf(againstThreads === undefined ? 'threads' : name, wasm);
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
  const instance = await runtime.later();
  return { name, runtime, ...instance, candidates, ...(againstThreads !== undefined && { againstThreads }) };
}

/** A module that can run here, loaded once per page. Throws as {@link loadRuntime}. */
export function loadModuleOf(name: ModuleName, wasm?: EngineOptions['wasm']): Promise<Runtime> {
  const started =
    loading.get(name) ??
    loaders[name](wasm).then(
      (runtime) => {
        loaded.set(name, runtime);
        return runtime;
      },
      (error: unknown) => {
        loading.delete(name);
        throw error;
      },
    );
  loading.set(name, started);
  return started;
}

/** The same, where it is loaded already. */
export const loadedModule = (name: ModuleName): Runtime | undefined => loaded.get(name);

/** What executes models where one module after the other is lost, beginning with `name`. */
export function successorsOf(name: ModuleName, wasm: EngineOptions['wasm']): ModuleName[] {
  if (name === 'cpu') return ['cpu'];
  // One place is that of one module.
  const hasOthers = wasm === undefined || typeof wasm === 'function';
  return name !== 'wasm' && hasOthers ? [name, 'wasm', 'cpu'] : [name, 'cpu'];
}

/**
 * Of the modules that are loaded, the first with an instance; throws `not_initialized` where none is loaded, `backend_lost` where
 * none has one.
 */
export function runtime(): NativeModule {
  for (const module of loaded.values()) {
    const instance = module.now();
    if (instance) return instance.module;
  }
  const [first] = loaded.values();
  if (first) {
    // For the calls after this one.
    first.later().catch(() => {});
    throw new ModuleLost('another instance of it is being made');
  }
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
