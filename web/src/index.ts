export { createEngine } from './create-engine.js';
export { AliceQuantizationEngine } from './engine.js';
export { AliceError, type AliceErrorDetails } from './errors.js';
export {
  FeatureWindow,
  extractFeatures,
  generateTrajectory,
  type PointerSample,
  type TrajectoryOptions,
} from './features.js';
export {
  ALICE_ERRORS,
  BEHAVIOR_CLASSES,
  DEFAULT_QUANTIZATION_CONFIG,
  FEATURE_NAMES,
} from './generated/lists.js';
export { loadRuntime } from './loader.js';
export type { LogEvents, LogLevel, LogOptions, LogRecord, LogSink } from './log.js';
export type * from './metrics-types.js';
export { toOpenTelemetry, type OpenTelemetryOptions, type OtlpMetrics } from './opentelemetry.js';
export { toPrometheus, type PrometheusOptions } from './prometheus.js';
export { formatReport } from './report-text.js';
export type { RowBatch } from './row-batch.js';
export type * from './types.js';
