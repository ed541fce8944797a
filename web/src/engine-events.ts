import { AliceError } from './errors.js';
import type { EventEmitter } from './event-emitter.js';
import { FALLBACK_REASONS, type FallbackReason, type QuantizationConfig } from './generated/lists.js';
import type { EngineEvents } from './metrics-types.js';
import type { NativeEngine, NativeEvent } from './native.js';

const round = (value: number) => Number(value.toPrecision(4));

const percent = (share: number) => `${round(share * 100)} %`;

/** Why, with the figures; undefined where these are not known. */
type Message = (event: NativeEvent, config: QuantizationConfig, native: NativeEngine) => string | undefined;

const MESSAGES: Partial<Record<FallbackReason, Message>> = {
  similarity_low({ similarity }, config) {
    if (Number.isNaN(similarity)) return undefined;
    const threshold = similarity < config.fallbackThreshold ? 'fallbackThreshold' : 'similarityThreshold';
    return `similarity ${round(similarity)} is below ${threshold} ${config[threshold]}`;
  },
  accuracy_drop({ kind, top1Disagreement }, config) {
    if (Number.isNaN(top1Disagreement)) return undefined;
    const limit = kind === 'warning' ? 'warnAccuracyDrop' : 'maxAccuracyDrop';
    return `top-1 loss ${percent(top1Disagreement)} is above ${limit} ${percent(config[limit])}`;
  },
  quant_timeout: ({ latencyMs }, { maxLatencyMs }) =>
    `quantize() took ${round(latencyMs)} ms, above maxLatencyMs ${maxLatencyMs}`,
  inference_slow: ({ latencyMs }, { maxInferenceMs }) =>
    `three inferences in a row, the last of ${round(latencyMs)} ms, are above maxInferenceMs ${maxInferenceMs}`,
  memory_pressure({ heldBytes, limitBytes }) {
    if (heldBytes <= limitBytes) return undefined;
    return `${heldBytes} bytes are held, above maxMemoryMB ${limitBytes / 2 ** 20}`;
  },
  runtime_error: (_, __, native) => `an INT8 inference failed: ${native.failure()}`,
};

function describe(event: NativeEvent, config: QuantizationConfig, native: NativeEngine): string {
  const reason = event.reason as FallbackReason;
  return MESSAGES[reason]?.(event, config, native) ?? FALLBACK_REASONS[reason];
}

/** The figures that are known. */
function known<Name extends string>(figures: Record<Name, number>): Partial<Record<Name, number>> {
  const entries = Object.entries<number>(figures).filter(([, value]) => !Number.isNaN(value));
  return Object.fromEntries(entries) as Partial<Record<Name, number>>;
}

function tellEvent(
  event: ToldEvent,
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
        message: describe(event, config, native),
        inference,
        ...known({ similarity, top1Disagreement }),
      });
      break;
    case 'fallback':
      emitter.emit(kind, {
        reason,
        message: describe(event, config, native),
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
    case 'backend': {
      const { isa, accelerationError } = native.status();
      const isBack = event.recovers;
      emitter.emit(kind, {
        backend: isBack ? 'webgl' : 'wasm',
        isa,
        ...(!isBack && accelerationError && { reason: accelerationError }),
      });
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

/** What is told, and not only kept. */
type ToldEvent = NativeEvent & { kind: Exclude<NativeEvent['kind'], 'calm'> };
const isTold = (event: NativeEvent): event is ToldEvent => event.kind !== 'calm';

const isUsers = ({ reason }: NativeEvent) => (reason as FallbackReason) === 'manual_override';

/** Tells those who listen what happens to an engine: everything in order to everybody, also where a listener causes more. */
export class EventTeller {
  readonly #native: NativeEngine;
  readonly #config: QuantizationConfig;
  readonly #emitter: EventEmitter<EngineEvents>;
  // What has happened and has not been told yet, while a call goes on or listeners are told of something earlier.
  #untold: ToldEvent[] = [];
  #isTellingLater = false;
  readonly #onDevice: () => void;
  #fallbackReason = '';
  #fallbackAt = 0;
  #isWarned = false;
  #isSilent = false;

  /** @param onDevice Told when the GPU has stopped answering, or does again, and that is told. */
  constructor(
    native: NativeEngine,
    config: QuantizationConfig,
    emitter: EventEmitter<EngineEvents>,
    onDevice: () => void,
  ) {
    this.#native = native;
    this.#config = config;
    this.#emitter = emitter;
    this.#onDevice = onDevice;
  }

  /** Why FP32 answers, or would if the user did not say so; empty where INT8 is to. */
  get fallbackReason(): string {
    return this.#fallbackReason;
  }

  /** When the latest fallback began, in ms since 1970; 0 where there was none. */
  get fallbackAt(): number {
    return this.#fallbackAt;
  }

  /** Whether INT8 answers and there is something to warn of. */
  get isWarned(): boolean {
    return this.#isWarned;
  }

  /** Another model is in service, with that reason. */
  modelChanged(fallbackReason: string): void {
    const { fallbackAt, health } = this.#native.status();
    this.#fallbackReason = fallbackReason;
    this.#fallbackAt = fallbackAt;
    this.#isWarned = health === 'warning';
  }

  /** Tells what has happened, now or as soon as it is time. */
  tell(): void {
    if (this.#isSilent) return;
    for (const event of this.#native.takeEvents()) {
      if (isTold(event)) this.#untold.push(event);
      this.#keep(event);
    }
    if (this.#isTellingLater) return;
    this.#isTellingLater = true;
    try {
      for (let event; !this.#isSilent && (event = this.#untold.shift());) {
        tellEvent(event, this.#native, this.#config, this.#emitter);
        if (event.kind === 'backend') this.#onDevice();
      }
    } finally {
      this.#isTellingLater = false;
    }
  }

  /** Keeps what an engine in another instance would go on with. */
  #keep(event: NativeEvent): void {
    switch (event.kind) {
      case 'fallback':
        if (!isUsers(event)) this.#fallbackReason = event.reason;
        this.#fallbackAt = this.#native.status().fallbackAt;
        this.#isWarned = false;
        break;
      case 'recovered':
        this.#fallbackReason = '';
        this.#isWarned = false;
        break;
      case 'warning':
        this.#isWarned = true;
        break;
      case 'calm':
        this.#isWarned = false;
        break;
      case 'probe':
      case 'memory':
      case 'backend':
        break;
    }
  }

  /** Tells what happens during the call when it is over: listeners may do anything with the engine. */
  tellAfter<T>(call: () => T): T {
    const wasTellingLater = this.#isTellingLater;
    this.#isTellingLater = true;
    try {
      return call();
    } finally {
      this.#isTellingLater = wasTellingLater;
      this.tell();
    }
  }

  /** Tells nothing any more: the engine is gone. */
  silence(): void {
    this.#isSilent = true;
  }
}
