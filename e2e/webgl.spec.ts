// The WebGL backend in a browser that draws in software: the same answers, and every one of them while its context goes and comes.
import type { Browser, Page } from '@playwright/test';
import { hasSharedModels, sharedModel, type SharedModelName } from '../web/test/fixtures/shared-models.js';
import { expect, test as base } from './engine-page.js';

const test = base.extend<object, { webglBrowser: Browser }>({
  webglBrowser: [
    async ({ playwright }, use, info) => {
      const { launchOptions } = info.project.use;
      const args = [...(launchOptions?.args ?? []), '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
      const browser = await playwright.chromium.launch({ ...launchOptions, args });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ webglBrowser, pagesURL }, use) => {
    const page = await webglBrowser.newPage();
    await page.goto(pagesURL);
    await page.waitForFunction(() => 'alice' in window);
    await use(page);
    await page.close();
  },
});

type Model = 'small' | 'large';
type Strategy = 'dynamic' | 'static';

/** What a backend answers to the first rows of the calibration data, and what the engine says of itself. */
const answersOf = (page: Page, backend: 'wasm' | 'webgl', model: Model, strategy: Strategy) =>
  page.evaluate(
    async ({ backend, model, strategy }) => {
      const { alice } = window;
      const engine = await alice.createEngine({
        backend,
        isa: 'simd128',
        strategy,
        maxLatencyMs: Infinity,
        maxInferenceMs: Infinity,
      });
      await engine.quantize(alice.models[model], alice.calibration);
      const answers: number[][] = [];
      for (const { features } of alice.calibration.samples.slice(0, 40)) {
        answers.push([...engine.inferSync(features).probabilities]);
      }
      const status = engine.getStatus();
      const memory = engine.getMemory();
      engine.dispose();
      return { answers, status, memory };
    },
    { backend, model, strategy },
  );

for (const model of ['small', 'large'] as const) {
  for (const strategy of ['dynamic', 'static'] as const) {
    test(`the ${model} classifier, ${strategy}: WebGL has the integers and answers of WebAssembly`, async ({
      page,
    }) => {
      const expected = await answersOf(page, 'wasm', model, strategy);
      const found = await answersOf(page, 'webgl', model, strategy);
      expect(expected.status.backend).toBe('wasm');
      expect(found.status.backend).toBe('webgl');
      const { renderer, int8, fp32 } = found.status.webgl ?? {};
      expect(renderer).toContain('SwiftShader');
      expect(int8?.refusal).toBeUndefined();
      expect(int8?.sameIntegers).toBe(true);
      expect(int8?.productsCompared).toBeGreaterThan(1);
      expect(int8?.operators).toBe(int8?.allOperators);
      expect(fp32?.refusal).toBeUndefined();
      expect(found.answers).toEqual(expected.answers);
      expect(found.memory.byKind['textures']).toBeGreaterThan(0);
      expect(expected.memory.byKind['textures']).toBe(0);
    });
  }
}

test('each of many inferences is answered while the context is lost and comes back', async ({ page }) => {
  const { mistakes, events, backends } = await page.evaluate(async () => {
    const { alice } = window;
    const options = { isa: 'simd128', maxLatencyMs: Infinity, maxInferenceMs: Infinity } as const;
    const engine = await alice.createEngine({ ...options, backend: 'webgl' });
    const witness = await alice.createEngine(options);
    await engine.quantize(alice.models.small, alice.calibration);
    await witness.quantize(alice.models.small, alice.calibration);
    const events: { backend: string; reason?: string }[] = [];
    engine.on('backend', ({ backend, reason }) => events.push({ backend, ...(reason && { reason }) }));
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

    const rows = alice.calibration.samples;
    const backends: Record<string, number> = {};
    let mistakes = 0;
    for (let i = 0; i < 600; ++i) {
      const restore = i % 60 === 30 ? alice.loseWebglContext(engine) : undefined;
      const { features } = rows[i % rows.length] as (typeof rows)[number];
      const found = engine.inferSync(features).probabilities;
      const expected = witness.inferSync(features).probabilities;
      if (found.some((value, k) => value !== expected[k])) ++mistakes;
      const { backend } = engine.getStatus();
      backends[backend] = (backends[backend] ?? 0) + 1;
      if (restore) {
        await turn();
        restore();
        await turn();
      }
    }
    return { mistakes, events, backends };
  });
  expect(mistakes).toBe(0);
  expect(events.filter(({ backend }) => backend === 'wasm')).toHaveLength(10);
  expect(events.filter(({ backend }) => backend === 'webgl')).toHaveLength(10);
  expect(events[0]?.reason).toContain('lost');
  expect(backends['webgl']).toBeGreaterThan(400);
  expect(backends['wasm']).toBeGreaterThan(9);
});

test('a page without WebGL is told so, and has WebAssembly', async ({ page }) => {
  const { code, backend } = await page.evaluate(async () => {
    const { alice } = window;
    OffscreenCanvas.prototype.getContext = () => null;
    const code = await alice.createEngine({ backend: 'webgl' }).then(
      () => 'none',
      (error: unknown) => (error as InstanceType<typeof alice.AliceError>).code,
    );
    const engine = await alice.createEngine();
    await engine.load(alice.models.small);
    return { code, backend: engine.getStatus().backend };
  });
  expect(code).toBe('backend_unavailable');
  expect(backend).toBe('wasm');
});

/** Trained models of others: how many of their operators WebGL executes, of how many. */
const trained: Partial<Record<SharedModelName, [number, number]>> = {
  mnist: [6, 6],
  cifar: [8, 8],
  iris: [3, 3],
  dtln: [5, 11],
};

for (const [name, operators] of Object.entries(trained)) {
  test(`the model ${name} gives the integers of WebAssembly`, async ({ page }) => {
    test.skip(!hasSharedModels, 'needs the models of others');
    const bytes = [...sharedModel(name as SharedModelName)];
    const status = await page.evaluate(async (numbers) => {
      const engine = await window.alice.createEngine({
        backend: 'webgl',
        isa: 'simd128',
        maxMemoryMB: 512,
        maxLatencyMs: Infinity,
        calibrationSamples: 32,
      });
      try {
        await engine.quantize(Uint8Array.from(numbers));
        return engine.getStatus();
      } finally {
        engine.dispose();
      }
    }, bytes);
    const { int8, fp32 } = status.webgl ?? {};
    expect(int8?.refusal).toBeUndefined();
    expect([int8?.operators, int8?.allOperators]).toEqual(operators);
    expect(int8?.sameIntegers).toBe(true);
    expect(int8?.productsCompared).toBeGreaterThan(0);
    expect(int8?.largestDifference).toBeLessThanOrEqual(1e-5);
    expect(fp32?.refusal).toBeUndefined();
  });
}
