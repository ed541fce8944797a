/**
 * The surface of the WebAssembly module as bindings/ defines it: what C++ gives and takes, before this package makes it
 * comfortable. Views into the heap are valid until the next call that may allocate.
 */

import type { EngineMetrics } from './metrics-types.js';
import type { ThreadStart } from './thread-worker.js';
import type {
  LayerReport,
  MemoryReport,
  ModelInfo,
  PlannedOperator,
  QuantizationMetrics,
  Progress,
  RederivedFp32,
  SearchStep,
  TensorInfo,
  WebglStatus,
} from './types.js';

export interface NativeError {
  code: string;
  stage: string;
  message: string;
  node: string;
  hint: string;
}

/**
 * Every call that can fail gives its value or an error; the others take no memory. What is thrown across the boundary all the same
 * has ended the instance (module-lost.ts).
 */
export type Outcome<T> = { value: T; error?: undefined } | { error: NativeError };

export interface NativeReport {
  success: boolean;
  scheme: string;
  originalSizeBytes: number;
  quantizedSizeBytes: number;
  metrics: QuantizationMetrics;
  /** Empty where there is no fallback. */
  fallbackReason: string;
  error: NativeError | null;
  logs: string[];
  layers: LayerReport[];
  search: SearchStep[];
  rederived?: RederivedFp32;
}

export interface NativeQuantizationResult {
  /** A copy outside the heap. */
  int8Model: Uint8Array;
  report: NativeReport;
}

/** Figures that do not belong to the kind are NaN or 0. */
export interface NativeEvent {
  kind: 'warning' | 'calm' | 'fallback' | 'probe' | 'recovered' | 'memory' | 'backend';
  /** Empty where there is none. */
  reason: string;
  inference: number;
  similarity: number;
  top1Disagreement: number;
  latencyMs: number;
  compared: number;
  passed: number;
  streak: number;
  lowestSimilarity: number;
  recovers: boolean;
  fp32Inferences: number;
  fp32Ms: number;
  requestedBytes: number;
  heldBytes: number;
  limitBytes: number;
}

/** What getMetrics() gives, but for what other calls know. */
export type NativeMetrics = Omit<
  EngineMetrics,
  'startedAt' | 'mode' | 'health' | 'fallbackReason' | 'memory'
> & { refusals: number };

/** Views of both outputs. */
export interface NativeComparison {
  fp32: Float32Array;
  int8: Float32Array;
  similarity: number;
  maxProbDiff: number;
  fp32Ms: number;
  int8Ms: number;
}

/** A tensor of one sample in a row: a symbolic axis counts once. */
export interface NativeTensorLayout extends TensorInfo {
  /** In words of 4 bytes. */
  offset: number;
  bytes: number;
}

export interface NativeTensorLayouts {
  inputs: NativeTensorLayout[];
  outputs: NativeTensorLayout[];
  /** Whether the symbolic leading axis counts samples that are independent of each other. */
  hasBatchAxis: boolean;
}

/** Where tensors lie, and how many bytes one sample has. */
export interface NativePlaces {
  inputs: { address: number; bytes: number }[];
  outputs: { address: number; bytes: number }[];
}

/** A GPU that an engine in another module has. What goes wrong is said, in words, and not thrown; '': nothing did. */
export interface NativeRemoteDevice {
  /** As the browser names it. */
  readonly renderer: string;
  plan(samples: number): string;
  /** `inputs`, `outputs`: address of the addresses of the model's tensors, 0 for those that have no part. */
  run(isInt8: boolean, samples: number, inputs: number, outputs: number): string;
  lose(): void;
  restore(): void;
}

export interface NativeEngine {
  setOption(name: string, value: number | string | boolean): Outcome<null>;

