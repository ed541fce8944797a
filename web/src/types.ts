import type { BehaviorClass, FallbackReason, QuantizationConfig } from './generated/lists.js';
import type { LogOptions } from './log.js';

export type {
  AliceErrorCode,
  AliceErrorStage,
  BehaviorClass,
  FallbackReason,
  FeatureName,
  QuantizationConfig,
} from './generated/lists.js';

/** A pointer position: CSS pixels, and milliseconds on any steady clock. */
export interface TrajectoryPoint {
  x: number;
  y: number;
  t: number;
}

/** The 12 features of a trajectory, each in [0, 1]. */
export interface Features {
  features: Float32Array;
  /** Too few points or too short a path: `features` are all zero. */
  insufficient: boolean;
}

export interface CalibrationSample {
  id: string;
  /** 12 values in [0, 1]. */
  features: readonly number[];
  expectedBehavior?: BehaviorClass;
  trajectoryId: string;
  synthesisParams?: Record<string, unknown>;
}

export interface FeatureStatistics {
  min: number;
  max: number;
  mean: number;
  /** Of the population. */
  std: number;
}

/** The standard form of a calibration set (`calibration-data/`). */
export interface CalibrationDataset {
  version: string;
  generatedAt: string;
  source: { generatorVersion: string; configHash: string };
  totalSamples: number;
  samples: readonly CalibrationSample[];
  statistics: {
    behaviorDistribution: Partial<Record<BehaviorClass, number>>;
    /** One a feature, in the order of `FEATURE_NAMES`. */
    featureStats: readonly FeatureStatistics[];
    qualityScore: number;
  };
  /** SHA-256 of the JSON of the whole without this field. */
  signature: string;
}

export type ExecutionMode = 'int8' | 'fp32';
export type Health = 'normal' | 'warning' | 'fallback';
export interface Progress {
  /**
   * What is being done: ranges of activations are found; each layer alone is quantized (`sensitivity`); it is tried whether
   * all may be quantized, and if not, which to keep in float (`search`); INT8 is compared with FP32.
   */
  stage: 'parse' | 'calibrate' | 'sensitivity' | 'search' | 'verify' | 'done';
  /** Runs of samples so far, and in all stages together; a search may turn out longer than it looked. */
  done: number;
  total: number;
}

export interface LoadOptions {
  /**
   * The shapes that inputs are to have at first, by name, where the model leaves axes open that must be known before it can be
   * planned. Without them `load()` leaves that to the first `run()`, and `quantize()` takes those of the first calibration feeds.
   * A leading axis whose samples are independent of each other can stay open.
   */
  shapes?: Readonly<Record<string, readonly number[]>>;
}

export interface QuantizeOptions extends LoadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface LayerReport {
  name: string;
  operator: string;
  /** `[K, N]` of the weights. */
  dims: [number, number];
  /** In the words of the options, e.g. `int8 symmetric per-channel, u8 asymmetric per-tensor dynamic`. */
  scheme: string;
  bytesFp32: number;
  /** As executed: packed weights, scales, zero points, column sums. */
  bytesInt8: number;
  /** What the codes of the layer's input span (static), or where it is clipped (dynamic). */
  inputRange?: { min: number; max: number };
  /** Share of the input's values outside `inputRange`. */
  clipRate: number;
  /** INT8 against FP32 at this layer's output, over the calibration rows, errors of earlier layers included. */
  sqnrDb: number;
  cosine: number;
  maxError: number;
  /** With `sensitivity`, or where `precision: 'auto'` had to search: what quantizing this layer alone does to the outputs. */
  alone?: { sqnrDb: number; cosine: number; outputKl: number };
}

/** One trial of the search for layers to keep in float. */
export interface SearchStep {
  /** Names of the layers that ran in float. */
  floatLayers: string[];
  cosineSimilarity: number;
  worstCosineSimilarity: number;
  top1Agreement: number;
  accuracyDrop: number;
  /** Whether that was good enough: `similarityThreshold` and `warnAccuracyDrop`. */
  accepted: boolean;
}

