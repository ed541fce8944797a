// Pages that cannot run WebAssembly run the engine as plain JavaScript, with the integers and answers of WebAssembly.
import type { Page } from '@playwright/test';
import type { EngineOptions } from 'alice-quant';
import { expect, test } from './engine-page.js';

type Classifier = keyof typeof window.alice.models;

/** Classifiers quantized and run: answers, and the integers of every layer. */
const runsOf = (page: Page, options: EngineOptions = {}, names: Classifier[] = ['small', 'large']) =>
  page.evaluate(
    async ([models, given]) => {
      const { alice } = window;
      const runs = [];
      for (const name of models) {
        const engine = await alice.createEngine({ maxLatencyMs: Infinity, ...given });
        const { success } = await engine.quantize(alice.models[name], alice.calibration);
        const int8: number[][] = [];
        const fp32: number[][] = [];
        const integers: number[][] = [];
        for (const { features } of alice.calibration.samples.slice(0, 60)) {
          const both = await engine.compare(features);
          int8.push([...both.int8.probabilities]);
          fp32.push([...both.fp32.probabilities]);
          for (const layer of alice.layersOf(engine)) {
            const { codes, accumulators } = alice.integersOf(engine, layer);
            integers.push([...codes], [...accumulators]);
          }
        }
        const { mode } = engine.inferSync(alice.calibration.samples[0]!.features);
        const { backend, backends, isa } = engine.getStatus();
        engine.dispose();
        runs.push({ success, mode, backend, backends, isa, int8, fp32, integers });
      }
      return runs;
    },
    [names, options] as const,
  );

type Runs = Awaited<ReturnType<typeof runsOf>>;

/** The largest difference, relative to the larger value. */
function farthest(a: number[][], b: number[][]) {
  const others = b.flat();
  const differences = a.flat().map((value, i) => Math.abs(value - others[i]!) / Math.max(value, others[i]!));
  return Math.max(...differences);
}

function expectSame(found: Runs, expected: Runs) {
  found.forEach(({ success, mode, int8, fp32, integers }, i) => {
    expect({ success, mode }).toEqual({ success: true, mode: 'int8' });
    expect(integers).toEqual(expected[i]!.integers);
    expect(int8).toEqual(expected[i]!.int8);
    expect(farthest(fp32, expected[i]!.fp32)).toBeLessThan(1e-5);
  });
}

/** The files of the engine that a page fetches. */
function watchFiles(page: Page): Set<string> {
  const files = new Set<string>();
  page.on('request', (request) => {
    const [file] = /alice-(relaxed|simd128|cpu)/.exec(request.url()) ?? [];
    if (file) files.add(file);
  });
  return files;
}

async function opened(page: Page, url: string) {
  await page.goto(url);
  await page.waitForFunction(() => 'alice' in window);
  return page;
}

test('a page fetches the engines that it takes, and no other', async ({ page }) => {
  const files = watchFiles(page);
  const [relaxed] = await runsOf(page, {}, ['small']);
  expect(relaxed).toMatchObject({ backend: 'wasm', isa: 'relaxed' });
  expect(files).toEqual(new Set(['alice-relaxed']));
  const [cpu] = await runsOf(page, { backend: 'cpu' }, ['small']);
  expect(cpu).toMatchObject({ backend: 'cpu', isa: 'scalar' });
  expect(files).toEqual(new Set(['alice-relaxed', 'alice-cpu']));
});

test('a page that loads and runs models fetches the rest of the module when it quantizes, and not before', async ({
  page,
}) => {
  const files: string[] = [];
  page.on('request', (request) => {
    const [file] = /alice-(relaxed(\.rest)?|simd128|webgl|cpu|threads)/.exec(request.url()) ?? [];
    if (file) files.push(file);
  });
  const modeOfFloats = await page.evaluate(async () => {
    const engine = await window.alice.createEngine({ maxLatencyMs: Infinity });
    await engine.load(window.alice.models.small);
    const row = new Float32Array(12).fill(0.5);
    for (let i = 0; i < 100; i++) engine.inferSync(row);
    await engine.backendSettled();
    return engine.getStatus().mode;
  });
  expect(modeOfFloats).toBe('fp32');
  expect(files).toEqual(['alice-relaxed']);
  const quantized = await page.evaluate(async () => {
    const engine = await window.alice.createEngine({ maxLatencyMs: Infinity });
    const { int8Model } = await engine.quantize(window.alice.models.small, window.alice.calibration);
    return [...int8Model];
  });
  expect(files).toEqual(['alice-relaxed', 'alice-relaxed.rest']);

  await page.reload();
  await page.waitForFunction(() => 'alice' in window);
  files.length = 0;
  const mode = await page.evaluate(async (bytes) => {
    const engine = await window.alice.createEngine();
    await engine.load(Uint8Array.from(bytes));
    const row = new Float32Array(12).fill(0.5);
    for (let i = 0; i < 100; i++) engine.inferSync(row);
    await engine.backendSettled();
    return engine.getStatus().mode;
  }, quantized);
  expect(mode).toBe('int8');
  expect(files).toEqual(['alice-relaxed']);
});

test('a page whose Content-Security-Policy forbids WebAssembly runs on cpu', async ({
  page,
  context,
  pagesURL,
}) => {
  const strict = await context.newPage();
  const files = watchFiles(strict);
  await opened(strict, pagesURL.replace('engine.html', 'strict.html'));
  const found = await runsOf(strict);
  expect(found[0]!.backend).toBe('cpu');
  expect(found[0]!.backends[0]).toMatchObject({ name: 'wasm', available: false });
  expect(found[0]!.backends[0]!.reason).toContain('does not let WebAssembly be compiled');
  expect(files).toEqual(new Set(['alice-cpu']));
  expectSame(found, await runsOf(page));
  const refusal = await strict.evaluate(() =>
    window.alice.createEngine({ backend: 'wasm' }).then(String, ({ code }: { code: string }) => code),
  );
  expect(refusal).toBe('backend_unavailable');
});

const without: { what: string; flag: string; reason: string; names: Classifier[] }[] = [
  {
    what: 'WebAssembly, that interprets JavaScript',
    flag: '--jitless',
    reason: 'There is no WebAssembly here.',
    names: ['small'],
  },
  {
    what: 'SIMD',
    flag: '--no-enable-sse4-1',
    reason: 'WebAssembly has no 128-bit SIMD here.',
    names: ['small', 'large'],
  },
];
for (const { what, flag, reason, names } of without) {
  test(`a browser without ${what} runs on cpu`, async ({ page, pagesURL, playwright }) => {
    const { launchOptions } = test.info().project.use;
    const browser = await playwright.chromium.launch({
      ...launchOptions,
      args: [...(launchOptions?.args ?? []), `--js-flags=${flag}`],
    });
    try {
      const found = await runsOf(await opened(await browser.newPage(), pagesURL), {}, names);
      expect(found[0]).toMatchObject({ backend: 'cpu', isa: 'scalar' });
      expect(found[0]!.backends[0]).toEqual({ name: 'wasm', available: false, chosen: false, reason });
      expectSame(found, await runsOf(page, {}, names));
    } finally {
      await browser.close();
    }
  });
}
