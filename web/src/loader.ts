import { relaxedSimd, simd } from 'wasm-feature-detect';
import createModule from './alice.mjs';
import { AliceError } from './errors.js';
import type { NativeModule } from './native.js';
import type { EngineOptions, WasmFile, WasmSource } from './types.js';

let loading: Promise<NativeModule> | undefined;
let loaded: NativeModule | undefined;

/**
 * Loads the WebAssembly module, once per page: later calls, and every engine, share it. After a failure the next call
 * tries again.
 *
 * @param wasm The `.wasm` bytes, a compiled module, or where to get it (in Node a path, too), or what gives that for the name
 *   of a file; by default the files beside this package's code. Only the call that loads it looks at this.
 * @throws AliceError `backend_unavailable` where WebAssembly or its SIMD instructions are missing, `backend_load_failed`
 *   where the module cannot be fetched, compiled or started.
 */
export async function loadRuntime(wasm?: EngineOptions['wasm']): Promise<void> {
  await loadModule(wasm);
}

/** The module of {@link loadRuntime}. */
export function loadModule(wasm?: EngineOptions['wasm']): Promise<NativeModule> {
  loading ??= start(wasm).then(
    (module) => (loaded = module),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** The module, where it is loaded; throws `not_initialized` where it is not. */
export function runtime(): NativeModule {
  if (loaded) return loaded;
  throw new AliceError('not_initialized', 'The WebAssembly module has not been loaded yet.', {
    hint: 'Await loadRuntime() or initialize an engine first.',
  });
}

/** Lets {@link runtime} be a module that came another way, where there is none yet. */
export function useRuntime(module: NativeModule): NativeModule {
  loaded ??= module;
  return module;
}

async function start(wasm?: EngineOptions['wasm']): Promise<NativeModule> {
  if (typeof WebAssembly === 'undefined' || !(await simd())) {
    throw new AliceError('backend_unavailable', 'This browser has no WebAssembly with 128-bit SIMD.', {
      hint: 'Use Chrome 91, Firefox 89, Safari 16.4, Node 20 or newer; some browsers switch WebAssembly off in a locked mode.',
    });
  }
  try {
    return await instantiate(await compile(await sourceOf(wasm)));
  } catch (error) {
    if (error instanceof AliceError) throw error;
    throw loadFailed(`The WebAssembly module could not be loaded: ${String(error)}`, error);
  }
}

type SourceByName = (file: WasmFile) => WasmSource;

async function sourceOf(wasm: EngineOptions['wasm']): Promise<WasmSource> {
  if (wasm !== undefined && typeof wasm !== 'function') return wasm;
  const file: WasmFile = (await relaxedSimd()) ? 'alice-relaxed.wasm' : 'alice-simd128.wasm';
  if (wasm) return (wasm as SourceByName)(file);
  // Spelled out, so that bundlers find both files.
  return file === 'alice-relaxed.wasm'
    ? new URL('./alice-relaxed.wasm', import.meta.url)
    : new URL('./alice-simd128.wasm', import.meta.url);
}

export function loadFailed(message: string, cause?: unknown): AliceError {
  return new AliceError('backend_load_failed', message, {
    hint: "Serve alice-relaxed.wasm and alice-simd128.wasm beside the package's code or pass the place of one as `wasm`; a Content-Security-Policy needs 'wasm-unsafe-eval'.",
    cause,
  });
}

export function instantiate(module: WebAssembly.Module, create = createModule): Promise<NativeModule> {
  return new Promise((resolve, reject) => {
    create({
      instantiateWasm(imports, receive) {
        WebAssembly.instantiate(module, imports)
          .then((instance) => receive(instance, module))
          .catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

export async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof URL) return compileUrl(source);
  if (typeof source !== 'string') return WebAssembly.compile(source);
  const base = (globalThis as { document?: Document }).document?.baseURI ?? globalThis.location?.href;
  if (URL.canParse(source, base)) return compileUrl(new URL(source, base));
  return WebAssembly.compile(await readFile(source));
}

async function compileUrl(url: URL): Promise<WebAssembly.Module> {
  if (url.protocol === 'file:') return WebAssembly.compile(await readFile(url));
  const response = await fetch(url);
  if (!response.ok) throw loadFailed(`${url.href} was answered with status ${response.status}.`);
  // Streaming takes this very type; a server that does not know it must not keep the page from running.
  if (response.headers.get('Content-Type') === 'application/wasm')
    return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

interface NodeFileSystem {
  readFile(path: URL | string): Promise<Uint8Array<ArrayBuffer>>;
}

async function readFile(path: URL | string): Promise<Uint8Array<ArrayBuffer>> {
  // Bundlers for the browser are to leave this import alone.
  const name = 'node:fs/promises';
  const fileSystem = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as NodeFileSystem;
  return fileSystem.readFile(path);
}
