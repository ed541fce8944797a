// Modules that trap in the middle of a run, in a browser: every inference is answered all the same, bit for bit.
import type { Page } from '@playwright/test';
import { expect, test } from './engine-page.js';
import { test as webglTest } from './webgl-page.js';

const STOPPED = "The engine's module stopped: unreachable.";

test('a hundred traps in 5000 inferences: each inference is answered, bit for bit', async ({ page }) => {
  const { letters, told, status } = await page.evaluate(async () => {
    const { alice } = window;
    const watched = await alice.watched({ monitorInterval: 0 });
    const told: object[] = [];
    watched.engine.on('backend', (event) => told.push(event));
    let letters = '';
    for (let i = 0; i < 100; ++i) {
      alice.trap(watched.engine);
      letters += watched.ask(50);
    }
    const { backend, mode } = watched.engine.getStatus();
    watched.engine.dispose();
    return { letters, told, status: { backend, mode } };
  });
  expect(letters).toBe('8'.repeat(5000));
  expect(told).toHaveLength(100);
  expect(new Set(told.map((event) => JSON.stringify(event)))).toEqual(
    new Set([JSON.stringify({ backend: 'wasm', isa: 'relaxed', reason: STOPPED })]),
  );
  expect(status).toEqual({ backend: 'wasm', mode: 'int8' });
});

test('where a module is lost time and again, JavaScript answers, and the module comes back', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { alice } = window;
    const engine = await alice.createEngine({ maxLatencyMs: Infinity });
    await engine.quantize(alice.models.small, alice.calibration);
    const row = Float32Array.from(alice.calibration.samples[0]!.features);
    const before = (await engine.compare(row)).int8.probabilities;
    const isSame = ({ probabilities }: { probabilities: Float32Array }) =>
      probabilities.every((value, i) => Object.is(value, before[i]));
    alice.trap(engine, { times: 2 });
    const askedAt = Date.now();
    const wasRight = isSame(await engine.infer(row));
    const { backend, backends } = engine.getStatus();
    const { reason, retryAt } = backends.find(({ name }) => name === 'wasm')!;
    const right = [wasRight];
    while (engine.getStatus().backend !== 'wasm') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      right.push(isSame(engine.inferSync(row)));
    }
    return { backend, reason, right, delayMs: retryAt! - askedAt, tookMs: Date.now() - askedAt };
  });
  expect(seen.backend).toBe('cpu');
  expect(seen.reason).toBe(STOPPED);
  expect(seen.right.every(Boolean)).toBe(true);
  expect(seen.delayMs).toBeGreaterThanOrEqual(999);
  expect(seen.tookMs).toBeGreaterThanOrEqual(999);
});

