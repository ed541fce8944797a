// What a page sees of an engine that watches itself: events and their listeners, figures, logs, options, batches.
import {
  AliceQuantizationEngine,
  createEngine,
  toOpenTelemetry,
  toPrometheus,
  type EngineOptions,
  type EngineEvent,
  type LogLevel,
  type LogRecord,
} from 'alice-quant';
import {
  corruptWeights,
  layersOf,
  shrinkBudget,
  skewActivations,
  slowDown,
  throwInKernel,
} from 'alice-quant/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { classifier, concatenated, standardDataset } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { linearModel } from './fixtures/onnx-builder.js';
import { checkOtlpMetrics } from './fixtures/otlp.js';
import { readPrometheusText } from './fixtures/prometheus-text.js';
import { Watched } from './fixtures/watched.js';

const dataset = standardDataset();
const model = classifier('behavior-classifier');
const watched = (options?: EngineOptions) => Watched.quantized(model, dataset, options);
const f = (times: number) => 'f'.repeat(times);
const int8 = (times: number) => '8'.repeat(times);

describe('listeners', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('may come before initialize(), which tells what executes the model', async () => {
    const engine = new AliceQuantizationEngine();
    const told: unknown[] = [];
    engine.on('backend', (backend) => told.push(backend));
    expect(told).toEqual([]);
    await engine.initialize();
    expect(told).toEqual([{ backend: 'wasm', isa: 'simd128' }]);
    engine.dispose();
  });

  test('are told by name, until they unsubscribe', async () => {
    const { engine } = await watched();
    const told: string[] = [];
    const stop = engine.on('fallback', ({ reason }) => told.push(reason));
    engine.on('recovered', ({ reason }) => told.push(`over: ${reason}`));
    engine.forceFallback(true);
    engine.forceFallback(false);
    stop();
    stop();
    engine.forceFallback(true);
    engine.forceFallback(false);
    expect(told).toEqual(['manual_override', 'over: manual_override', 'over: manual_override']);
    const failure = await failureOf(() => engine.on('recovery' as EngineEvent, () => {}));
    expect(failure).toMatchObject({ code: 'argument_invalid' });
    expect(failure.message).toContain('recovery');
    engine.dispose();
    engine.on('fallback', () => {});
  });

  test('that throw disturb neither the inference nor each other', async () => {
    const uncaught: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => uncaught.push(error));
    const it = await watched();
    const told: string[] = [];
    it.engine.on('fallback', () => {
      throw new Error('no');
    });
    it.engine.on('fallback', ({ reason }) => told.push(reason));
    throwInKernel(it.engine);
    expect(it.ask(12)).toBe(f(11) + int8(1));
    expect(await it.askBatch(20)).toBe(int8(20));
    expect(told).toEqual(['runtime_error']);
    expect(uncaught).toEqual([new Error('no')]);
    it.engine.dispose();
  });

  test('that ask for inferences get them, and everybody hears what happens in order', async () => {
    const it = await watched();
    const heard: string[] = [];
    let asked = '';
    it.engine.on('probe', () => {
      // The probe that brings INT8 back: this inference fails in INT8, and is told after the recovery.
      throwInKernel(it.engine);
      asked += it.ask(1);
    });
    for (const event of ['fallback', 'probe', 'recovered'] as const) {
      it.engine.on(event, ({ inference }) => heard.push(`${event} ${inference}`));
    }
    throwInKernel(it.engine);
    expect(it.ask(11)).toBe(f(11));
    expect(asked).toBe(f(1));
    expect(heard).toEqual(['fallback 1', 'probe 11', 'recovered 11', 'fallback 12']);
    it.engine.dispose();
  });

  test.each<[string, (it: Watched) => unknown]>([
    ['asks for a batch', (it) => it.askBatch(50)],
    ['asks for an inference', (it) => it.ask(1)],
    ['loads another model', ({ engine }) => engine.load(linearModel(5, 2))],
    ['quantizes', ({ engine }) => engine.quantize(model, dataset)],
    ['disposes of the engine', ({ engine }) => engine.dispose()],
  ])('that %s within a batch leaves the batch its answers', async (_, act) => {
    // Each fallback and each probe is an event: more than may wait at once.
    const options = { monitorInterval: 1, recoveryCheckInterval: 1, recoveryStreak: 1 };
    for (const maxMemoryMB of [50, 1]) {
      const it = await watched({ ...options, maxMemoryMB });
      corruptWeights(it.engine, { every: 1 });
      const acted: unknown[] = [];
      const stop = it.engine.on('probe', () => {
        stop();
        acted.push(act(it));
      });
      const rows = maxMemoryMB === 1 ? 12_000 : 500;
      const batch = await it.askBatch(rows);
      expect(batch).toMatch(/^[8xf]+$/);
      expect(batch.length).toBe(rows);
      expect(acted).toHaveLength(1);
      await acted[0];
      it.engine.dispose();
    }
  });

  test('that dispose of the engine hear nothing more of it', async () => {
    const it = await watched();
    const heard: string[] = [];
    it.engine.on('probe', () => it.engine.dispose());
    it.engine.on('recovered', () => heard.push('recovered'));
    throwInKernel(it.engine);
    expect(it.ask(11)).toBe(f(11));
    expect(heard).toEqual([]);
    expect((await failureOf(() => it.engine.inferSync(it.rows[0]!))).code).toBe('disposed');
  });
});

