// A module that stops in the middle of a run: what takes its place answers, with the same model, to the last bit.
import {
  createEngine,
  extractFeatures,
  FeatureWindow,
  generateTrajectory,
  type AliceQuantizationEngine,
  type EngineEvents,
  type EngineOptions,
} from 'alice-quant';
import { corruptWeights, slowDown, trap } from 'alice-quant/testing';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { classifier, concatenated, standardDataset, unseenFeatures } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { openPictures, picture } from './fixtures/open-pictures.js';

/** In plain JavaScript a trap is an abort. */
const stopped = (how = 'unreachable') => `The engine's module stopped: ${how}.`;
const STOPPED = stopped();
const dataset = standardDataset();
const model = classifier('behavior-classifier');
let rows: Float32Array[];

const engines: AliceQuantizationEngine[] = [];
const made = async (options: EngineOptions = {}) => {
  const engine = await createEngine({ maxLatencyMs: Infinity, monitorInterval: 0, ...options });
  engines.push(engine);
  return engine;
};
const quantized = async (options: EngineOptions = {}) => {
  const engine = await made(options);
  await engine.quantize(model, dataset);
  return engine;
};
const backendEventsOf = (engine: AliceQuantizationEngine) => {
  const told: EngineEvents['backend'][] = [];
  engine.on('backend', (event) => told.push(event));
  return told;
};
/** All that inferSync says of an answer but its time. */
const answerOf = (engine: AliceQuantizationEngine, row = rows[0]!) => ({
  ...engine.inferSync(row),
  latencyMs: 0,
});
const answersOf = (engine: AliceQuantizationEngine) => rows.map((row) => answerOf(engine, row));

beforeAll(async () => {
  await made();
  rows = unseenFeatures(8);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  engines.splice(0).forEach((engine) => engine.dispose());
});

