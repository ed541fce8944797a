import type { NativeModule } from './native.js';

/** The glue that Emscripten writes for `alice-webgl.wasm`, beside which it is put. */
export default function createModule(options: {
  /** Instantiates the module in place of the glue's own way of finding and fetching it. */
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}): Promise<NativeModule>;
