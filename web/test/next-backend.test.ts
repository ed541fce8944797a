// A module that stops twice in a run, or of which no instance can be made at once: who answers then.
import { trap } from 'alice-quant/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { classifier } from './fixtures/classifiers.js';
import { failureOf } from './fixtures/failure.js';
import {
  answerOf,
  answersOf,
  backendEventsOf,
  dataset,
  quantized,
  rows,
  STOPPED,
  withEngines,
} from './fixtures/stopped-module.js';

withEngines();

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
    await vi.waitFor(() => expect(answersOf(engine)).toEqual(before), { timeout: 60_000 });
  });
});
