import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type * as Alice from 'alice-quant';
import { classifier } from './fixtures/classifiers.js';

// The module with a malloc that fails when it is told to; `npm test` builds it.
const built = new URL('../../build/wasm/bindings/failing/', import.meta.url);
const [glue, wasm] = ['alice.mjs', 'alice.wasm'].map((name) => new URL(name, built)) as [URL, URL];

interface FailingModule {
  failMalloc(n: number): void;
  hasMallocFailed(): boolean;
  liveAllocations(): number;
}

const rows = Float32Array.from({ length: 12 * 40 }, (_, i) => Math.abs(Math.sin(i)));
const features = rows.slice(0, 12);
const model = classifier('behavior-classifier');

describe.skipIf(!existsSync(fileURLToPath(glue)))('every allocation failed in turn', () => {
  let alice: typeof Alice;
  let module: FailingModule;
  let engine: Alice.AliceQuantizationEngine;
  let int8Model: Uint8Array;
  let window: Alice.FeatureWindow;
  let points: Alice.TrajectoryPoint[];

  const restore = () => engine.quantize(model, rows);
  /** In both precisions: a refused batch is a reason to go on in FP32. */
  const answers = async () => {
    const { fp32, int8 } = await engine.compare(features);
    return [...fp32.probabilities, ...int8.probabilities].join();
  };

  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('../dist/alice.mjs', async () => {
      const { default: create } = (await import(/* @vite-ignore */ glue.href)) as {
        default: (options: object) => Promise<FailingModule>;
      };
      return { default: async (options: object) => (module = await create(options)) };
    });
    alice = await import('../dist/index.js');
    await alice.loadRuntime(wasm);
    engine = await alice.createEngine({ maxLatencyMs: Infinity });
    ({ int8Model } = await restore());
    points = alice.generateTrajectory('rage_shake', 3);
    window = new alice.FeatureWindow();
    points.forEach((point) => window.push(point));
  });

  /** The AliceError of a call that fails; any other is none that a caller should see. */
  const failureOf = async (call: () => unknown) => {
    try {
      await call();
      return undefined;
    } catch (error) {
      if (error instanceof alice.AliceError) return error;
      throw error;
    }
  };

  const calls: Record<string, () => unknown> = {
    createEngine: async () => (await alice.createEngine({ excludeLayers: 'x'.repeat(3000) })).dispose(),
    'createEngine with a bad option': () => alice.createEngine({ maxMemoryMB: -1 }),
    'inferSync with a NaN': () => engine.inferSync(new Float32Array(12).fill(NaN)),
    inferBatch: () => engine.inferBatch(rows, 40),
    load: () => engine.load(model),
    'load of a quantized model': () => engine.load(int8Model),
    'load of half a model': () => engine.load(model.subarray(0, model.length / 2)),
    quantize: () => engine.quantize(model, rows),
    'quantize with unusable rows': () => engine.quantize(model, rows.subarray(0, 13)),
    'quantize without rows': () => engine.quantize(model),
    FeatureWindow: () => new alice.FeatureWindow().dispose(),
    'push of a NaN': () => window.push({ x: NaN, y: 0, t: 0 }),
    extractFeatures: () => alice.extractFeatures(points),
    generateTrajectory: () => alice.generateTrajectory('rage_shake', 3),
  };

  test.each(Object.keys(calls))('%s: typed errors, no leak, the same answers', async (name) => {
    let faults = 0;
    await restore();
    for (let n = 0; ; ++n) {
      const live = module.liveAllocations();
      const answer = await answers();
      module.failMalloc(n);
      const error = await failureOf(calls[name]!);
      const hasFailed = module.hasMallocFailed();
      module.failMalloc(-1);
      if (!hasFailed) break;
      ++faults;
      if (error) {
        const lost = module.liveAllocations() - live;
        const isSame = (await answers()) === answer;
        if (error.code !== 'out_of_memory' || lost !== 0 || !isSame) {
          expect({ n, code: error.code, lost, isSame }).toEqual({
            n,
            code: 'out_of_memory',
            lost: 0,
            isSame: true,
          });
        }
      } else {
        // What has come through all the same may have put another model in service.
        await restore();
      }
    }
    expect(faults).toBeGreaterThan(0);
  });

  test.each(Object.keys(calls))('%s: leaves nothing behind where all is well', async (name) => {
    await restore();
    const live = module.liveAllocations();
    for (let i = 0; i < 3; ++i) await failureOf(calls[name]!);
    await restore();
    expect(module.liveAllocations()).toBe(live);
  });

  test('a batch that gets no memory is answered row by row', async () => {
    await restore();
    // A refusal is a reason to go on in FP32.
    engine.forceFallback(true);
    const before = (await engine.inferBatch(rows, 40)).map(({ probabilities }) => [...probabilities]);
    module.failMalloc(0);
    const found = await engine.inferBatch(rows, 40);
    expect(module.hasMallocFailed()).toBe(true);
    module.failMalloc(-1);
    expect(found.map(({ probabilities }) => [...probabilities])).toEqual(before);
    expect(engine.getMetrics().memory.refusals).toBeGreaterThan(0);
    engine.forceFallback(false);
  });

  const withoutMemory: Record<string, () => unknown> = {
    inferSync: () => engine.inferSync(features),
    compare: () => engine.compare(features),
    getStatus: () => engine.getStatus(),
    getMemory: () => engine.getMemory(),
    getReport: () => engine.getReport(),
    getMetrics: () => engine.getMetrics(),
    forceFallback: () => [true, false].forEach((useFp32) => engine.forceFallback(useFp32)),
    extract: () => window.extract(),
    advance: () => window.advance(0),
  };

  test.each(Object.keys(withoutMemory))('%s takes no memory', async (name) => {
    await restore();
    module.failMalloc(0);
    await withoutMemory[name]!();
    expect(module.hasMallocFailed()).toBe(false);
    module.failMalloc(-1);
  });
});