test('the figures of a real engine are an exposition for Prometheus and a request of OTLP', async () => {
  const it = await watched();
  const repair = corruptWeights(it.engine);
  it.ask(15);
  repair();
  it.ask(25);
  const metrics = it.engine.getMetrics();
  expect(JSON.parse(JSON.stringify(metrics))).toMatchObject({ inferences: { int8: 29, fp32: 11 } });
  const families = readPrometheusText(toPrometheus(metrics, { labels: { page: 'test' } }));
  const value = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)!
      .samples.find((sample) => Object.entries(labels).every(([k, v]) => sample.labels[k] === v))?.value;
  expect(value('alice_inferences_total', { precision: 'int8' })).toBe(29);
  expect(value('alice_inferences_total', { precision: 'fp32' })).toBe(11);
  expect(value('alice_fallbacks_total', { reason: 'similarity_low' })).toBe(1);
  expect(value('alice_fallbacks_total', { reason: 'runtime_error' })).toBe(0);
  expect(value('alice_recoveries_total')).toBe(1);
  const request = toOpenTelemetry(metrics, { resource: { 'service.name': 'test' } });
  checkOtlpMetrics(request);
  checkOtlpMetrics(JSON.parse(JSON.stringify(request)));
  it.engine.dispose();
});

describe('the log of a run', () => {
  const recordsOf = async (logLevel: LogLevel) => {
    const records: LogRecord[] = [];
    const it = await watched({ logLevel, logSink: (record) => records.push(record), maxMemoryMB: 2 });
    throwInKernel(it.engine);
    it.ask(11);
    corruptWeights(it.engine);
    it.ask(10);
    it.engine.forceFallback(true);
    await failureOf(() => it.engine.load(new Uint8Array(3)));
    await failureOf(() => it.engine.load(linearModel(1000, 1000)));
    await it.engine.load(linearModel(4, 3));
    it.engine.dispose();
    for (const { time, message, data } of records) {
      expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
      expect(message).toMatch(/\S/);
      expect(JSON.parse(JSON.stringify(data))).toBeTypeOf('object');
    }
    return records.map(({ level, event }) => `${level} ${event}`);
  };
  const all = [
    'info backend',
    'info quantize',
    'error fallback',
    'debug probe',
    'info recovered',
    'warn fallback',
    'info fallback',
    'error failure',
    'error failure',
    'warn memory',
    'info load',
  ];

  test.each<[LogLevel, string]>([
    ['silent', ''],
    ['error', 'error'],
    ['warn', 'error warn'],
    ['info', 'error warn info'],
    ['debug', 'error warn info debug'],
  ])('at level %s', async (level, passing) => {
    const levels = passing.split(' ');
    expect(await recordsOf(level)).toEqual(all.filter((record) => levels.includes(record.split(' ')[0]!)));
  });
});

