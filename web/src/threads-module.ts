import { relaxedSimd } from 'wasm-feature-detect';
import type { Runtime } from './runtime.js';
import { ThreadCrew } from './thread-crew.js';
import type { EngineOptions, WasmSource } from './types.js';
import { loadModule, type SourceByName } from './wasm-module.js';

/** The most threads that share a run: `ThreadTeam::kMost` of src/base/thread_team.h. */
const MOST = 16;

/** How many threads the option `threads` allows here. */
export function mostThreads(option: number): number {
  return option === 0 ? Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST) : option;
}

/** Why one thread does everything here; undefined where several may. Fetches nothing. */
export async function reasonAgainstThreads(
  option: number,
  wasm: EngineOptions['wasm'],
): Promise<string | undefined> {
  if (option === 1) return 'The option threads is 1.';
  if (typeof Worker === 'undefined') return 'There are no web workers here.';
  if (!globalThis.crossOriginIsolated) {
    return 'The page is not cross-origin isolated: it must come with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.';
  }
  if (mostThreads(option) < 2) return 'The machine has one processor.';
  if (!(await relaxedSimd())) return 'WebAssembly has no relaxed SIMD here.';
  if (wasm !== undefined && typeof wasm !== 'function')
    return 'The option wasm gives a module of one thread.';
  return undefined;
}

/**
 * Loads the module whose runs threads can share, for pages where they may; nobody else fetches it. It has its threads when
 * an engine hires them.
 *
 * @throws AliceError `backend_load_failed` where it cannot be fetched, compiled or started.
 */
export async function loadThreadsModule(wasm?: EngineOptions['wasm']): Promise<Runtime> {
  const { default: createModule } = await import('./alice-threads.mjs');
  return loadModule('threads', sourceOf(wasm), {
    create: createModule,
    toInstance(native, compiled, imports) {
      const memory = Object.values(imports)
        .flatMap((names) => Object.values(names))
        .find((value) => value instanceof WebAssembly.Memory);
      return { module: native, crew: new ThreadCrew(native, compiled, memory!) };
    },
  });
}

function sourceOf(wasm: EngineOptions['wasm']): WasmSource {
  return typeof wasm === 'function'
    ? (wasm as SourceByName)('alice-threads.wasm')
    : new URL('./alice-threads.wasm', import.meta.url);
}
