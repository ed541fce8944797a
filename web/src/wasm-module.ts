import { relaxedSimd, simd } from 'wasm-feature-detect';
import createModule from './alice.mjs';
import { AliceError } from './errors.js';
import type { NativeModule } from './native.js';
import { Runtime, type Instance, type InstanceMaker, type ModuleName } from './runtime.js';
import type { EngineOptions, WasmFile, WasmSource } from './types.js';

/** Magic number and version: the smallest module there is. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Why the engine cannot run in WebAssembly here; undefined where it can. Fetches nothing. */
export async function reasonAgainstWasm(): Promise<string | undefined> {
  if (typeof WebAssembly === 'undefined') return 'There is no WebAssembly here.';
  if (!(await simd())) return 'WebAssembly has no 128-bit SIMD here.';
  try {
    await WebAssembly.compile(EMPTY_MODULE);
    return undefined;
  } catch (error) {
    return `The page does not let WebAssembly be compiled: ${String(error)}`;
  }
}

/** @throws AliceError `backend_load_failed` where the module cannot be fetched, compiled or started. */
export async function loadWasmModule(wasm?: EngineOptions['wasm']): Promise<Runtime> {
  return loadModule('wasm', await sourceOf(wasm));
}

/** What an instance has, of what it was made of. */
type ToInstance = (
  native: NativeModule,
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
) => Instance;

/** The module of a source, with its glue. Throws as {@link loadWasmModule}. */
export async function loadModule(
  name: ModuleName,
  source: WasmSource,
  create = createModule,
  toInstance: ToInstance = (module) => ({ module }),
): Promise<Runtime> {
  try {
    return await Runtime.load(name, makerOf(await compile(source), create, toInstance));
  } catch (error) {
    if (error instanceof AliceError) throw error;
    throw loadFailed(`The WebAssembly module could not be loaded: ${String(error)}`, error);
  }
}

type Receive = Parameters<Parameters<typeof createModule>[0]['instantiateWasm']>[1];

export type SourceByName = (file: WasmFile) => WasmSource;

async function sourceOf(wasm: EngineOptions['wasm']): Promise<WasmSource> {
  if (wasm !== undefined && typeof wasm !== 'function') return wasm;
  const file: WasmFile = (await relaxedSimd()) ? 'alice-relaxed.wasm' : 'alice-simd128.wasm';
  if (wasm) return (wasm as SourceByName)(file);
  // Spelled out, so that bundlers find both files.
  return file === 'alice-relaxed.wasm'
    ? new URL('./alice-relaxed.wasm', import.meta.url)
    : new URL('./alice-simd128.wasm', import.meta.url);
}

function loadFailed(message: string, cause?: unknown): AliceError {
  return new AliceError('backend_load_failed', message, {
    hint: "Serve the .wasm files beside the package's code or pass the place of one as `wasm`; a Content-Security-Policy needs 'wasm-unsafe-eval'.",
    cause,
  });
}

function makerOf(
  module: WebAssembly.Module,
  create: typeof createModule,
  toInstance: ToInstance,
): InstanceMaker {
  return {
    now() {
      let made: WebAssembly.Imports | undefined;
      let refusal: unknown;
      const glue = {
        instantiateWasm(imports: WebAssembly.Imports, receive: Receive) {
          try {
            const instance = new WebAssembly.Instance(module, imports);
            made = imports;
            receive(instance, module);
            return instance.exports;
          } catch (error) {
            refusal = error;
            return {};
          }
        },
      };
      create(glue).catch(() => {});
      if (!made || refusal !== undefined) throw refusal;
      return toInstance(glue as unknown as NativeModule, module, made);
    },
    async later() {
      let made: WebAssembly.Imports = {};
      const native = await new Promise<NativeModule>((resolve, reject) => {
        create({
          instantiateWasm(imports, receive) {
            made = imports;
            WebAssembly.instantiate(module, imports)
              .then((instance) => receive(instance, module))
              .catch(reject);
            return {};
          },
        }).then(resolve, reject);
      });
      return toInstance(native, module, made);
    },
  };
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
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
