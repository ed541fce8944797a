// backend: 'auto' takes WebGL where that turns out to be right and faster, and costs nothing where it could not be.
import type { Page } from '@playwright/test';
import type { EngineOptions } from 'alice-quant';
import { onnxModel } from '../web/test/fixtures/onnx-builder.js';
import { noise } from '../web/test/fixtures/shared-models.js';
import { expect, test } from './webgl-page.js';

const steady: EngineOptions = { maxLatencyMs: Infinity, maxInferenceMs: Infinity };

/** What INT8 takes on a CPU that the GPU is to outdo, which needs 10 ms, on a machine that does other things as well. */
const SLOW_MS = 500;

/** The files of the WebGL module that the page fetches. */
function watchModule(page: Page): string[] {
  const files: string[] = [];
  page.on('request', (request) => {
    const [file] = /alice-webgl[^/]*\.(wasm|m?js)/.exec(request.url()) ?? [];
    if (file) files.push(file);
  });
  return files;
}

interface Circumstances {
  options?: EngineOptions;
  /** What the GPU does wrong. */
  fault?: 'element' | 'sign';
  /** Whether INT8 takes long on the CPU while it is measured. */
  isCpuSlow?: boolean;
}

/** What becomes of a perceptron of 256 inputs. */
const selectionOf = (page: Page, { options = {}, fault, isCpuSlow = true }: Circumstances) =>
  page.evaluate(
    async ({ options, fault, slowMs }) => {
      const { alice } = window;
      const model = alice.perceptron(3 * 4 * 256 ** 2);
      const rows = alice.rowsFor(model, 64);
      const engine = await alice.createEngine(options);
      const witness = await alice.createEngine({ ...options, backend: 'wasm' });
      try {
        const events: { backend: string; reason?: string }[] = [];
        engine.on('backend', ({ backend, reason }) => events.push({ backend, ...(reason && { reason }) }));
        await witness.quantize(model.bytes, rows);
        if (fault) alice.corruptDevice(engine, fault);
        await engine.quantize(model.bytes, rows);
        const atFirst = engine.getStatus().backend;
        const hurry = slowMs ? alice.slowDown(engine, slowMs) : () => undefined;
        const backends = await engine.backendSettled();
        hurry();
        let mistakes = 0;
        for (let i = 0; i < 24; ++i) {
          const row = rows.subarray(i * model.width, (i + 1) * model.width);
          const expected = witness.inferSync(row).probabilities;
          const found = engine.inferSync(row).probabilities;
          const largest = Math.max(...expected.map(Math.abs));
          if (found.some((value, k) => Math.abs(value - expected[k]!) > 1e-5 * largest)) ++mistakes;
        }
        const { backend, webgl } = engine.getStatus();
        return { atFirst, backend, backends, webgl, events, mistakes };
      } finally {
        engine.dispose();
        witness.dispose();
      }
    },
    { options: { ...steady, ...options }, fault, slowMs: isCpuSlow ? SLOW_MS : 0 },
  );

test('a small model costs neither a download nor a context', async ({ page }) => {
  const files = watchModule(page);
  const { backends, contexts } = await page.evaluate(async () => {
    const { alice } = window;
    let contexts = 0;
    OffscreenCanvas.prototype.getContext = () => {
      ++contexts;
      return null;
    };
    const engine = await alice.createEngine();
    await engine.load(alice.models.small);
    return { backends: await engine.backendSettled(), contexts };
  });
  expect(files).toEqual([]);
  expect(contexts).toBe(0);
  expect(backends).toMatchObject([
    { name: 'wasm', available: true, chosen: true },
    { name: 'webgl', available: true, chosen: false },
    { name: 'cpu', available: true, chosen: false },
  ]);
  expect(backends[0]!.medianMs).toBeGreaterThan(0);
  expect(backends[1]!.reason).toContain('Not tried');
  expect(backends[1]).not.toHaveProperty('right');
});

