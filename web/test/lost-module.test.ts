// A module that stops in the middle of a run: a fresh instance answers, with the same model, to the last bit.
import {
  extractFeatures,
  FeatureWindow,
  generateTrajectory,
  type AliceQuantizationEngine,
  type EngineOptions,
} from 'alice-quant';
import { corruptWeights, slowDown, trap } from 'alice-quant/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { classifier, concatenated } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import { openPictures, picture } from './fixtures/open-pictures.js';
import {
  answerOf,
  answersOf,
  backendEventsOf,
  dataset,
  made,
  model,
  quantized,
  rows,
  stopped,
  STOPPED,
  withEngines,
} from './fixtures/stopped-module.js';

withEngines();

/** The reasons of those that this instance counted; one that it went on with was counted where it began. */
const fallbacksOf = (engine: AliceQuantizationEngine) =>
  Object.entries(engine.getMetrics().fallbacks).filter(([, times]) => times > 0);

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
    const { fallbackAt } = engine.getStatus();
    await delay(5);
    const told: string[] = [];
    for (const event of ['fallback', 'recovered', 'warning'] as const)
      engine.on(event, () => told.push(event));
    trap(other);
    answerOf(other);
    expect(answersOf(engine)).toEqual(fp32);
    expect(engine.getStatus()).toMatchObject({
      mode: 'fp32',
      fallbackReason: 'manual_override',
      fallbackAt,
    });
    expect(told).toEqual([]);
    expect(fallbacksOf(engine)).toEqual([]);
    engine.forceFallback(false);
    expect(answersOf(engine)).toEqual(int8);
  });

  test('goes on with a fallback that was in force, and ends it as probes say', async () => {
    const engine = await quantized({ monitorInterval: 1, recoveryStreak: 10, recoveryCheckInterval: 10 });
    const other = await quantized();
    const repair = corruptWeights(engine);
    for (let i = 0; engine.getStatus().mode === 'int8'; ++i) answerOf(engine, rows[i]);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason: 'similarity_low' });
    const { fallbackAt } = engine.getStatus();
    await delay(5);
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
      fallbackAt,
    });
    expect(told).toEqual([]);
    expect(fallbacksOf(engine)).toEqual([]);
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
    const { fallbackReason, fallbackAt } = engine.getStatus();
    expect(fallbackReason).toBe('quant_timeout');
    await delay(5);
    const before = answerOf(engine);
    trap(other);
    answerOf(other);
    expect(answerOf(engine)).toEqual(before);
    expect(engine.getStatus()).toMatchObject({ mode: 'fp32', fallbackReason, fallbackAt });
    expect(fallbacksOf(engine)).toEqual([]);
  });

  test('goes on with a warning, until what was warned of is over', async () => {
    const engine = await quantized({
      monitorInterval: 1,
      fallbackThreshold: 0,
      maxAccuracyDrop: 1,
      warnAccuracyDrop: 1,
    });
    const other = await quantized();
    const lose = () => {
      trap(other);
      answerOf(other);
      answerOf(engine);
    };
    const warned: string[] = [];
    engine.on('warning', ({ reason }) => warned.push(reason));
    const repair = corruptWeights(engine);
    for (let i = 0; warned.length === 0; ++i) answerOf(engine, rows[i % rows.length]);
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', health: 'warning' });
    lose();
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', health: 'warning' });
    expect(engine.getMetrics().warnings).toBe(0);
    repair();
    for (let i = 0; engine.getStatus().health === 'warning' && i < 1000; ++i)
      answerOf(engine, rows[i % rows.length]);
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', health: 'normal' });
    lose();
    expect(engine.getStatus()).toMatchObject({ mode: 'int8', health: 'normal' });
    expect(warned).toHaveLength(1);
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

  test('a window of features goes on, with its points', async () => {
    const engine = await quantized();
    const points = generateTrajectory('rage_shake', 3);
    const features = extractFeatures(points);
    const window = new FeatureWindow();
    points.forEach((point) => window.push(point));
    const untouched = new FeatureWindow();
    const [size, before] = [window.size, window.extract()];
    trap(engine);
    answerOf(engine);
    expect(window.size).toBe(size);
    expect(window.extract()).toEqual(before);
    expect(untouched.size).toBe(0);
    const { x, y, t } = points.at(-1)!;
    expect((await failureOf(() => window.push({ x, y, t: t - 1 }))).code).toBe('trajectory_time_reversed');
    trap(engine);
    answerOf(engine);
    window.push({ x: x + 1, y, t: t + 10 });
    const other = new FeatureWindow();
    points.forEach((point) => other.push(point));
    other.push({ x: x + 1, y, t: t + 10 });
    expect(window.extract()).toEqual(other.extract());
    window.clear();
    trap(engine);
    answerOf(engine);
    expect(window.size).toBe(0);
    window.push({ x, y, t: 0 });
    expect(window.size).toBe(1);
    expect(extractFeatures(points)).toEqual(features);
    expect(generateTrajectory('rage_shake', 3)).toEqual(points);
    for (const each of [window, untouched, other]) each.dispose();
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