export interface QuantizationMetrics {
  /** Mean and lowest cosine between the FP32 and the INT8 outputs of the samples. */
  cosineSimilarity: number;
  worstCosineSimilarity: number;
  /** Index of the sample with the lowest cosine. */
  worstSample: number;
  /** Signal to quantization noise ratio over the outputs of all samples, in dB; 160 without any noise. */
  sqnrDb: number;
  /** Mean KL divergence, in nats, of the INT8 from the FP32 outputs (their softmax where they are no distribution). */
  meanKl: number;
  /** FP32 accuracy − INT8 accuracy where labels are known, otherwise 1 − top1Agreement. */
  accuracyDrop: number;
  /**
   * The share of samples for which INT8 and FP32 name the same class: the highest value along the last axis of an output.
   * Of outputs with many such rows, as those of detectors, each row counts as its share of the sample.
   */
  top1Agreement: number;
  /** Where labels are known. */
  accuracy?: { fp32: number; int8: number };
  /** Samples compared, and where they came from. */
  samples: number;
  source: 'calibration' | 'synthetic';
  quantizationLatencyMs: number;
  /** Mean of single inferences. */
  inferenceLatency: { fp32Ms: number; int8Ms: number; speedup: number };
  /** Weights, biases and scales of the quantized layers. */
  memoryUsage: { fp32MB: number; int8MB: number; compressionRatio: number };
}

/** Everything that quantize() found out, as a plain object: `JSON.stringify` keeps all of it. */
/**
 * FP32 whose weights are re-derived from the codes of INT8, which has taken the place of FP32 with its own weights
 * (`keepFp32: false`): measured against that before these were dropped.
 */
export interface RederivedFp32 {
  cosineSimilarity: number;
  worstCosineSimilarity: number;
  top1Agreement: number;
  savedBytes: number;
  /** One inference with the float weights, and with those re-derived at every run. */
  keptInferenceMs: number;
  rederivedInferenceMs: number;
}

export interface QuantizationReport {
  success: boolean;
  /** Of the quantized layers, in the words of the options; `float` where there are none. */
  scheme: string;
  /** Sizes as ONNX; the quantized one is 0 where `int8Model` is empty. */
  originalSizeBytes: number;
  quantizedSizeBytes: number;
  /** Original over quantized size; 1 where there is no quantized model. */
  compressionRatio: number;
  metrics: QuantizationMetrics;
  fallbackTriggered: boolean;
  fallbackReason?: FallbackReason;
  /** Why `success` is false: INT8 is not good enough (stage `quality`), or the data cannot judge it (`calibration`). */
  error?: { code: string; stage: string; message: string; hint?: string };
  logs: string[];
  /** The layers that can be quantized; `scheme` is `float` for those that the search kept so. */
  layers: LayerReport[];
  /** With `precision: 'auto'`: every trial, in order. */
  search: SearchStep[];
  /** With `keepFp32: false`, where INT8 is good enough. */
  rederived?: RederivedFp32;
}

export interface QuantizationResult extends QuantizationReport {
  /**
   * The quantized model as standard ONNX; empty where the calibration data could not be used, or the scheme has no form
   * that is written (int4, FP8, groups, and dynamic ones but the default activations): `logs` says so.
   */
  int8Model: Uint8Array;
}

export interface TensorInfo {
  name: string;
  dtype: string;
  /** Numbers, and names of symbolic axes. */
  dims: (number | string)[];
}

export interface ModelInfo {
  name: string;
  opset: number;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  parameters: number;
  nodes: number;
  /** Layers that can run in INT8. */
  quantizedLayers: number;
  /** Those of them whose ranges of activations the model brings along (QDQ). */
  staticLayers: number;
  classes: string[];
}

export interface InferenceResult {
  className: string;
  classIndex: number;
  confidence: number;
  /** One value per class, in the model's order. */
  probabilities: Float32Array;
  mode: ExecutionMode;
  /**
   * What the inference took. A browser's clock is too coarse for one of a small model: where it was not measured by
   * itself, what the latest ones took on average; in a batch its share of the whole.
   */
  latencyMs: number;
  /** Cosine of the INT8 and FP32 answers, where the monitor compared them (see `monitorInterval`). */
  similarity?: number;
}