  /** Room for the model's bytes, as a view to fill. */
  stageModel(bytes: number): Outcome<Uint8Array>;
  /** The shape that an input of the staged model is to have. */
  stageShape(input: string, dims: readonly number[]): Outcome<null>;
  /** What the staged model says of itself; no nodes, no parameters. */
  describeStaged(): Outcome<ModelInfo>;
  /** What the staged model takes. */
  stagedInputs(): Outcome<NativeTensorLayout[]>;
  /**
   * Room for `rows` × `width` calibration values and one label a row (−1: unknown), as views to fill. With `width` 0 the
   * room is for `rows` values in all and no labels: beginQuantize() cuts them into rows of the model's input width
   * (calibration_width where that leaves a remainder).
   */
  stageCalibration(rows: number, width: number): Outcome<{ rows: Float32Array; labels: Int32Array }>;

  /** Reads the staged model. `behaviorSet`: the staged rows are a behaviour data set and are held to its rules. */
  beginQuantize(behaviorSet: boolean): Outcome<{ total: number }>;
  /** Takes the next `rows` samples; `stage`: what those that follow are for. */
  stepQuantize(rows: number): Outcome<{ done: number; total: number; stage: Progress['stage'] }>;
  /** Decides, and puts the new model in service. `elapsedMs`: what the whole call has taken so far. */
  finishQuantize(elapsedMs: number): Outcome<NativeQuantizationResult>;
  /** Drops what was staged or begun; the model in service stays. */
  cancelQuantize(): void;
  /** Puts the staged model in service as it is. */
  load(): Outcome<ModelInfo>;
  unload(): void;
  // The model in service for inputs of other shapes: src/engine/engine.h.
  addPlan(): Outcome<number>;
  usePlan(plan: number): void;
  dropPlan(plan: number): void;

  /** Address of the input row and of the output row of `infer`, and their words of 4 bytes; 0 without a model. */
  inputPointer(): number;
  inputWidth(): number;
  outputPointer(): number;
  outputWidth(): number;
  /** The tensors of the input row and of the output row; empty without a model. */
  tensorLayouts(): NativeTensorLayouts;
  /** What `_alice_infer` is called with. */
  address(): number;
  /**
   * Address of what the last `_alice_infer` says besides the output row: its answer (answer-records.ts), then as u32 how many
   * events wait to be taken.
   */
  answerPointer(): number;
  /** Of an `_alice_infer` that gave 0. */
  lastError(): NativeError;
  /** Room for `rows` rows, until endBatch; its number. */
  stageBatch(rows: number): Outcome<number>;
  batchInputs(batch: number): Float32Array;
  batchOutputs(batch: number): Float32Array;
  /** Address of the answers, one a row (answer-records.ts). */
  batchAnswersPointer(batch: number): number;
  /** Answers the rows [first, end); how many it did, less than there are where events must be taken first. */
  inferBatch(batch: number, first: number, end: number): Outcome<number>;
  /** Gives its memory back. */
  endBatch(batch: number): void;
  /** Of the module with threads alone: whether runs of the model are to be shared, if threads make them faster. */
  isWorthSharing(): Outcome<boolean>;
  /**
   * There, too: shares runs among as many threads as the option `threads` says; where it says 0, among the most, up to so many,
   * that make them faster. `refusal` says why one does everything; times are 0 where nothing was timed.
   */
  share(threads: number): Outcome<{ threads: number; aloneMs: number; sharedMs: number; refusal: string }>;
  /** Runs the input row in both modes: views of both outputs. */
  compare(): Outcome<NativeComparison>;
  /** Runs the input row in every mode, which nobody hears of. */
  rehearse(): Outcome<null>;