describe('a fresh instance of the module', () => {
  test.each([
    ['dynamic', {}],
    ['static', { strategy: 'static' }],
    ['with layers in float', { precision: 'auto', similarityThreshold: 0.9999 }],
    ['without float weights', { keepFp32: false }],
    ['int4 in groups', { weightType: 'int4', weightGranularity: 'per-group' }],
    ['in JavaScript', { backend: 'cpu' }],
  ] satisfies [string, EngineOptions][])('answers in the same call, %s', async (_, options) => {
    const engine = await quantized({ ...options, enableAutoFallback: false });
    const before = answersOf(engine);
    const fp32 = (await engine.compare(rows[0]!)).fp32;
    const report = engine.getReport();
    const status = engine.getStatus();
    const files = engine.exportModel('fp32');
    const told = backendEventsOf(engine);
    for (let times = 1; times < 4; ++times) {
      trap(engine);
      expect(answersOf(engine)).toEqual(before);
      expect(told).toHaveLength(times);
    }
    expect(told[0]).toEqual({
      backend: status.backend,
      isa: status.isa,
      reason: stopped(status.backend === 'cpu' ? 'abort' : 'unreachable'),
    });
    expect((await engine.compare(rows[0]!)).fp32.probabilities).toEqual(fp32.probabilities);
    expect(engine.getReport()).toEqual(report);
    const { backend, backends, model: info, currentMetrics, kernels } = engine.getStatus();
    expect({ backend, backends, model: info, currentMetrics, kernels }).toEqual({
      backend: status.backend,
      backends: status.backends,
      model: status.model,
      currentMetrics: status.currentMetrics,
      kernels: status.kernels,
    });
    expect(engine.exportModel('fp32')).toEqual(files);
  });

  test('answers every kind of call', async () => {
    const engine = await quantized();
    const batch = concatenated(rows);
    const result = engine.createResult();
    const batchRoom = engine.createBatchResult(rows.length);
    const feeds = { x: { type: 'float32', data: rows[0]!, dims: [1, 12] } } as const;
    const input = engine.getStatus().model!.inputs[0]!.name;
    const calls: Record<string, () => unknown> = {
      infer: async () => (await engine.infer(rows[0]!)).probabilities,
      inferInto: () => engine.inferInto(rows[0]!, result).probabilities.slice(),
      inferBatch: async () =>
        (await engine.inferBatch(batch, rows.length)).map(({ probabilities }) => [...probabilities]),
      inferBatchInto: () => engine.inferBatchInto(batch, rows.length, batchRoom).probabilities.slice(),
      run: () => engine.run({ [input]: feeds.x }),
      compare: async () => (await engine.compare(rows[0]!)).similarity,
    };
    for (const [name, call] of Object.entries(calls)) {
      const told = backendEventsOf(engine);
      const before = await call();
      // compare() has no faults of its own: the module is lost before.
      trap(engine);
      if (name === 'compare') engine.inferSync(rows[0]!);
      expect(await call(), name).toEqual(before);
      expect(told, name).toHaveLength(1);
    }
  });

  test('has the rows that lie in the memory of the engine, and those that are written there after the loss', async () => {
    const engine = await quantized();
    const other = await quantized();
    const batch = engine.createBatch(rows.length);
    batch.inputs.set(concatenated(rows));
    const before = batch.infer().probabilities.slice();
    trap(engine);
    expect(batch.infer().probabilities.slice()).toEqual(before);
    expect(batch.isInt8(0)).toBe(true);
    trap(other);
    answerOf(other);
    // The engine has not found out yet.
    batch.inputs.set(concatenated([...rows].reverse()));
    expect(batch.infer().probabilities.slice(-6)).toEqual(before.slice(0, 6));
    trap(engine);
    answerOf(engine);
    expect(() => batch.classIndex(0)).toThrow('has no answer');
    expect(batch.inputs.slice(-12)).toEqual(rows[0]);
    expect(batch.infer().probabilities.slice(-6)).toEqual(before.slice(0, 6));
    batch.dispose();
    trap(engine);
    answerOf(engine);
    expect(() => batch.inputs).toThrow('after dispose()');
  });

  test('counts anew, and says since when', async () => {
    const engine = await quantized();
    answersOf(engine);
    const { startedAt } = engine.getMetrics();
    await new Promise((resolve) => setTimeout(resolve, 5));
    trap(engine);
    answerOf(engine);
    expect(engine.getMetrics()).toMatchObject({
      inferences: { int8: 1, fp32: 0 },
      fallbacks: { runtime_error: 0 },
    });
    expect(engine.getMetrics().startedAt).toBeGreaterThan(startedAt);
  });

  test('serves a model that was loaded as it is', async () => {
    const int8Model = (await quantized()).exportModel('dynamic');
    const engine = await made();
    await engine.load(int8Model);
    const before = answersOf(engine);
    trap(engine);
    expect(answersOf(engine)).toEqual(before);
    expect((await failureOf(() => engine.getReport())).code).toBe('no_model');
  });

  test('serves all engines of the module, each with its own model', async () => {
    const small = await quantized();
    const large = await made();
    await large.quantize(classifier('behavior-classifier-large'), dataset);
    const float = await made();
    await float.load(model);
    const all = [small, large, float];
    const before = all.map(answersOf);
    for (const victim of [small, large]) {
      trap(victim);
      answerOf(victim);
      expect(all.map(answersOf)).toEqual(before);
    }
    const idle = await made();
    trap(small);
    answerOf(small);
    expect(idle.getStatus()).toMatchObject({ backend: 'wasm', initialized: true });
    await idle.load(model);
    expect(answersOf(idle)).toEqual(before[2]);
    float.dispose();
    small.dispose();
    expect(answersOf(large)).toEqual(before[1]);
  });

  test('answers in FP32 where the user said so', async () => {
    const engine = await quantized();
    const other = await quantized();
    const int8 = answersOf(engine);
    engine.forceFallback(true);
    const fp32 = answersOf(engine);
    const told: string[] = [];
    for (const event of ['fallback', 'recovered', 'warning'] as const)
      engine.on(event, () => told.push(event));
    trap(other);
    answerOf(other);
    expect(answersOf(engine)).toEqual(fp32);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason: 'manual_override' });
    expect(told).toEqual([]);
    engine.forceFallback(false);
    expect(answersOf(engine)).toEqual(int8);
  });

  test('goes on with a fallback that was in force, and ends it as probes say', async () => {
    const engine = await quantized({ monitorInterval: 1, recoveryStreak: 10, recoveryCheckInterval: 10 });
    const other = await quantized();
    const repair = corruptWeights(engine);
    for (let i = 0; engine.getStatus().mode === 'int8'; ++i) answerOf(engine, rows[i]);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason: 'similarity_low' });
    const fp32 = answerOf(engine);
    const told: string[] = [];
    engine.on('fallback', ({ reason }) => told.push(reason));
    engine.on('recovered', ({ reason }) => told.push(`over: ${reason}`));
    trap(other);
    answerOf(other);
    expect(answerOf(engine)).toEqual(fp32);
    expect(engine.getStatus()).toMatchObject({
      mode: 'fp32',
      health: 'fallback',
      fallbackReason: 'similarity_low',
    });
    expect(told).toEqual([]);
    // What was corrupt is gone with the instance: there is nothing to repair.
    repair();
    for (let i = 0; i < 20; ++i) engine.inferSync(rows[i % rows.length]!);
    expect(told).toEqual(['over: similarity_low']);
    expect(engine.getStatus().mode).toBe('int8');
    trap(other);
    answerOf(other);
    expect(answerOf(engine).mode).toBe('int8');
  });

  test('goes on with the reason that quantize() found', async () => {
    const engine = await quantized({ maxLatencyMs: 0.001 });
    const other = await quantized();
    expect(engine.getStatus().fallbackReason).toBe('quant_timeout');
    const before = answerOf(engine);
    trap(other);
    answerOf(other);
    expect(answerOf(engine)).toEqual(before);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason: 'quant_timeout' });
  });

  test('has the model for the shape that it was fed with, and for others', async () => {
    const other = await quantized();
    const lose = () => {
      trap(other);
      answerOf(other);
    };
    const engine = await made({ strategy: 'static', maxAccuracyDrop: 1, warnAccuracyDrop: 1 });
    await engine.load(openPictures());
    // It waits to be fed.
    lose();
    const small = { x: picture([2, 3, 8, 8]) };
    const wide = { x: picture([1, 3, 6, 20]) };
    const before = [await engine.run(small), await engine.run(wide)];
    lose();
    expect(await engine.run(wide)).toEqual(before[1]);
    const row = wide.x.data as Float32Array;
    const answer = answerOf(engine, row);
    lose();
    expect(answerOf(engine, row)).toEqual(answer);
    expect(await engine.run(small)).toEqual(before[0]);

    const samples = Array.from({ length: 40 }, (_, i) => ({ x: picture([1, 3, 9, 9], 100 + i) }));
    await engine.quantize(openPictures(), samples);
    expect(engine.getStatus().mode).toBe('int8');
    const int8 = [await engine.run(small), await engine.run(wide)];
    expect(int8).not.toEqual(before);
    lose();
    expect(await engine.run(wide)).toEqual(int8[1]);
    lose();
    expect(await engine.run(small)).toEqual(int8[0]);
    expect(engine.getStatus().mode).toBe('int8');
  });

  test('leaves nothing of a fault, whose undoing does nothing', async () => {
    const engine = await quantized();
    const undo = slowDown(engine, 1000);
    trap(engine);
    const startedAt = performance.now();
    answerOf(engine);
    expect(performance.now() - startedAt).toBeLessThan(1900);
    answerOf(engine);
    expect(performance.now() - startedAt).toBeLessThan(1900);
    undo();
  });
});

