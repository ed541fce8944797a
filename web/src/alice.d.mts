import type { NativeModule } from './native.js';

/**
 * The glue that Emscripten writes; the same for every `.wasm` of the package, beside which it is put. The options become the
 * module: before this returns where `receive` is called before that.
 */
export default function createModule(options: {
  /** Instantiates the module in place of the glue's own way of finding and fetching it. */
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: { exports: WebAssembly.Exports }, module?: WebAssembly.Module) => void,
  ): object;
}): Promise<NativeModule>;
