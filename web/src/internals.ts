import type { NativeEngine } from './native.js';

/** The C++ object of every engine that is initialized and not disposed of, for `alice-quant/testing`. */
export const nativeEngines = new WeakMap<object, NativeEngine>();
