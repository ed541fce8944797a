import type { CalibrationRows } from './calibration.js';
import { AliceError, valueOf } from './errors.js';
import { yieldToEventLoop } from './event-loop.js';
import type { NativeEngine, NativeQuantizationResult } from './native.js';
import { checkedShapes, describe, shapesFor, stageDeclared, stageModel, type Shapes } from './stage-model.js';
import { checkFeeds } from './tensors.js';
import type { Progress, QuantizeOptions, TensorInfo } from './types.js';

/** How many samples are compared at first between two looks at the clock, and at most. */
const FIRST_STEP_ROWS = 8;
const MAX_STEP_ROWS = 256;
/** How long the page is kept waiting at a stretch; less where somebody watches. */
const SLICE_MS = 8;
const WATCHED_SLICE_MS = 4;

/**
 * Stages a model and what it is calibrated with. Where feeds are, and the model leaves sizes open that must be known, it gets
 * those of the first.
 *
 * @returns The shapes that it got, and then its inputs as it declares them.
 */
function stageAll(
  native: NativeEngine,
  model: Uint8Array,
  calibration: CalibrationRows | undefined,
  given: Shapes | undefined,
): { declared: readonly TensorInfo[] | undefined; shapes: Shapes | undefined } {
  let shapes = given;
  let declared = stageDeclared(native, model, given);
  if (calibration?.feeds) {
    const { first, prepare } = calibration.feeds;
    let inputs = native.stagedInputs();
    const isOpen = () => inputs.error?.code === 'shape_unresolved';
    if (isOpen() && !given) {
      declared = describe(native, model).inputs;
      checkFeeds(first, declared);
      for (const candidate of shapesFor(declared, first)) {
        if (!isOpen()) break;
        shapes = candidate;
        stageModel(native, model, candidate);
        inputs = native.stagedInputs();
      }
    }
    prepare(valueOf(inputs));
  }
  if (calibration) {
    const { rows, labels } = valueOf(native.stageCalibration(calibration.count, calibration.width));
    calibration.fill(rows, labels);
  }
  return { declared, shapes };
}

export interface QuantizeHooks {
  /** Asked after each slice: the engine may be gone. */
  isDisposed: () => boolean;
  /** Told as soon as the new model is in service, before anybody else hears of it, with its inputs and the shapes they got. */
  adopt: (
    result: NativeQuantizationResult,
    declared: readonly TensorInfo[],
    shapes: Shapes | undefined,
  ) => void;
}

/**
 * One `quantize` from bytes to the model in service, in slices between which the page lives. Time that the page takes for
 * itself does not count against `maxLatencyMs`.
 */
export async function runQuantize(
  native: NativeEngine,
  model: Uint8Array,
  calibration: CalibrationRows | undefined,
  { signal, onProgress, ...options }: QuantizeOptions,
  { isDisposed, adopt }: QuantizeHooks,
): Promise<NativeQuantizationResult> {
  const isWatched = Boolean(signal ?? onProgress);
  const sliceMs = isWatched ? WATCHED_SLICE_MS : SLICE_MS;
  let startedAt = performance.now();

  const giveWay = async () => {
    const leftAt = performance.now();
    await yieldToEventLoop();
    startedAt += performance.now() - leftAt;
    if (isDisposed()) throw new AliceError('disposed', 'The engine was disposed of while quantize() ran.');
    throwIfAborted(signal);
  };

  throwIfAborted(signal);
  try {
    const { declared, shapes } = stageAll(native, model, calibration, checkedShapes(options));
    let { total } = valueOf(native.beginQuantize(calibration?.behaviorSet ?? false));
    onProgress?.({ stage: 'parse', done: 0, total });
    if (isWatched) await giveWay();

    let stepRows = FIRST_STEP_ROWS;
    let stage: Progress['stage'] = 'done';
    for (let done = 0; done < total;) {
      let now = performance.now();
      const sliceEnd = now + sliceMs;
      do {
        const stepStart = now;
        ({ done, total, stage } = valueOf(native.stepQuantize(stepRows)));
        now = performance.now();
        const isQuick = now - stepStart < sliceMs / 8;
        stepRows = isQuick ? Math.min(stepRows * 2, MAX_STEP_ROWS) : Math.max(1, stepRows >> 1);
      } while (done < total && now < sliceEnd);
      onProgress?.({ stage: stage === 'done' ? 'verify' : stage, done, total });
      if (isWatched || done < total) await giveWay();
    }
    const result = valueOf(native.finishQuantize(performance.now() - startedAt));
    adopt(result, declared ?? native.tensorLayouts().inputs, shapes);
    onProgress?.({ stage: 'done', done: total, total });
    return result;
  } catch (error) {
    if (!isDisposed()) native.cancelQuantize();
    throw error;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new AliceError('aborted', 'quantize() was cancelled; the engine keeps the model it had.', {
    cause: signal.reason,
  });
}