test('a batch tells everything, however much happens in it', async () => {
  const it = await watched({ recoveryCheckInterval: 1, recoveryStreak: 1 });
  for (let runs = 55; runs < 70; ++runs) {
    it.events.length = 0;
    throwInKernel(it.engine, runs);
    expect(await it.askBatch(100)).toBe(f(runs + 1) + int8(99 - runs));
    const [fallback, ...probes] = it.events;
    const recovered = probes.pop();
    expect([fallback?.event, recovered?.event]).toEqual(['fallback', 'recovered']);
    expect(probes.map(({ event }) => event)).toEqual(Array.from({ length: runs }, () => 'probe'));
  }
  it.engine.dispose();
});

describe('a batch that the budget refuses', () => {
  test('is answered in pieces, each row as inferSync answers it', async () => {
    const it = await watched({ maxMemoryMB: 2 });
    const count = 60_000;
    const rows = Array.from({ length: count }, (_, i) => it.rows[i % it.rows.length]!);
    const results = await it.engine.inferBatch(concatenated(rows), count);
    // The refusal is a fallback; the first probe ends it.
    expect(results.map((result, i) => it.letter(result, i)).join('') === f(10) + int8(count - 10)).toBe(true);
    const monitored = results.flatMap(({ similarity }, i) => (similarity === undefined ? [] : [i]));
    expect(monitored).toEqual(Array.from({ length: count / 10 - 1 }, (_, i) => 19 + 10 * i));
    expect(it.told('memory')).toHaveLength(1);
    expect(it.told('fallback')).toEqual([
      expect.objectContaining({ reason: 'memory_pressure', inference: 0 }),
    ]);
    expect(it.counts()).toMatchObject({ int8: count - 10, fp32: 10, refusals: 1, recoveries: 1 });
    it.engine.dispose();
  });

  test('even in pieces is answered row by row, after two refusals', async () => {
    const width = 600;
    const engine = await createEngine({ maxLatencyMs: Infinity, fallbackThreshold: 0, maxAccuracyDrop: 1 });
    const rows = Array.from({ length: 100 }, (_, k) =>
      Float32Array.from({ length: width }, (_, i) => Math.cos(i + 99 * k)),
    );
    await engine.quantize(linearModel(width, width), rows);
    const told: string[] = [];
    for (const event of ['memory', 'fallback', 'recovered'] as const)
      engine.on(event, () => told.push(event));
    const widen = shrinkBudget(engine, 1);
    const results = await engine.inferBatch(concatenated(rows), rows.length);
    expect(told).toEqual(['memory', 'fallback', 'memory']);
    expect(engine.getMetrics().memory.refusals).toBe(2);
    widen();
    for (const [i, row] of rows.entries()) {
      const { fp32 } = await engine.compare(row);
      expect(results[i]).toMatchObject({ mode: 'fp32', probabilities: fp32.probabilities });
    }
    engine.dispose();
  });

  test('is refused as a whole for a value that is not finite, also in its last piece', async () => {
    const it = await watched({ maxMemoryMB: 2 });
    const values = new Float32Array(60_000 * 12);
    values[values.length - 3] = NaN;
    const failure = await failureOf(() => it.engine.inferBatch(values, 60_000));
    expect(failure).toMatchObject({ code: 'input_not_finite' });
    expect(failure.message).toContain(String(values.length - 3));
    expect(it.counts()).toMatchObject({ int8: 0, fp32: 0, refusals: 1 });
    it.engine.dispose();
  });
});