test('a thread that traps ends the run that waits for it, which is answered', async ({
  context,
  pagesURL,
}) => {
  const page = await context.newPage();
  await page.goto(pagesURL.replace('engine.html', 'isolated.html'));
  await page.waitForFunction(() => 'alice' in window);
  const seen = await page.evaluate(async () => {
    const { alice } = window;
    const model = alice.perceptron(4_000_000);
    const row = alice.rowsFor(model, 1);
    const engine = await alice.createEngine({ threads: 2, maxMemoryMB: 300 });
    const told: object[] = [];
    await engine.load(model.bytes);
    const counts = [engine.getStatus().threads.count];
    const before = engine.inferSync(row).probabilities;
    engine.on('backend', (event) => told.push(event));
    let answered = 0;
    for (let times = 1; times <= 3; ++times) {
      alice.trap(engine, { thread: 1 });
      while (told.length < times) {
        const { probabilities } = engine.inferSync(row);
        if (!probabilities.every((value, i) => Object.is(value, before[i])))
          throw new Error('another answer');
        answered += 1;
      }
      // Fresh threads come to share the runs of the fresh instance.
      while (engine.getStatus().threads.count < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    counts.push(engine.getStatus().threads.count);
    return { told, counts, answered };
  });
  expect(seen.counts).toEqual([2, 2]);
  expect(seen.answered).toBeGreaterThanOrEqual(3);
  expect(seen.told).toEqual(Array(3).fill({ backend: 'wasm', isa: 'relaxed', reason: STOPPED }));
  await page.close();
});

const onWebgl = (page: Page) =>
  page.evaluate(async () => {
    const { alice } = window;
    const steady = { maxLatencyMs: Infinity, maxInferenceMs: Infinity, monitorInterval: 0 };
    const engine = await alice.createEngine({ backend: 'webgl', ...steady });
    await engine.quantize(alice.models.large, alice.calibration);
    const rows = alice.calibration.samples.slice(0, 20).map(({ features }) => Float32Array.from(features));
    const before = rows.map((row) => engine.inferSync(row).classIndex);
    const told: { backend: string; reason?: string }[] = [];
    engine.on('backend', (event) => told.push(event));
    const isRight = async () => {
      const answers = await Promise.all(rows.map((row) => engine.infer(row)));
      return answers.every(({ classIndex }, i) => classIndex === before[i]);
    };
    const backends = [engine.getStatus().backend];
    const right: boolean[] = [];
    for (const times of [1, 2]) {
      alice.trap(engine, { times, backend: 'webgl' });
      right.push(await isRight());
      backends.push(engine.getStatus().backend);
    }
    return { backends, right, told };
  });

webglTest(
  'WebGL goes on in a fresh instance, and WebAssembly where that is lost as well',
  async ({ page }) => {
    const { backends, right, told } = await onWebgl(page);
    expect(right).toEqual([true, true]);
    expect(backends).toEqual(['webgl', 'webgl', 'wasm']);
    expect(told.map(({ backend, reason }) => [backend, reason])).toEqual([
      ['webgl', STOPPED],
      ['wasm', STOPPED],
    ]);
  },
);

webglTest(
  'a module that lends its GPU and is lost is measured anew, and after a while where it is lost again',
  async ({ page }) => {
    const { backends, told, reason, waitMs, mistakes } = await page.evaluate(async () => {
      const { alice } = window;
      const options = { maxLatencyMs: Infinity, maxInferenceMs: Infinity };
      const model = alice.perceptron(3 * 4 * 256 ** 2);
      const rows = alice.rowsFor(model, 64);
      const engine = await alice.createEngine(options);
      const witness = await alice.createEngine({ ...options, backend: 'wasm' });
      const lender = await alice.createEngine({ ...options, backend: 'webgl' });
      for (const each of [witness, lender, engine]) await each.quantize(model.bytes, rows);
      const told: string[] = [];
      engine.on('backend', ({ backend }) => told.push(backend));
      // What is slow in WebAssembly is left to the GPU.
      alice.slowDown(engine, 500);
      const backends: string[] = [];
      let mistakes = 0;
      const ask = () => {
        const row = rows.subarray(0, model.width);
        const expected = witness.inferSync(row).probabilities;
        const found = engine.inferSync(row).probabilities;
        const largest = Math.max(...expected.map(Math.abs));
        if (found.some((value, k) => Math.abs(value - expected[k]!) > 1e-5 * largest)) ++mistakes;
        backends.push(engine.getStatus().backend);
      };
      /** What is slow in WebAssembly is left to the GPU. */
      const settle = async () => {
        const hurry = alice.slowDown(engine, 500);
        const found = await engine.backendSettled();
        hurry();
        return found;
      };
      for (let losses = 0; losses < 2; ++losses) {
        await settle();
        ask();
        alice.trap(lender);
        lender.inferSync(rows.subarray(0, model.width));
        ask();
      }
      const settled = await settle();
      ask();
      const { reason, retryAt } = settled.find(({ name }) => name === 'webgl')!;
      const waitMs = retryAt! - Date.now();
      const hurry = alice.slowDown(engine, 500);
      await new Promise((resolve) => setTimeout(resolve, waitMs + 50));
      await engine.backendSettled();
      hurry();
      ask();
      for (const each of [witness, lender, engine]) each.dispose();
      return { backends, told, reason, waitMs, mistakes };
    });
    expect(backends).toEqual(['webgl', 'wasm', 'webgl', 'wasm', 'wasm', 'webgl']);
    expect(told).toEqual(['webgl', 'wasm', 'webgl', 'wasm', 'webgl']);
    expect(waitMs).toBeLessThanOrEqual(1000);
    expect(reason).toBe('The module with WebGL has stopped twice.');
    expect(mistakes).toBe(0);
  },
);