test('the faster right backend serves, once that is known', async ({ page }) => {
  const files = watchModule(page);
  const { atFirst, backend, backends, webgl, events, mistakes } = await selectionOf(page, {});
  const [wasm, gpu] = backends;
  expect(gpu).toMatchObject({ name: 'webgl', available: true, right: true, chosen: true });
  expect(wasm).toMatchObject({ name: 'wasm', chosen: false });
  expect(atFirst).toBe('wasm');
  expect(backend).toBe('webgl');
  expect(gpu!.medianMs).toBeLessThan(wasm!.medianMs!);
  expect(webgl?.renderer).toContain('SwiftShader');
  expect(events).toEqual([{ backend: 'webgl' }]);
  expect(mistakes).toBe(0);
  expect(files.length).toBeGreaterThan(0);
});

for (const fault of ['element', 'sign'] as const) {
  test(`a GPU whose results are wrong (${fault}) is never chosen`, async ({ page }) => {
    const { backend, backends, events, mistakes } = await selectionOf(page, { fault });
    expect(backend).toBe('wasm');
    expect(backends[0]).toMatchObject({ name: 'wasm', chosen: true });
    expect(backends[1]).toMatchObject({ name: 'webgl', available: true, right: false, chosen: false });
    expect(backends[1]!.reason).toContain('off by');
    expect(events).toEqual([]);
    expect(mistakes).toBe(0);
  });
}

test('where WebAssembly is faster it stays, with the reason', async ({ page }) => {
  const { backend, backends, events, mistakes } = await selectionOf(page, { isCpuSlow: false });
  expect(backend).toBe('wasm');
  expect(backends[0]).toMatchObject({ name: 'wasm', chosen: true });
  expect(backends[1]).toMatchObject({ name: 'webgl', chosen: false });
  expect(backends[1]!.reason).toMatch(/Not tried|ms there/);
  expect(events).toEqual([]);
  expect(mistakes).toBe(0);
});

test('another shape is measured anew', async ({ page }) => {
  const width = 256;
  const weights = noise(1, width * width)[0]!;
  const model = onnxModel({
    nodes: [{ operator: 'MatMul', name: 'product', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', dims: [width, width], values: [...weights] }],
    input: { name: 'x', dims: [1, 'rows', width] },
    output: { name: 'y', dims: [1, 'rows', width] },
  });
  const found = await page.evaluate(
    async ({ model, options, slowMs, width }) => {
      const { alice } = window;
      const bytes = Uint8Array.from(atob(model), (letter) => letter.charCodeAt(0));
      const feedsOf = (rows: number, phase: number) => {
        const data = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * i + phase));
        return { x: { type: 'float32', dims: [1, rows, width], data } as const };
      };
      const samples = Array.from({ length: 32 }, (_, i) => feedsOf(2, i));
      const engine = await alice.createEngine(options);
      const witness = await alice.createEngine({ ...options, backend: 'wasm' });
      for (const each of [witness, engine]) await each.quantize(bytes, samples);
      await engine.backendSettled();
      const backends = [engine.getStatus().backend];
      let largest = 0;
      const compare = async (rows: number) => {
        const feeds = feedsOf(rows, rows);
        const [a, b] = [(await engine.run(feeds))['y']!, (await witness.run(feeds))['y']!];
        const differences = Array.from(b.data as Float32Array, (value, i) =>
          Math.abs(value - Number(a.data[i])),
        );
        largest = Math.max(largest, ...differences);
      };
      await compare(32);
      const hurry = alice.slowDown(engine, slowMs);
      await compare(32);
      await engine.backendSettled();
      hurry();
      // The shape that it was quantized with is none of the GPU's.
      for (const rows of [32, 2, 32]) {
        await compare(rows);
        backends.push(engine.getStatus().backend);
      }
      const { mode } = engine.getStatus();
      engine.dispose();
      witness.dispose();
      return { backends, largest, mode };
    },
    {
      model: Buffer.from(model).toString('base64'),
      options: { ...steady, maxAccuracyDrop: 1 },
      slowMs: SLOW_MS,
      width,
    },
  );
  expect(found.mode).toBe('int8');
  expect(found.backends).toEqual(['wasm', 'webgl', 'wasm', 'webgl']);
  expect(found.largest).toBeLessThanOrEqual(1e-4);
});