describe('what was going on', () => {
  test('quantize() rejects, and the engine keeps the model it had', async () => {
    const engine = await quantized();
    const other = await quantized();
    const before = answersOf(engine);
    const running = engine.quantize(classifier('behavior-classifier-large'), dataset, {
      onProgress: ({ stage }) => {
        if (stage !== 'parse') return;
        trap(other);
        answerOf(other);
      },
    });
    expect(await failureOf(() => running)).toMatchObject({
      code: 'backend_lost',
      stage: 'backend',
      message: STOPPED,
    });
    expect(answersOf(engine)).toEqual(before);
    await engine.quantize(classifier('behavior-classifier-large'), dataset);
    expect(answersOf(engine)).not.toEqual(before);
  });

  test('quantize() goes on nowhere while another call moves the engine', async () => {
    const engine = await quantized();
    const before = answersOf(engine);
    const failure = await failureOf(() =>
      engine.quantize(classifier('behavior-classifier-large'), dataset, {
        onProgress: ({ stage }) => {
          if (stage !== 'parse') return;
          trap(engine);
          expect(answersOf(engine)).toEqual(before);
        },
      }),
    );
    expect(failure.code).toBe('backend_lost');
    expect(answersOf(engine)).toEqual(before);
  });

  test('a window of features goes on, empty', async () => {
    const engine = await quantized();
    const points = generateTrajectory('rage_shake', 3);
    const features = extractFeatures(points);
    const window = new FeatureWindow();
    points.forEach((point) => window.push(point));
    const size = window.size;
    const before = window.extract();
    trap(engine);
    answerOf(engine);
    expect(window.size).toBe(0);
    points.forEach((point) => window.push(point));
    expect(window.size).toBe(size);
    expect(window.extract()).toEqual(before);
    expect(extractFeatures(points)).toEqual(features);
    expect(generateTrajectory('rage_shake', 3)).toEqual(points);
    window.dispose();
  });

  test('dispose() comes after a loss as well', async () => {
    const engine = await quantized();
    const other = await quantized();
    const window = new FeatureWindow();
    trap(other);
    answerOf(other);
    engine.dispose();
    window.dispose();
    expect((await failureOf(() => engine.inferSync(rows[0]!))).code).toBe('disposed');
    answerOf(other);
  });
});

