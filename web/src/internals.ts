import type { Backend } from './loader.js';
import type { NativeEngine } from './native.js';

/** What `alice-quant/testing` needs to know of an engine. */
export interface EngineInternals {
  // Others where a lost module is replaced.
  backend: Backend;
  native: NativeEngine;
  /** How many models have been put in service so far. */
  modelsServed: number;
  /** Told when `native` is another, with its model in service. */
  onReplaced?: () => void;
}

/** Of every engine that is initialized and not disposed of. */
export const engineInternals = new WeakMap<object, EngineInternals>();
