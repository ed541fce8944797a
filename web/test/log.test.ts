import {
  AliceError,
  type EngineEvents,
  type LogEvents,
  type LogLevel,
  type LogRecord,
  type ModelInfo,
  type QuantizationReport,
} from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { EVENT_NAMES, EventEmitter } from '../dist/event-emitter.js';
import { Log } from '../dist/log.js';
import { failureOf } from './fixtures/failure.js';
import { outputOf } from './fixtures/node-module.js';

const report: QuantizationReport = {
  success: true,
  scheme: 'int8 symmetric per-channel',
  originalSizeBytes: 1000,
  quantizedSizeBytes: 260,
  compressionRatio: 1000 / 260,
  metrics: {
    cosineSimilarity: 0.9997,
    worstCosineSimilarity: 0.99,
    worstSample: 3,
    sqnrDb: 40,
    meanKl: 1e-5,
    accuracyDrop: 0,
    top1Agreement: 1,
    samples: 1000,
    source: 'calibration',
    quantizationLatencyMs: 4,
    inferenceLatency: { fp32Ms: 2, int8Ms: 1, speedup: 2 },
    memoryUsage: { fp32MB: 1, int8MB: 0.25, compressionRatio: 4 },
  },
  fallbackTriggered: false,
  logs: ['a line'],
  layers: [],
  search: [],
};
const info: ModelInfo = {
  name: 'net',
  opset: 17,
  inputs: [],
  outputs: [],
  parameters: 10,
  nodes: 5,
  quantizedLayers: 3,
  staticLayers: 0,
  classes: [],
};
const overflow = new AliceError('internal', 'it broke', { node: 'gemm_1' });
const fallback = (reason: EngineEvents['fallback']['reason']): EngineEvents['fallback'] => ({
  reason,
  message: 'because',
  inference: 12,
});

type Case = {
  [Name in keyof LogEvents]: [Name, LogEvents[Name], LogRecord['level'], string];
}[keyof LogEvents];
const cases: Case[] = [
  [
    'warning',
    { reason: 'similarity_low', message: 'cosine 0.96', similarity: 0.96, inference: 10 },
    'warn',
    'similarity_low: cosine 0.96',
  ],
  ['fallback', fallback('accuracy_drop'), 'warn', 'FP32 from now on, accuracy_drop: because'],
  ['fallback', fallback('runtime_error'), 'error', 'FP32 from now on, runtime_error: because'],
  ['fallback', fallback('manual_override'), 'info', 'FP32 from now on, manual_override: because'],
  [
    'probe',
    {
      inference: 30,
      compared: 10,
      passed: 9,
      streak: 4,
      needed: 10,
      lowestSimilarity: 0.9,
      recovered: false,
    },
    'debug',
    'INT8 was good enough on 9 of 10 inferences, 4 of 10 in a row',
  ],
  [
    'recovered',
    { reason: 'inference_slow', inference: 40, fp32Inferences: 20, fp32Ms: 5 },
    'info',
    'INT8 again, after inference_slow and 20 inferences in FP32',
  ],
  [
    'memory',
    { requestedBytes: 8, heldBytes: 4, heapBytes: 16, limitBytes: 10, message: '8 bytes were refused' },
    'warn',
    '8 bytes were refused',
  ],
  ['backend', { backend: 'wasm', isa: 'simd128' }, 'info', 'wasm (simd128) executes the model'],
  ['quantize', report, 'info', 'int8 symmetric per-channel, mean cosine 0.999700 over 1000 samples'],
  [
    'quantize',
    {
      ...report,
      success: false,
      fallbackTriggered: true,
      fallbackReason: 'similarity_low',
      error: { code: 'quality_similarity_low', stage: 'quality', message: 'not similar' },
    },
    'warn',
    'not similar',
  ],
  ['load', info, 'info', 'net: 5 nodes, 3 layers can run in INT8'],
  ['failure', { call: 'load', error: overflow }, 'error', 'load() failed, internal: it broke'],
  [
    'failure',
    { call: 'quantize', error: new AliceError('aborted', 'cancelled') },
    'info',
    'quantize() failed, aborted: cancelled',
  ],
];

function logTo(records: LogRecord[], logLevel?: LogLevel): Log {
  return new Log({ logSink: (record) => records.push(record), ...(logLevel && { logLevel }) });
}
const LEVELS: LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

