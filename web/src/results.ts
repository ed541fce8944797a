import { candidatesOf, hasWebglPart } from './backend-candidates.js';
import type { EngineMetrics } from './metrics-types.js';
import type { KnownModel } from './model-in-service.js';
import type { NativeComparison, NativeEngine, NativeReport } from './native.js';
import type { Service } from './service.js';
import type {
  BackendCandidate,
  BackendName,
  ExecutionMode,
  FallbackReason,
  Health,
  InferenceComparison,
  InferenceResult,
  QuantizationMetrics,
  QuantizationReport,
  QuantizationStatus,
} from './types.js';

/** The index of the highest value, the first of equals. */
export function argMax(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; ++i) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

/**
 * An answer from `probabilities`, which it keeps: they must not be a view of WebAssembly memory. `similarity` is NaN where
 * it is not known.
 */
export function inferenceResult(
  probabilities: Float32Array,
  classIndex: number,
  className: string,
  mode: ExecutionMode,
  latencyMs: number,
  similarity = NaN,
): InferenceResult {
  const result: InferenceResult = {
    className,
    classIndex,
    confidence: probabilities[classIndex] as number,
    probabilities,
    mode,
    latencyMs,
  };
  if (similarity === similarity) result.similarity = similarity;
  return result;
}

/** Of plain data. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyOf(part)])) as T;
}

/** Where a compared sample stood in the caller's data. */
type OriginalIndex = (i: number) => number;

const withOriginalIndex = (
  metrics: QuantizationMetrics,
  originalIndex: OriginalIndex,
): QuantizationMetrics => ({
  ...metrics,
  worstSample: originalIndex(metrics.worstSample),
});

/** A copy of all of it. */
export function quantizationReport(
  kept: NativeReport,
  originalIndex: OriginalIndex = (i) => i,
): QuantizationReport {
  const native = copyOf(kept);
  const { error, fallbackReason, originalSizeBytes, quantizedSizeBytes } = native;
  return {
    success: native.success,
    scheme: native.scheme,
    originalSizeBytes,
    quantizedSizeBytes,
    compressionRatio: quantizedSizeBytes > 0 ? originalSizeBytes / quantizedSizeBytes : 1,
    metrics: withOriginalIndex(native.metrics, originalIndex),
    fallbackTriggered: fallbackReason !== '',
    ...(fallbackReason && { fallbackReason: fallbackReason as FallbackReason }),
    ...(error && {
      error: {
        code: error.code,
        stage: error.stage,
        message: error.message,
        ...(error.hint && { hint: error.hint }),
      },
    }),
    logs: native.logs,
    layers: native.layers,
    search: native.search,
    ...(native.rederived && { rederived: native.rederived }),
  };
}

/** What an engine says of itself before initialize() and after dispose(). */
export function idleStatus(): QuantizationStatus {
  return {
    mode: 'fp32',
    health: 'normal',
    initialized: false,
    fallbackTriggered: false,
    inferenceCount: { int8: 0, fp32: 0 },
    backend: '',
    backends: [],
    threads: { count: 1, reason: 'The engine is not initialized.' },
    isa: '',
    kernels: {},
  };
}

/** Backends that are left alone for a while (Succession). */
type Outages = ReadonlyMap<BackendName, Pick<BackendCandidate, 'reason' | 'retryAt'>>;

/** WebGL where it executes a part of the model, and answered the latest inference. */
function answering(name: BackendName, native: ReturnType<NativeEngine['status']>): BackendName {
  if (hasWebglPart(native) && !native.accelerationError) return 'webgl';
  return name === 'webgl' ? 'wasm' : name;
}

export function engineStatus(
  { backend, native: engine, model, selection }: Service,
  outages: Outages,
): QuantizationStatus {
  const native = engine.status();
  const { fallbackReason } = native;
  const { known } = model;
  const report = known?.quantized?.report;
  // Calibration data that cannot be used measures nothing.
  const metrics = report?.fallbackReason === 'calibration_invalid' ? undefined : report?.metrics;
  return {
    mode: native.mode as ExecutionMode,
    health: native.health as Health,
    initialized: true,
    fallbackTriggered: fallbackReason !== '',
    ...(fallbackReason && {
      fallbackReason: fallbackReason as FallbackReason,
      fallbackAt: native.fallbackAt,
    }),
    ...(native.probedAt > 0 && { lastRecoveryCheck: native.probedAt }),
    ...(metrics && {
      currentMetrics: withOriginalIndex(copyOf(metrics), (known as KnownModel).originalIndex),
    }),
    inferenceCount: { int8: native.int8Count, fp32: native.fp32Count },
    backend: answering(backend.name, native),
    backends: candidatesOf(backend.candidates, native, selection).map((candidate) => ({
      ...candidate,
      ...outages.get(candidate.name),
    })),
    ...(native.acceleration && {
      webgl: {
        ...native.acceleration,
        ...(native.accelerationError && { error: native.accelerationError }),
      },
    }),
    threads: model.threads,
    isa: native.isa,
    kernels: {
      ...(native.int8Kernel && { int8: native.int8Kernel }),
      ...(native.fp32Kernel && { fp32: native.fp32Kernel }),
    },
    ...(native.dotMeaning && {
      relaxedDot: { meaning: native.dotMeaning, speedup: native.dotSpeedup ?? 0 },
    }),
    ...(native.model && { model: native.model }),
  };
}

/** Both answers to a row, and how far they are apart. */
export function inferenceComparison(
  native: NativeComparison,
  classes: { at(index: number): string },
): InferenceComparison {
  const answer = (view: Float32Array, mode: ExecutionMode, latencyMs: number) => {
    const probabilities = view.slice();
    const classIndex = argMax(probabilities);
    return inferenceResult(probabilities, classIndex, classes.at(classIndex), mode, latencyMs);
  };
  return {
    fp32: answer(native.fp32, 'fp32', native.fp32Ms),
    int8: answer(native.int8, 'int8', native.int8Ms),
    similarity: native.similarity,
    maxProbDiff: native.maxProbDiff,
  };
}

export function engineMetrics({ native, startedAt }: Service): EngineMetrics {
  const { mode, health, fallbackReason } = native.status();
  const { heapBytes, limitBytes, heldBytes, peakBytes } = native.memory();
  const { refusals, ...figures } = native.metrics();
  return {
    startedAt,
    mode: mode as ExecutionMode,
    health: health as Health,
    ...(fallbackReason && { fallbackReason: fallbackReason as FallbackReason }),
    ...figures,
    memory: { heapBytes, limitBytes, heldBytes, peakBytes, refusals },
  };
}
