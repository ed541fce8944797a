import { AliceError } from './errors.js';
import { EVENT_NAMES, type EventEmitter } from './event-emitter.js';
import type { EngineEvents } from './metrics-types.js';
import { throwLater } from './throw-later.js';
import type { ModelInfo, QuantizationReport } from './types.js';

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** How much is logged: each level holds those before it. */
export type LogLevel = (typeof LEVELS)[number];

export interface LogRecord {
  /** In ms since 1970. */
  time: number;
  level: Exclude<LogLevel, 'silent'>;
  /** An event's name; `quantize` and `load` for those that ended well, `failure` for those that did not. */
  event: keyof LogEvents;
  /** One line for people. */
  message: string;
  /** The figures: `JSON.stringify` keeps them. */
  data: object;
}

/** Where records go. What it throws is reported as uncaught, and disturbs nothing. */
export type LogSink = (record: LogRecord) => void;

export interface LogOptions {
  /**
   * Least severe level that is logged.
   *
   * @defaultValue 'silent'
   */
  logLevel?: LogLevel;
  /** By default the console: the method that is named as the level. */
  logSink?: LogSink;
}

/** Everything that can be logged, with what is known of it. */
export interface LogEvents extends EngineEvents {
  quantize: QuantizationReport;
  load: ModelInfo;
  failure: { call: 'quantize' | 'load'; error: AliceError };
}

type Level = LogRecord['level'];
interface Entry<Payload> {
  level: Level | ((payload: Payload) => Level);
  message: (payload: Payload) => string;
  /** The record's data, where it is not the payload. */
  data?: (payload: Payload) => object;
}

const FALLBACK_LEVELS: Partial<Record<string, Level>> = { runtime_error: 'error', manual_override: 'info' };

const ENTRIES: { readonly [Name in keyof LogEvents]: Entry<LogEvents[Name]> } = {
  warning: { level: 'warn', message: ({ reason, message }) => `${reason}: ${message}` },
  fallback: {
    level: ({ reason }) => FALLBACK_LEVELS[reason] ?? 'warn',
    message: ({ reason, message }) => `FP32 from now on, ${reason}: ${message}`,
  },
  probe: {
    level: 'debug',
    message: ({ compared, passed, streak, needed }) =>
      `INT8 was good enough on ${passed} of ${compared} inferences, ${streak} of ${needed} in a row`,
  },
  recovered: {
    level: 'info',
    message: ({ reason, fp32Inferences }) =>
      `INT8 again, after ${reason} and ${fp32Inferences} inferences in FP32`,
  },
  memory: { level: 'warn', message: ({ message }) => message },
  backend: {
    level: 'info',
    message: ({ backend, isa, reason }) =>
      `${backend} (${isa}) executes the model${reason ? `: ${reason}` : ''}`,
  },
  quantize: {
    level: ({ success }) => (success ? 'info' : 'warn'),
    message: ({ scheme, metrics, error }) =>
      error?.message ??
      `${scheme}, mean cosine ${metrics.cosineSimilarity.toFixed(6)} over ${metrics.samples} samples`,
    data: ({
      success,
      scheme,
      originalSizeBytes,
      quantizedSizeBytes,
      fallbackReason,
      error,
      metrics,
      logs,
    }) => ({
      success,
      scheme,
      originalSizeBytes,
      quantizedSizeBytes,
      ...(fallbackReason && { fallbackReason }),
      ...(error && { error }),
      metrics,
      logs,
    }),
  },
  load: {
    level: 'info',
    message: ({ name, nodes, quantizedLayers }) =>
      `${name || 'a model without a name'}: ${nodes} nodes, ${quantizedLayers} layers can run in INT8`,
  },
  failure: {
    level: ({ error }) => (error.code === 'aborted' ? 'info' : 'error'),
    message: ({ call, error }) => `${call}() failed, ${error.code}: ${error.message}`,
  },
};

const writeToConsole: LogSink = ({ level, event, message, data }) =>
  console[level](`alice ${event}: ${message}`, data);

/** Writes what happens, as far as the level lets it, to the sink. */
export class Log {
  readonly #severity: number;
  readonly #sink: LogSink;

  /** @throws AliceError `config_invalid`, naming the option, the value and what is allowed. */
  constructor({ logLevel = 'silent', logSink = writeToConsole }: LogOptions = {}) {
    if (!LEVELS.includes(logLevel)) {
      throw new AliceError('config_invalid', `logLevel: ${JSON.stringify(logLevel)} is no level.`, {
        hint: `Allowed: ${LEVELS.join(', ')}.`,
      });
    }
    if (typeof logSink !== 'function') {
      throw new AliceError('config_invalid', `logSink: ${JSON.stringify(logSink)} is no function.`);
    }
    this.#severity = LEVELS.indexOf(logLevel);
    this.#sink = logSink;
  }

  /** Writes every event that the level can ever let through; the others get no listener. */
  follow(events: EventEmitter<EngineEvents>): void {
    for (const name of EVENT_NAMES) {
      const { level } = ENTRIES[name];
      if (this.#lets(typeof level === 'string' ? level : 'error')) {
        events.on(name, (payload) => this.write(name, payload));
      }
    }
  }

  write<Name extends keyof LogEvents>(event: Name, payload: LogEvents[Name]): void {
    const { level: levelOf, message, data }: Entry<LogEvents[Name]> = ENTRIES[event];
    const level = typeof levelOf === 'string' ? levelOf : levelOf(payload);
    if (!this.#lets(level)) return;
    try {
      this.#sink({
        time: Date.now(),
        level,
        event,
        message: message(payload),
        data: data ? data(payload) : payload,
      });
    } catch (error) {
      throwLater(error);
    }
  }

  #lets(level: Level): boolean {
    return LEVELS.indexOf(level) <= this.#severity;
  }
}