describe('the next backend', () => {
  const away = async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const engine = await quantized({ isa: 'simd128' });
    const before = answersOf(engine);
    const told = backendEventsOf(engine);
    trap(engine, { times: 2 });
    return { engine, before, told };
  };

  test('answers where the fresh instance is lost as well, and the former comes back after a while', async () => {
    const { engine, before, told } = await away();
    expect({ ...(await engine.infer(rows[0]!)), latencyMs: 0 }).toEqual(before[0]);
    expect(told).toEqual([{ backend: 'cpu', isa: 'scalar', reason: STOPPED }]);
    expect(engine.getStatus()).toMatchObject({ backend: 'cpu', isa: 'scalar' });
    expect(engine.getStatus().backends[0]).toEqual({
      name: 'wasm',
      available: true,
      chosen: false,
      reason: STOPPED,
      retryAt: Date.now() + 1000,
    });
    expect(engine.getStatus().backends[2]).toMatchObject({ name: 'cpu', chosen: true });
    vi.advanceTimersByTime(999);
    expect(answersOf(engine)).toEqual(before);
    expect(engine.getStatus().backend).toBe('cpu');
    vi.advanceTimersByTime(2);
    expect(answersOf(engine)).toEqual(before);
    expect(engine.getStatus()).toMatchObject({ backend: 'wasm', isa: 'simd128' });
    expect(engine.getStatus().backends[0]).toEqual({ name: 'wasm', available: true, chosen: true });
    expect(told.slice(1)).toEqual([{ backend: 'wasm', isa: 'simd128' }]);
  });

  test('is what serves while the former is lost again, which is left alone for longer each time', async () => {
    const { engine, before, told } = await away();
    await engine.infer(rows[0]!);
    for (const delay of [1000, 2000, 4000, 8000]) {
      expect(engine.getStatus().backends[0]!.retryAt).toBe(Date.now() + delay);
      vi.advanceTimersByTime(delay + 1);
      // With the next call it is tried, and lost again.
      trap(engine, { backend: 'wasm' });
      expect(answerOf(engine)).toEqual(before[0]);
      expect(engine.getStatus().backend).toBe('cpu');
    }
    expect(told).toHaveLength(1);
  });

  test('has a model that came while the former was away', async () => {
    const { engine } = await away();
    await engine.infer(rows[0]!);
    await engine.quantize(classifier('behavior-classifier-large'), dataset);
    const before = answersOf(engine);
    expect(engine.getStatus().backend).toBe('cpu');
    vi.advanceTimersByTime(1001);
    expect(answersOf(engine)).toEqual(before);
    expect(engine.getStatus().backend).toBe('wasm');
  });

  test('finishes a quantize() before the former comes back', async () => {
    const { engine } = await away();
    await engine.infer(rows[0]!);
    const { success } = await engine.quantize(classifier('behavior-classifier-large'), dataset, {
      onProgress: () => {
        vi.advanceTimersByTime(1001);
        answerOf(engine);
        expect(engine.getStatus().backend).toBe('cpu');
      },
    });
    expect(success).toBe(true);
    const large = answerOf(engine);
    expect(engine.getStatus().backend).toBe('wasm');
    expect(answerOf(engine)).toEqual(large);
  });

  test('is none where JavaScript is lost twice in one call: that call fails, and the next is answered', async () => {
    const engine = await quantized({ backend: 'cpu' });
    const before = answersOf(engine);
    trap(engine, { times: 2 });
    expect(await failureOf(() => engine.inferSync(rows[0]!))).toMatchObject({ code: 'backend_lost' });
    expect(answersOf(engine)).toEqual(before);
  });
});

describe('where the browser makes no instance at once', () => {
  const refuse = () =>
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(function refused() {
      throw new RangeError('WebAssembly.Instance is disallowed on the main thread');
    });
  afterEach(() => vi.restoreAllMocks());

  test('a promise is answered, and later calls', async () => {
    const engine = await quantized();
    const before = answersOf(engine);
    refuse();
    trap(engine);
    expect({ ...(await engine.infer(rows[0]!)), latencyMs: 0 }).toEqual(before[0]);
    expect(engine.getStatus().backend).toBe('wasm');
    expect(answersOf(engine)).toEqual(before);
  });

  test('a call that cannot wait fails, and later ones are answered', async () => {
    const engine = await quantized();
    const before = answersOf(engine);
    refuse();
    trap(engine);
    expect(await failureOf(() => engine.inferSync(rows[0]!))).toMatchObject({
      code: 'backend_lost',
      message: STOPPED,
      hint: expect.stringContaining('Call again') as unknown,
    });
    expect(engine.getStatus().initialized).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answersOf(engine)).toEqual(before);
  });
});