  forceFallback(useFp32: boolean): Outcome<null>;
  status(): {
    mode: string;
    health: string;
    fallbackReason: string;
    fallbackAt: number;
    /** 0: never. */
    probedAt: number;
    int8Count: number;
    fp32Count: number;
    isa: string;
    /** Whether a GPU executes a part of the model; why the latest run was not left to it, or empty. */
    isAccelerated: boolean;
    accelerationError: string;
    acceleration: WebglStatus | null;
    /** Empty where the model has none. */
    int8Kernel: string;
    fp32Kernel: string;
    dotMeaning?: 'unsigned_signed' | 'signed_signed' | 'none';
    dotSpeedup?: number;
    model: ModelInfo | null;
  };
  memory(): MemoryReport;
  metrics(): NativeMetrics;
  /** What has happened since the last time, in order. */
  takeEvents(): NativeEvent[];
  /** What the latest failed INT8 run said. */
  failure(): string;
  // Faults of INT8 runs: src/engine/faults.h.
  corruptWeights(layer: string, every: number): Outcome<null>;
  skewInput(layer: string, factor: number): Outcome<null>;
  slowDown(ms: number): Outcome<null>;
  throwInKernel(runs: number): Outcome<null>;
  trapInKernel(): Outcome<null>;
  /** Runs the input row in INT8: the integers of a layer's product, as copies. */
  integersOf(layer: string): Outcome<{ codes: Uint8Array; accumulators: Int32Array; byGpu: boolean }>;
  /** Loses the WebGL context and brings it back, as far as the browser lets a page do that. */
  loseDevice(): void;
  restoreDevice(): void;
  /** What it does wrong from now on, or 'none': src/engine/device_fault.h. */
  setDeviceFault(name: string): Outcome<null>;
  // One model on two modules: src/engine/engine.h.
  useDevice(device: NativeRemoteDevice, rows: number): Outcome<null>;
  dropDevice(): void;
  measureEffort(rows: number): Outcome<{ ms: number; multiplyAdds: number }>;
  /** What executes the operators of an inference. */
  plan(isInt8: boolean): { onDevice: boolean; operators: PlannedOperator[] }[];
  quantizedNodes(): number[];
  loadQuantized(nodes: readonly number[], keepsFloats: boolean): Outcome<null>;
  /** The model in service goes on as it stood elsewhere: Standing of src/engine/supervisor.h. */
  resume(fallbackReason: string, fallbackAt: number, isWarned: boolean, isHeld: boolean): Outcome<null>;
  /** The places are those of one sample; others follow. */
  planOnDevice(samples: number): Outcome<NativePlaces>;
  runOnDevice(isInt8: boolean, samples: number): Outcome<null>;
  delete(): void;
}

export interface NativeFeatureWindow {
  push(x: number, y: number, t: number): Outcome<null>;
  /** Lets go of points that are out of the window at `now`. */
  advance(now: number): void;
  clear(): void;
  size(): number;
  /** Address of the address and the number (u32) of the points held: x, y, t (f64) in turn. */
  heldPointer(): number;
  /** Address of the 12 features (f32) that `extract` writes. */
  featuresPointer(): number;
  /** Writes the features of the window; true when it holds enough movement. */
  extract(): boolean;
  delete(): void;
}

export interface NativeModule {
  AliceQuantizationEngine: { create(): Outcome<NativeEngine> };
  FeatureWindow: { create(windowMs: number): Outcome<NativeFeatureWindow> };
  /** `points`: x, y, t in turn; the features are a copy outside the heap, as are the trajectory's points. */
  extractFeatures(points: Float64Array): Outcome<{ features: Float32Array; insufficient: boolean }>;
  /** x, y, t in turn; `split` is 'any', 'train' or 'test' (which parameter ranges). */
  generateTrajectory(behaviorClass: number, seed: number, split: string): Outcome<Float64Array>;
  /** Of the module with threads alone: `entry` of a ThreadStart. */
  threadEntry(): number;
  /** There, too: `lostFlag` of a ThreadStart. */
  threadLostFlag(): number;
  /** There, too: the thread of that number traps when it next takes part in a run. */
  trapInThread(thread: number): void;
  /** There, too: memory for what a thread has of its own. */
  makeThread(): Outcome<Pick<ThreadStart, 'stackTop' | 'locals'>>;
  HEAPF32: Float32Array;
  /** Of arguments that are none, thrown before a call. */
  BindingError: new () => Error;
  /** Answers the input row of the engine at that address; 0 when there is an error (see lastError). */
  _alice_infer(engine: number): number;
}