describe('a record', () => {
  test.each(cases)('of %s says what happened', (event, payload, level, message) => {
    const records: LogRecord[] = [];
    const before = Date.now();
    logTo(records, 'debug').write(event, payload);
    expect(records).toHaveLength(1);
    const record = records[0]!;
    expect(record).toMatchObject({ event, level, message });
    expect(record.time).toBeGreaterThanOrEqual(before);
    expect(record.time).toBeLessThanOrEqual(Date.now());
    expect(record.message).not.toContain('\n');
  });

  test.each(cases)('of %s is written from its level on', (...[event, payload, level]) => {
    const written = LEVELS.filter((each) => {
      const records: LogRecord[] = [];
      logTo(records, each).write(event, payload);
      return records.length > 0;
    });
    expect(written).toEqual(LEVELS.slice(LEVELS.indexOf(level)));
  });

  test('carries the figures, and JSON keeps them, errors too', () => {
    const records: LogRecord[] = [];
    const log = logTo(records, 'debug');
    log.write('fallback', { ...fallback('runtime_error'), error: overflow });
    expect(JSON.parse(JSON.stringify(records[0]!.data))).toEqual({
      reason: 'runtime_error',
      message: 'because',
      inference: 12,
      error: { name: 'AliceError', code: 'internal', stage: 'internal', message: 'it broke', node: 'gemm_1' },
    });
  });

  test('of quantize leaves out what is long: layers, search and bytes', () => {
    const records: LogRecord[] = [];
    const result = { ...report, int8Model: new Uint8Array(3), fallbackReason: 'quant_timeout' } as const;
    logTo(records, 'info').write('quantize', result);
    expect(records[0]!.data).toEqual({
      success: true,
      scheme: report.scheme,
      originalSizeBytes: 1000,
      quantizedSizeBytes: 260,
      fallbackReason: 'quant_timeout',
      metrics: report.metrics,
      logs: ['a line'],
    });
  });
});

describe('the level', () => {
  test('is silent by default', () => {
    const records: LogRecord[] = [];
    const log = logTo(records);
    for (const [event, payload] of cases) log.write(event, payload);
    expect(records).toEqual([]);
  });

  test('that lets a record not through costs not even a look at its payload', () => {
    const untouchable = new Proxy({} as EngineEvents['probe'], {
      get: (_, name) => {
        throw new Error(`${String(name)} was read`);
      },
    });
    const records: LogRecord[] = [];
    logTo(records, 'info').write('probe', untouchable);
    expect(records).toEqual([]);
  });

  test.each([
    ['silent', []],
    ['error', ['fallback']],
    ['warn', ['warning', 'fallback', 'memory']],
    ['info', ['warning', 'fallback', 'recovered', 'memory', 'backend']],
    ['debug', EVENT_NAMES],
  ] as const)('%s listens to what it can let through', (level, names) => {
    const events = new EventEmitter<EngineEvents>(EVENT_NAMES);
    logTo([], level).follow(events);
    expect(EVENT_NAMES.filter((name) => events.has(name))).toEqual(names);
  });

  test.each([[{ logLevel: 'loud' }], [{ logLevel: 3 }], [{ logSink: 'console' }]])(
    '%j is refused, naming option and value',
    async (options) => {
      const failure = await failureOf(() => new Log(options as never));
      expect(failure.code).toBe('config_invalid');
      const [[option, value]] = Object.entries(options) as [[string, unknown]];
      expect(failure.message).toContain(option);
      expect(failure.message).toContain(JSON.stringify(value));
      if (option === 'logLevel') expect(failure.hint).toBe('Allowed: silent, error, warn, info, debug.');
    },
  );
});

test('the events of an engine become records', () => {
  const events = new EventEmitter<EngineEvents>(EVENT_NAMES);
  const records: LogRecord[] = [];
  logTo(records, 'warn').follow(events);
  events.emit('fallback', fallback('accuracy_drop'));
  events.emit('fallback', fallback('manual_override'));
  events.emit('backend', { backend: 'wasm', isa: 'simd128' });
  expect(records.map(({ event, data }) => [event, data])).toEqual([['fallback', fallback('accuracy_drop')]]);
});

describe('the sink', () => {
  test('is by default the console, by the method of the level', () => {
    const lines = outputOf(`
      import { Log } from 'dist/log.js';
      for (const level of ['error', 'warn', 'info', 'debug'])
        console[level] = (...args) => console.log(JSON.stringify([level, ...args]));
      const log = new Log({ logLevel: 'debug' });
      log.write('backend', { backend: 'wasm', isa: 'simd128' });
      log.write('memory', { message: 'refused', requestedBytes: 8 });`);
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      ['info', 'alice backend: wasm (simd128) executes the model', { backend: 'wasm', isa: 'simd128' }],
      ['warn', 'alice memory: refused', { message: 'refused', requestedBytes: 8 }],
    ]);
  });

  test('that throws disturbs nothing, and is an uncaught error afterwards', () => {
    const output = outputOf(`
      import { Log } from 'dist/log.js';
      const heard = [];
      process.on('uncaughtException', ({ message }) => heard.push(message));
      const log = new Log({ logLevel: 'debug', logSink: () => { throw new Error('from the sink'); } });
      log.write('backend', { backend: 'wasm', isa: 'simd128' });
      heard.push('written');
      setTimeout(() => console.log(JSON.stringify(heard)));`);
    expect(JSON.parse(output)).toEqual(['written', 'from the sink']);
  });
});