/** Room for an answer, made by `createResult()` and written by `inferInto()` time and again. */
export interface ReusableResult extends Required<InferenceResult> {
  /** NaN where the monitor did not compare. */
  similarity: number;
}

/** Room for the answers to many rows, made by `createBatchResult()` and written by `inferBatchInto()` time and again. */
export interface BatchResult {
  /** Row after row, as many values each as the model gives. */
  probabilities: Float32Array;
  /** One a row: of the highest probability. */
  classIndices: Int32Array;
  /** One a row: NaN where the monitor did not compare. */
  similarities: Float32Array;
  /** One a row: 1 where INT8 answered, 0 where FP32 did. */
  isInt8: Uint8Array;
  /** The call's, divided by the rows. */
  latencyMs: number;
}

export interface InferenceComparison {
  fp32: InferenceResult;
  int8: InferenceResult;
  /** Cosine of the two outputs. */
  similarity: number;
  maxProbDiff: number;
}

/** What executes models: WebAssembly, a GPU through WebGL 2, or the engine as plain JavaScript. */
export type BackendName = 'wasm' | 'webgl' | 'cpu';

/** What a backend is for this page, and for the model in service. */
export interface BackendCandidate {
  name: BackendName;
  /** Whether it can run on this page. */
  available: boolean;
  /** Of `webgl`, where it was tried with the model: whether it gives the integers of `wasm`, and outputs within 1e-5. */
  right?: boolean;
  /** What one inference takes in the precision that answers, where that was measured. */
  medianMs?: number;
  /** Whether it is what executes this engine's models. */
  chosen: boolean;
  /** Why it is not available, or not chosen. */
  reason?: string;
  /** Where it was lost and another has taken its place: when it is tried again, in ms since 1970. */
  retryAt?: number;
}

export interface ThreadsStatus {
  /** Threads that share a run, the calling one among them. */
  count: number;
  /** Why it is one. */
  reason?: string;
  /** One run on one thread, and shared, where that was measured: the best of several, in ms. */
  aloneMs?: number;
  sharedMs?: number;
}

/** What WebGL does for a model in one precision, and how it compared with WebAssembly on inputs of the model. */
export interface WebglTrial {
  /** How many operators of how many it executes. */
  operators: number;
  allOperators: number;
  /** Why it executes none. */
  refusal?: string;
  /** INT8 products whose integers were compared, codes and int32 sums, and whether all were the same. */
  productsCompared: number;
  sameIntegers: boolean;
  /** Whether it gave what it should; undefined where it did not come to run. */
  right?: boolean;
  /** Between the outputs, relative to the largest value of the output. */
  largestDifference: number;
  /** Of one inference. */
  webglMs: number;
  wasmMs: number;
}

export interface WebglStatus {
  /** What draws, as the browser names it. */
  renderer: string;
  fp32: WebglTrial;
  int8?: WebglTrial;
  /** Why the latest inference was answered by WebAssembly. */
  error?: string;
}

/** An operator of the model in service, as it is executed: others may be a part of it. */
export interface PlannedOperator {
  /** The name of its node. */
  name: string;
  /** What ONNX calls it. */
  operator: string;
}

/** Operators that a backend executes one after the other; where another begins, tensors go from one to the other. */
export interface PlanStretch {
  backend: BackendName;
  operators: readonly PlannedOperator[];
}