describe('options', () => {
  test('enableAutoFallback false: INT8 goes on and warns, and what fails is answered by FP32', async () => {
    const it = await watched({ enableAutoFallback: false, monitorInterval: 1 });
    throwInKernel(it.engine);
    expect(it.ask(3)).toBe(f(1) + int8(2));
    const repair = corruptWeights(it.engine);
    expect(it.ask(50)).toMatch(/^(?=.*x)[8x]{50}$/);
    repair();
    expect(it.ask(10)).toBe(int8(10));
    expect(it.events).toEqual([
      expect.objectContaining({ event: 'warning', reason: 'runtime_error', inference: 1 }),
    ]);
    expect(it.engine.getStatus()).toMatchObject({
      mode: 'int8',
      health: 'warning',
      fallbackTriggered: false,
    });
    expect(it.counts()).toMatchObject({ int8: 62, fp32: 1, monitored: 62, warnings: 1, fallbacks: {} });
    it.engine.forceFallback(true);
    expect(it.ask(3)).toBe(f(3));
    it.engine.dispose();
  });

  test('monitorInterval 0: nobody looks at INT8, but what fails is answered, and comes back by probes', async () => {
    const it = await watched({ monitorInterval: 0 });
    const repair = corruptWeights(it.engine);
    expect(it.ask(100)).toMatch(/^(?=.*x)[8x]{100}$/);
    expect(it.events).toEqual([]);
    expect(it.engine.getMetrics().similarity).toEqual({ history: [] });
    repair();
    throwInKernel(it.engine);
    expect(it.ask(30)).toBe(f(11) + int8(19));
    expect(it.counts()).toMatchObject({ monitored: 0, fallbacks: { runtime_error: 1 }, recoveries: 1 });
    it.engine.dispose();
  });

  test('softRecovery in part: the rest keeps its default', async () => {
    // Never: less than nothing would have to be held. Only fallbacks for time or memory are held to that.
    const it = await watched({ softRecovery: { memoryMB: 0 } });
    throwInKernel(it.engine);
    expect(it.ask(12)).toBe(f(11) + int8(1));
    const late = await createEngine({ maxLatencyMs: 0, softRecovery: { memoryMB: 0, latencyMs: Infinity } });
    await late.quantize(model, dataset);
    for (let i = 0; i < 40; ++i) expect(late.inferSync(it.rows[i]!).mode).toBe('fp32');
    expect(late.getMetrics()).toMatchObject({
      fallbackReason: 'quant_timeout',
      recoveries: 0,
      probes: { checks: 4, passed: 40, streak: 40 },
    });
    // 40 MB are enough, 40 ms are too long.
    const slow = await createEngine({
      maxLatencyMs: 0,
      softRecovery: { memoryMB: undefined, latencyMs: 30 },
    });
    await slow.quantize(model, dataset);
    const faster = slowDown(slow, 40);
    for (let i = 0; i < 10; ++i) expect(slow.inferSync(it.rows[i]!).mode).toBe('fp32');
    faster();
    for (let i = 0; i < 10; ++i) expect(slow.inferSync(it.rows[i]!).mode).toBe('fp32');
    expect(slow.inferSync(it.rows[0]!).mode).toBe('int8');
    [it.engine, late, slow].forEach((engine) => engine.dispose());
  });

  test.each<[string, object]>([
    ['softRecovery.memoryMB', { softRecovery: { memoryMB: -1 } }],
    ['softRecovery.memoryMB', { softRecovery: { memoryMB: 1025 } }],
    ['softRecovery.memoryMB', { softRecovery: { memoryMB: '40' } }],
    ['softRecovery.latencyMs', { softRecovery: { latencyMs: NaN } }],
    ['softRecovery.latency', { softRecovery: { latency: 20 } }],
    ['softRecovery', { softRecovery: null }],
    ['softRecovery', { softRecovery: 40 }],
    ['monitorInterval', { monitorInterval: -1 }],
    ['monitorInterval', { monitorInterval: Infinity }],
    ['recoveryCheckInterval', { recoveryCheckInterval: 0 }],
    ['recoveryStreak', { recoveryStreak: 1001 }],
    ['maxInferenceMs', { maxInferenceMs: -0.5 }],
    ['maxInferenceMs', { maxInferenceMs: true }],
  ])('%s is refused by name: %j', async (name, options) => {
    const failure = await failureOf(() => createEngine(options));
    expect(failure.code).toBe('config_invalid');
    expect(failure.message).toMatch(new RegExp(`\\b${name.replace('.', '\\.')}\\b`));
  });
});

