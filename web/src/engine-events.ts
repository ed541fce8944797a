import { AliceError } from './errors.js';
import type { EventEmitter } from './event-emitter.js';
import { FALLBACK_REASONS, type FallbackReason, type QuantizationConfig } from './generated/lists.js';
import type { EngineEvents } from './metrics-types.js';
import type { NativeEngine, NativeEvent } from './native.js';

const round = (value: number) => Number(value.toPrecision(4));

/** Why, with the figures; without them where they are not known. */
function describe(
  reason: FallbackReason,
  event: NativeEvent,
  native: NativeEngine,
  config: QuantizationConfig,
): string {
  if (reason === 'runtime_error') return `an INT8 inference failed: ${native.failure()}`;
  const { similarity, top1Disagreement, latencyMs, heldBytes, limitBytes } = event;
  const isWarning = event.kind === 'warning';
  const said: Partial<Record<FallbackReason, [number, () => string]>> = {
    similarity_low: [
      similarity,
      () => {
        const isLow = similarity < config.fallbackThreshold;
        const threshold = isLow ? 'fallbackThreshold' : 'similarityThreshold';
        return `similarity ${round(similarity)} is below ${threshold} ${config[threshold]}`;
      },
    ],
    accuracy_drop: [
      top1Disagreement,
      () => {
        const limit = isWarning ? 'warnAccuracyDrop' : 'maxAccuracyDrop';
        return `INT8 names another class than FP32 in ${round(top1Disagreement * 100)} %, above ${limit} ${config[limit]}`;
      },
    ],
    quant_timeout: [
      latencyMs,
      () => `quantize() took ${round(latencyMs)} ms, above maxLatencyMs ${config.maxLatencyMs}`,
    ],
    inference_slow: [
      latencyMs,
      () =>
        `three inferences in a row, the last of ${round(latencyMs)} ms, are above maxInferenceMs ${config.maxInferenceMs}`,
    ],
    memory_pressure: [
      heldBytes > limitBytes ? heldBytes : NaN,
      () => `${heldBytes} bytes are held, above maxMemoryMB ${limitBytes / 2 ** 20}`,
    ],
  };
  const [figure, text] = said[reason] ?? [NaN, () => ''];
  return Number.isNaN(figure) ? FALLBACK_REASONS[reason] : text();
}

/** The figures that are known. */
function known<Name extends string>(figures: Record<Name, number>): Partial<Record<Name, number>> {
  const entries = Object.entries<number>(figures).filter(([, value]) => !Number.isNaN(value));
  return Object.fromEntries(entries) as Partial<Record<Name, number>>;
}

/** Tells an event to those who listen for it. */
export function tellEvent(
  event: NativeEvent,
  native: NativeEngine,
  config: QuantizationConfig,
  emitter: EventEmitter<EngineEvents>,
): void {
  const { kind, inference, similarity, top1Disagreement, latencyMs, heldBytes, limitBytes } = event;
  if (!emitter.has(kind)) return;
  const reason = event.reason as FallbackReason;
  switch (kind) {
    case 'warning':
      emitter.emit(kind, {
        reason,
        message: describe(reason, event, native, config),
        inference,
        ...known({ similarity }),
      });
      break;
    case 'fallback':
      emitter.emit(kind, {
        reason,
        message: describe(reason, event, native, config),
        inference,
        ...known({ similarity, top1Disagreement, latencyMs }),
        heldBytes,
        limitBytes,
        ...(reason === 'runtime_error' && { error: new AliceError('inference_failed', native.failure()) }),
      });
      break;
    case 'probe': {
      const { compared, passed, streak, lowestSimilarity, recovers } = event;
      const needed = config.recoveryStreak;
      emitter.emit(kind, {
        inference,
        compared,
        passed,
        streak,
        needed,
        lowestSimilarity,
        recovered: recovers,
      });
      break;
    }
    case 'recovered': {
      const { fp32Inferences, fp32Ms } = event;
      emitter.emit(kind, { reason, inference, fp32Inferences, fp32Ms });
      break;
    }
    case 'memory': {
      const { requestedBytes } = event;
      const { heapBytes } = native.memory();
      const message = `${requestedBytes} bytes were refused: ${heldBytes} of ${limitBytes} bytes are held, and the heap has ${heapBytes}`;
      emitter.emit(kind, { requestedBytes, heldBytes, heapBytes, limitBytes, message });
      break;
    }
  }
}
