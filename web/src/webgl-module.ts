import { AliceError } from './errors.js';
import { compile, instantiate, loadFailed, useRuntime } from './loader.js';
import type { NativeModule } from './native.js';
import type { EngineOptions, WasmFile, WasmSource } from './types.js';

let loading: Promise<NativeModule> | undefined;

/**
 * Loads the module with the WebGL backend, once per page, for engines that ask for it; nobody else fetches it. After a failure
 * the next call tries again.
 *
 * @throws AliceError as `loadRuntime` does. Whether there is WebGL turns out when an engine is made.
 */
export function loadWebglModule(wasm?: EngineOptions['wasm']): Promise<NativeModule> {
  loading ??= start(wasm).catch((error: unknown) => {
    loading = undefined;
    throw error instanceof AliceError
      ? error
      : loadFailed(`The WebGL module could not be loaded: ${String(error)}`, error);
  });
  return loading;
}

async function start(wasm: EngineOptions['wasm']): Promise<NativeModule> {
  const { default: createModule } = await import('./alice-webgl.mjs');
  return useRuntime(await instantiate(await compile(sourceOf(wasm)), createModule));
}

type SourceByName = (file: WasmFile) => WasmSource;

function sourceOf(wasm: EngineOptions['wasm']): WasmSource {
  if (wasm === undefined) return new URL('./alice-webgl.wasm', import.meta.url);
  return typeof wasm === 'function' ? (wasm as SourceByName)('alice-webgl.wasm') : wasm;
}
