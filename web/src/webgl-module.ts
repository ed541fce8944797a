import type { Runtime } from './runtime.js';
import type { EngineOptions, WasmSource } from './types.js';
import { loadModule, type SourceByName } from './wasm-module.js';

/** Why WebGL cannot be tried here; undefined where it can. Whether a context is given turns out when an engine is made. */
export const reasonAgainstWebgl = (): string | undefined =>
  'WebGL2RenderingContext' in globalThis ? undefined : 'There is no WebGL 2 here.';

/**
 * Loads the module with the WebGL backend, for engines that ask for it; nobody else fetches it.
 *
 * @throws AliceError `backend_load_failed` where it cannot be fetched, compiled or started.
 */
export async function loadWebglModule(wasm?: EngineOptions['wasm']): Promise<Runtime> {
  const { default: createModule } = await import('./alice-webgl.mjs');
  return loadModule('webgl', sourceOf(wasm), { create: createModule, places: wasm });
}

function sourceOf(wasm: EngineOptions['wasm']): WasmSource {
  if (wasm === undefined) return new URL('./alice-webgl.wasm', import.meta.url);
  return typeof wasm === 'function' ? (wasm as SourceByName)('alice-webgl.wasm') : wasm;
}