describe('undoing a fault', () => {
  test.each<[string, (it: Watched) => () => void]>([
    ['corrupted weights', (it) => corruptWeights(it.engine)],
    ['skewed activations', (it) => skewActivations(it.engine)],
  ])('%s: restores the very answers; once, and only in its own model', async (_, inject) => {
    const it = await watched({ monitorInterval: 0 });
    const undo = inject(it);
    expect(it.ask(240)).toContain('x');
    undo();
    expect(it.ask(240)).toBe(int8(240));
    undo();
    expect(it.ask(240)).toBe(int8(240));

    const late = inject(it);
    await it.engine.quantize(model, dataset);
    late();
    expect(it.ask(240)).toBe(int8(240));
    const later = inject(it);
    await it.engine.load(it.engine.exportModel('dynamic'));
    later();
    expect(it.ask(240)).toBe(int8(240));
    it.engine.dispose();
  });

  test('slowness: not that of another model', async () => {
    const it = await watched();
    const shortest = () => {
      const times = Array.from({ length: 5 }, () => {
        const startedAt = performance.now();
        it.ask(1);
        return performance.now() - startedAt;
      });
      return Math.min(...times);
    };
    const early = slowDown(it.engine, 30);
    expect(shortest()).toBeGreaterThanOrEqual(29.9);
    await it.engine.quantize(model, dataset);
    const late = slowDown(it.engine, 30);
    early();
    expect(shortest()).toBeGreaterThanOrEqual(29.9);
    late();
    expect(shortest()).toBeLessThan(29.9);
    it.engine.dispose();
  });

  test('a shrunken budget: whichever model is there by then', async () => {
    const it = await watched({ maxMemoryMB: 7 });
    const widen = shrinkBudget(it.engine, 2);
    expect(it.engine.getMemory().limitBytes).toBe(2 * 2 ** 20);
    await it.engine.quantize(model, dataset);
    widen();
    expect(it.engine.getMemory().limitBytes).toBe(7 * 2 ** 20);
    expect((await failureOf(() => shrinkBudget(it.engine, 0))).code).toBe('config_invalid');
    expect(it.engine.getMemory().limitBytes).toBe(7 * 2 ** 20);
    it.engine.dispose();
  });

  test('after dispose() does nothing, and there is nothing to inject into', async () => {
    const it = await watched();
    const undo = [
      corruptWeights(it.engine),
      skewActivations(it.engine),
      slowDown(it.engine, 1),
      shrinkBudget(it.engine, 10),
    ];
    it.engine.dispose();
    for (const each of undo) each();
    for (const inject of [corruptWeights, skewActivations, throwInKernel, layersOf]) {
      expect((await failureOf(() => inject(it.engine))).code).toBe('not_initialized');
    }
  });
});

test('faults name what they cannot hit', async () => {
  const it = await watched();
  expect(layersOf(it.engine)).toEqual(it.engine.getReport().layers.map(({ name }) => name));
  for (const inject of [corruptWeights, skewActivations]) {
    const failure = await failureOf(() => inject(it.engine, { layer: 'no such layer' }));
    expect(failure).toMatchObject({ code: 'argument_invalid' });
    expect(failure.message).toContain('no such layer');
  }
  expect((await failureOf(() => corruptWeights(it.engine, { every: 0 }))).code).toBe('argument_invalid');
  expect(it.ask(240)).toBe(int8(240));
  const empty = await createEngine();
  expect((await failureOf(() => throwInKernel(empty))).code).toBe('no_model');
  [it.engine, empty].forEach((engine) => engine.dispose());
});
