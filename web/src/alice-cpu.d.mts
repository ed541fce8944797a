import type { NativeModule } from './native.js';

/** The engine as Emscripten writes it without WebAssembly: one file, with the surface of the others. */
export default function createModule(): NativeModule;