test('what auto has chosen answers while its context goes and comes', async ({ page }) => {
  const { mistakes, events, answered } = await page.evaluate(
    async ({ options, slowMs }) => {
      const { alice } = window;
      const model = alice.perceptron(3 * 4 * 256 ** 2);
      const rows = alice.rowsFor(model, 64);
      const engine = await alice.createEngine(options);
      const witness = await alice.createEngine({ ...options, backend: 'wasm' });
      await witness.quantize(model.bytes, rows);
      await engine.quantize(model.bytes, rows);
      const hurry = alice.slowDown(engine, slowMs);
      await engine.backendSettled();
      hurry();
      const events: string[] = [];
      engine.on('backend', ({ backend }) => events.push(backend));
      const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
      const answered: Record<string, number> = {};
      let mistakes = 0;
      const ask = (i: number) => {
        const row = rows.subarray(i * model.width, (i + 1) * model.width);
        const expected = witness.inferSync(row).probabilities;
        const found = engine.inferSync(row).probabilities;
        const largest = Math.max(...expected.map(Math.abs));
        if (found.some((value, k) => Math.abs(value - expected[k]!) > 1e-5 * largest)) ++mistakes;
        const { backend } = engine.getStatus();
        answered[backend] = (answered[backend] ?? 0) + 1;
        return backend;
      };
      for (let i = 0; i < 60; ++i) {
        const restore = i % 20 === 10 ? alice.loseWebglContext(engine) : undefined;
        ask(i);
        if (!restore) continue;
        await turn();
        restore();
        do await turn();
        while (ask(i) !== 'webgl');
      }
      engine.dispose();
      return { mistakes, events, answered };
    },
    { options: steady, slowMs: SLOW_MS },
  );
  expect(mistakes).toBe(0);
  expect(events).toEqual(['wasm', 'webgl', 'wasm', 'webgl', 'wasm', 'webgl']);
  expect(answered['webgl']).toBeGreaterThan(50);
  expect(answered['wasm']).toBeGreaterThan(2);
});

test('what is remembered is not measured again, and a page that may keep nothing measures', async ({
  page,
}) => {
  const options: EngineOptions = { rememberBackend: true };
  const wrong = await selectionOf(page, { options, fault: 'element' });
  expect(wrong.backends[1]!.right).toBe(false);
  const again = await selectionOf(page, { options });
  expect(again.backend).toBe('wasm');
  expect(again.backends[1]!.reason).toContain('(remembered)');
  expect(again.backends[1]).not.toHaveProperty('right');
  // Other options are another choice.
  const other = await selectionOf(page, { options: { ...options, monitorInterval: 5 } });
  expect(other.backend).toBe('webgl');
  await page.evaluate(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('not here', 'SecurityError');
    };
  });
  expect((await selectionOf(page, { options })).backend).toBe('webgl');
});

test('another number of rows is measured anew', async ({ page }) => {
  const { single, alternating, batch } = await page.evaluate(
    async ({ options, slowMs }) => {
      const { alice } = window;
      const model = alice.perceptron(3 * 4 * 256 ** 2);
      const rows = alice.rowsFor(model, 32);
      const eight = rows.subarray(0, 8 * model.width);
      const engine = await alice.createEngine(options);
      await engine.quantize(model.bytes, rows);
      const single = await engine.backendSettled();
      alice.slowDown(engine, slowMs);
      await engine.inferBatch(eight, 8);
      await engine.inferBatch(rows.subarray(0, 7 * model.width), 7);
      const alternating = await engine.backendSettled();
      for (let i = 0; i < 2; ++i) await engine.inferBatch(eight, 8);
      const batch = await engine.backendSettled();
      engine.dispose();
      return { single, alternating, batch };
    },
    { options: steady, slowMs: SLOW_MS },
  );
  expect(single[1]).toMatchObject({ name: 'webgl', chosen: false });
  expect(alternating).toEqual(single);
  expect(batch[1]).toMatchObject({ name: 'webgl', right: true, chosen: true });
});