export interface QuantizationStatus {
  mode: ExecutionMode;
  health: Health;
  initialized: boolean;
  fallbackTriggered: boolean;
  fallbackReason?: FallbackReason;
  /** When the fallback happened, in ms since 1970. */
  fallbackAt?: number;
  /** When a probe last looked whether INT8 can answer again, in ms since 1970. */
  lastRecoveryCheck?: number;
  currentMetrics?: QuantizationMetrics;
  inferenceCount: { int8: number; fp32: number };
  /**
   * What executes the model, of `webgl` where that executes a part of it and answered the latest inference, else `wasm`; empty
   * before initialize().
   */
  backend: BackendName | '';
  /** What could execute models on this page, best first; empty before initialize(). */
  backends: readonly BackendCandidate[];
  /** Where the model in service was tried on WebGL: what was found out. */
  webgl?: WebglStatus;
  /** How many threads share a run of the model in service. */
  threads: ThreadsStatus;
  /** The strongest instruction set whose kernels are used: `relaxed`, `simd128`, `scalar` or `reference`. */
  isa: string;
  /** The kernels of the products of the model in service, in each precision that has any. */
  kernels: { int8?: string; fp32?: string };
  /**
   * Relaxed SIMD: what the machine's 8-bit dot product makes of its operands, and how much faster the kernel for it was at
   * the start than the one without; that which was faster is used.
   */
  relaxedDot?: { meaning: 'unsigned_signed' | 'signed_signed' | 'none'; speedup: number };
  /** The model in service. */
  model?: ModelInfo;
}

export interface MemoryReport {
  /** Size of the WebAssembly memory. */
  heapBytes: number;
  limitBytes: number;
  /** Tensor memory: held now, at most so far, and by kind. */
  heldBytes: number;
  peakBytes: number;
  byKind: Record<string, number>;
  /** What the model in service was to hold, as planned before any of it was taken; batches under way come on top. */
  plannedBytes: number;
  plannedByKind: Record<string, number>;
  /** Of the activations: the planned arena. */
  plannedArenaBytes: number;
  /** Of the quantized layers, as executed. */
  int8WeightBytes: number;
  fp32WeightBytes: number;
}

/** The `.wasm` bytes, a compiled module, or where to get it (in Node a path, too). */
export type WasmSource = BufferSource | WebAssembly.Module | URL | string;

/**
 * The WebAssembly files of the package: with relaxed SIMD, for browsers that do not have it, with threads, and with WebGL. A `.rest`
 * is what loading and running an everyday model can do without.
 */
export type WasmFile =
  | 'alice-relaxed.wasm'
  | 'alice-relaxed.rest.wasm'
  | 'alice-simd128.wasm'
  | 'alice-simd128.rest.wasm'
  | 'alice-threads.wasm'
  | 'alice-webgl.wasm'
  | 'alice-webgl.rest.wasm';

/** What an engine can be told when it starts. */
export interface EngineOptions extends Partial<Omit<QuantizationConfig, 'softRecovery'>>, LogOptions {
  softRecovery?: Partial<QuantizationConfig['softRecovery']>;
  /**
   * One of the {@link WasmFile}s, or what gives the one of that name, as the browser can run it best; by default they are found beside
   * the package's code. The `.rest` of a file at some place is fetched from beside it. Only what loads the module first looks at this.
   */
  wasm?: WasmSource | ((file: WasmFile) => WasmSource);
}

/**
 * What FP32 and INT8 are compared on: the standard form with labels; or rows of any float model's inputs, flat or one
 * array each (of several inputs one behind the other); or feeds, one a sample, as `run()` takes them.
 */
export type CalibrationInput =
  CalibrationDataset | Float32Array | readonly ArrayLike<number>[] | readonly TensorFeeds[];

interface TensorArrays {
  float32: Float32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  /** 0 or 1 a byte. */
  bool: Uint8Array;
}

/** Element types of tensors. */
export type TensorType = keyof TensorArrays;

/** A tensor: its elements in row-major order. */
export type Tensor = {
  [Type in TensorType]: { type: Type; data: TensorArrays[Type]; dims: readonly number[] };
}[TensorType];

/** Tensors by the names of a model's inputs. */
export type TensorFeeds = Readonly<Record<string, Tensor>>;

/** An ONNX model's bytes. */
export type ModelBytes = ArrayBuffer | Uint8Array;

/** How a model can be exported. */
export type ExportFormat = 'qdq' | 'dynamic' | 'fp32';

/** One input row: as many values as the model's input is wide. */
export type FeatureRow = Float32Array | readonly number[];
