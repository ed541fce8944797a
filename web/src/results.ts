import { candidatesOf, hasWebglPart, type SelectionFindings } from './backend-candidates.js';
import type { Backend } from './loader.js';
import type { EngineMetrics } from './metrics-types.js';
import type { NativeComparison, NativeEngine, NativeReport } from './native.js';
import type {
  BackendName,
  ExecutionMode,
  FallbackReason,
  Health,
  InferenceComparison,
  InferenceResult,
  QuantizationMetrics,
  QuantizationReport,
  QuantizationStatus,
  ThreadsStatus,
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

/** Where a compared sample stood in the caller's data. */
type OriginalIndex = (i: number) => number;

const withOriginalIndex = (
  metrics: QuantizationMetrics,
  originalIndex: OriginalIndex,
): QuantizationMetrics => ({
  ...metrics,
  worstSample: originalIndex(metrics.worstSample),
});

export function quantizationReport(native: NativeReport, originalIndex: OriginalIndex): QuantizationReport {
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

/** WebGL where it executes a part of the model, and answered the latest inference. */
function answering(name: BackendName, native: ReturnType<NativeEngine['status']>): BackendName {
  if (hasWebglPart(native) && !native.accelerationError) return 'webgl';
  return name === 'webgl' ? 'wasm' : name;
}

export function engineStatus(
  native: ReturnType<NativeEngine['status']>,
  { name, candidates }: Backend,
  threads: ThreadsStatus,
  findings: SelectionFindings,
  originalIndex: OriginalIndex,
): QuantizationStatus {
  const { fallbackReason, metrics, model } = native;
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
    ...(metrics && { currentMetrics: withOriginalIndex(metrics, originalIndex) }),
    inferenceCount: { int8: native.int8Count, fp32: native.fp32Count },
    backend: answering(name, native),
    backends: candidatesOf(candidates, native, findings),
    ...(native.acceleration && {
      webgl: {
        ...native.acceleration,
        ...(native.accelerationError && { error: native.accelerationError }),
      },
    }),
    threads,
    isa: native.isa,
    kernels: {
      ...(native.int8Kernel && { int8: native.int8Kernel }),
      ...(native.fp32Kernel && { fp32: native.fp32Kernel }),
    },
    ...(native.dotMeaning && {
      relaxedDot: { meaning: native.dotMeaning, speedup: native.dotSpeedup ?? 0 },
    }),
    ...(model && { model }),
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

export function engineMetrics(native: NativeEngine, startedAt: number): EngineMetrics {
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
