import type { NativeEngine } from './native.js';

/** What `alice-quant/testing` needs to know of an engine. */
export interface EngineInternals {
  readonly native: NativeEngine;
  /** How many models have been put in service so far. */
  modelsServed: number;
}

/** Of every engine that is initialized and not disposed of. */
export const engineInternals = new WeakMap<object, EngineInternals>();
