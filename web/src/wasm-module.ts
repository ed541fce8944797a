import { relaxedSimd, simd } from 'wasm-feature-detect';
import createModule from './alice.mjs';
import { AliceError } from './errors.js';
import type { NativeModule } from './native.js';
import { buildOf, checkRest, Completion, Rest, restOf } from './rest.js';
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
  return loadModule('wasm', await sourceOf(wasm), { places: wasm });
}

/** What an instance has, of what it was made of. */
type ToInstance = (
  native: NativeModule,
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
) => Instance;

interface HowToLoad {
  create?: typeof createModule;
  toInstance?: ToInstance;
  /** Where the caller has the package's files. */
  places?: EngineOptions['wasm'];
}

/** The module of a source, with its glue. Throws as {@link loadWasmModule}. */
export async function loadModule(
  name: ModuleName,
  source: WasmSource,
  { create = createModule, toInstance = (module) => ({ module }), places }: HowToLoad = {},
): Promise<Runtime> {
  try {
    const module = await compile(source);
    return await Runtime.load(name, makerOf(module, create, toInstance, restFor(module, places)));
  } catch (error) {
    if (error instanceof AliceError) throw error;
    throw loadFailed(`The WebAssembly module could not be loaded: ${String(error)}`, error);
  }
}

/** An instance of a module with its glue, at once; throws what `instantiate` throws. */
export function instanceNow(
  create: typeof createModule,
  instantiate: (imports: WebAssembly.Imports) => WebAssembly.Exports,
  module?: WebAssembly.Module,
): { native: NativeModule; imports: WebAssembly.Imports; exports: WebAssembly.Exports } {
  let made: { imports: WebAssembly.Imports; exports: WebAssembly.Exports } | undefined;
  let refusal: unknown;
  const glue = {
    instantiateWasm(imports: WebAssembly.Imports, receive: Receive) {
      try {
        const exports = instantiate(imports);
        made = { imports, exports };
        receive({ exports }, module);
        return exports;
      } catch (error) {
        refusal = error;
        return {};
      }
    },
  };
  create(glue).catch(() => {});
  if (!made || refusal !== undefined) throw refusal;
  return { native: glue as unknown as NativeModule, ...made };
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

/** The second file, from where the first came: by its name where the caller finds files by that, or beside the first. */
function restFor(first: WebAssembly.Module, places: EngineOptions['wasm']): Rest | undefined {
  const link = restOf(first);
  if (!link) return undefined;
  const source = (): WasmSource => {
    if (typeof places === 'function') return (places as SourceByName)(link.file as WasmFile);
    if (places instanceof URL && isPlace(places.href)) return new URL(link.file, places);
    if (typeof places === 'string' && isPlace(places)) return places.replace(/[^/\\]*$/, link.file);
    const inPackage = filesOfPackage[link.file];
    if (inPackage) return inPackage();
    throw loadFailed(`There is no ${link.file} in the package.`);
  };
  const told = (error: unknown) =>
    error instanceof AliceError
      ? error
      : loadFailed(`${link.file} could not be loaded: ${String(error)}`, error);
  return new Rest(async () => {
    try {
      const module = await compile(source());
      checkRest(link, buildOf(module));
      return {
        addTo: (primary) => void new WebAssembly.Instance(module, { primary }),
        addLaterTo: async (primary) => {
          await WebAssembly.instantiate(module, { primary }).catch((error: unknown) => {
            throw told(error);
          });
        },
      };
    } catch (error) {
      throw told(error);
    }
  });
}

/** Nothing lies beside what was made in the page. */
const isPlace = (address: string) => !/^(blob|data):/.test(address);

// Spelled out, so that bundlers find the files.
const filesOfPackage: Record<string, (() => URL) | undefined> = {
  'alice-relaxed.rest.wasm': () => new URL('./alice-relaxed.rest.wasm', import.meta.url),
  'alice-simd128.rest.wasm': () => new URL('./alice-simd128.rest.wasm', import.meta.url),
  'alice-webgl.rest.wasm': () => new URL('./alice-webgl.rest.wasm', import.meta.url),
};

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
  rest: Rest | undefined,
): InstanceMaker {
  const withRest = (instance: Instance, exports: WebAssembly.Exports): Instance =>
    rest ? { ...instance, completion: new Completion(rest, exports) } : instance;
  return {
    now() {
      const { native, imports, exports } = instanceNow(
        create,
        (imports) => new WebAssembly.Instance(module, imports).exports,
        module,
      );
      const instance = withRest(toInstance(native, module, imports), exports);
      instance.completion?.now();
      return instance;
    },
    async later() {
      let made: WebAssembly.Imports = {};
      let exports: WebAssembly.Exports = {};
      const native = await new Promise<NativeModule>((resolve, reject) => {
        create({
          instantiateWasm(imports, receive) {
            made = imports;
            WebAssembly.instantiate(module, imports)
              .then((instance) => {
                exports = instance.exports;
                receive(instance, module);
              })
              .catch(reject);
            return {};
          },
        }).then(resolve, reject);
      });
      const instance = withRest(toInstance(native, module, made), exports);
      if (rest?.module) await instance.completion?.later();
      return instance;
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
