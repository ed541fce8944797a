import type { AliceError } from './errors.js';
import type { ExecutionMode, FallbackReason, Health } from './types.js';

/** How long the inferences of one precision took; times are 0 where none was timed. */
export interface LatencyMetrics {
  /** Inferences in this precision. */
  count: number;
  /**
   * Those of them that were timed. Inferences shorter than the clock's resolution are timed in windows, of which each
   * inference counts with the mean.
   */
  timed: number;
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  sumMs: number;
  /** Cumulative: how many timed inferences took at most `upToMs`, which rises; the last one is Infinity. */
  buckets: { upToMs: number; count: number }[];
}

/**
 * What an engine has done so far, in numbers. Counts never fall while the engine lives, but where the module of its backend stops:
 * they begin again with what takes its place, and `startedAt` says when.
 */
export interface EngineMetrics {
  /** When the counting began, in ms since 1970. */
  startedAt: number;
  mode: ExecutionMode;
  health: Health;
  fallbackReason?: FallbackReason;
  /** Inferences answered, by the precision of the answer. */
  inferences: { int8: number; fp32: number };
  /** INT8 inferences that were also run in FP32. */
  monitored: number;
  warnings: number;
  /** By every reason, 0 where there were none. */
  fallbacks: Record<FallbackReason, number>;
  /** Returns from FP32 to INT8. */
  recoveries: number;
  /**
   * Probes in FP32 mode: `checks` times INT8 was run over `compared` inferences, of which `passed` were similar enough;
   * `streak` is how many of the latest were so in a row.
   */
  probes: { checks: number; compared: number; passed: number; failed: number; streak: number };
  timeInModeMs: { int8: number; fp32: number };
  latency: { int8: LatencyMetrics; fp32: LatencyMetrics };
  /** Of the monitored inferences: the latest, mean and lowest of the window, and the window itself, oldest first. */
  similarity: { last?: number; mean?: number; min?: number; history: number[] };
  /** Share of the window's inferences on which INT8 and FP32 disagree on the class (`top1Agreement` of a report). */
  top1Disagreement: number;
  memory: {
    /** Size of the WebAssembly memory, which all engines of the page share. */
    heapBytes: number;
    limitBytes: number;
    /** Tensor memory: held now, and at most so far. */
    heldBytes: number;
    peakBytes: number;
    /** Requests that the limit forbade. */
    refusals: number;
  };
}

/** What an engine tells those who listen, by the event's name. `inference` counts all of the engine's inferences, from 1. */
export interface EngineEvents {
  /** INT8 goes on, but it is no longer as good as it should be. */
  warning: {
    reason: FallbackReason;
    message: string;
    inference: number;
    similarity?: number;
    top1Disagreement?: number;
  };
  /** From here on answers are FP32; the inference that showed why is one of them. */
  fallback: {
    reason: FallbackReason;
    message: string;
    inference: number;
    similarity?: number;
    top1Disagreement?: number;
    latencyMs?: number;
    heldBytes?: number;
    limitBytes?: number;
    error?: AliceError;
  };
  /** In FP32 mode INT8 was run over the latest `compared` inferences; `needed` in a row bring it back. */
  probe: {
    inference: number;
    compared: number;
    passed: number;
    streak: number;
    needed: number;
    lowestSimilarity: number;
    recovered: boolean;
  };
  /** From here on answers are INT8 again; `reason` is what had led to FP32. */
  recovered: { reason: FallbackReason; inference: number; fp32Inferences: number; fp32Ms: number };
  /** A request for memory was refused. */
  memory: {
    requestedBytes: number;
    heldBytes: number;
    heapBytes: number;
    limitBytes: number;
    message: string;
  };
  /** What executes the model has changed; `reason` is why the one before does not any more. */
  backend: { backend: string; isa: string; reason?: string };
}

export type EngineEvent = keyof EngineEvents;

/** Ends what `on` began. May be called again. */
export type Unsubscribe = () => void;
