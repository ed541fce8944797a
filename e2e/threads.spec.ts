// Threads share a run where the page is cross-origin isolated and the model gains; answers are the same, bit for bit.
import type { Page } from '@playwright/test';
import type { EngineOptions } from 'alice-quant';
import { expect, test } from './engine-page.js';

const BYTES = 24_000_000;
const ROWS = 48;

/** A perceptron quantized and run, row by row and as a batch, in both modes. */
const runOf = (page: Page, options: EngineOptions = {}) =>
  page.evaluate(
    async ([bytes, rows, given]) => {
      const { alice } = window;
      const model = alice.perceptron(bytes);
      const inputs = alice.rowsFor(model, rows);
      const engine = await alice.createEngine({
        maxLatencyMs: Infinity,
        maxMemoryMB: 300,
        enableAutoFallback: false,
        ...given,
      });
      const { success } = await engine.quantize(model.bytes, inputs);
      const { threads, backend, isa } = engine.getStatus();
      const answers: Float32Array[] = [];
      for (const precision of ['int8', 'fp32']) {
        engine.forceFallback(precision === 'fp32');
        for (let row = 0; row < 4; ++row) {
          const values = inputs.subarray(row * model.width, (row + 1) * model.width);
          answers.push(engine.inferSync(values).probabilities);
        }
        for (const { probabilities } of await engine.inferBatch(inputs, rows)) answers.push(probabilities);
      }
      const { heapBytes, limitBytes } = engine.getMemory();
      engine.dispose();
      return {
        success,
        threads,
        backend,
        isa,
        answers: answers.map((values) => [...values]),
        heapBytes,
        limitBytes,
      };
    },
    [BYTES, ROWS, options] as const,
  );

function watchFiles(page: Page): Set<string> {
  const files = new Set<string>();
  page.on('request', (request) => {
    const [file] = /alice-(relaxed|threads)/.exec(request.url()) ?? [];
    if (file) files.add(file);
  });
  return files;
}

test.describe('a page that is cross-origin isolated', () => {
  let files: Set<string>;
  let isolated: Page;
  let made: number;
  test.beforeEach(async ({ context, pagesURL }) => {
    isolated = await context.newPage();
    files = watchFiles(isolated);
    made = 0;
    isolated.on('worker', () => (made += 1));
    await isolated.goto(pagesURL.replace('engine.html', 'isolated.html'));
    await isolated.waitForFunction(() => 'alice' in window);
  });

  test('shares runs among two threads, and answers as one does', async ({ page }) => {
    const shared = await runOf(isolated, { threads: 2 });
    expect(files).toEqual(new Set(['alice-threads']));
    expect(shared).toMatchObject({ success: true, backend: 'wasm', isa: 'relaxed' });
    expect(shared.threads).toEqual({ count: 2 });
    expect(made).toBe(1);
    expect(shared.heapBytes).toBeLessThanOrEqual(shared.limitBytes);
    const alone = await runOf(page);
    expect(alone.threads).toEqual({
      count: 1,
      reason: expect.stringContaining('not cross-origin isolated') as unknown as string,
    });
    expect(shared.answers).toEqual(alone.answers);
  });

  test('answers the same with more threads than it has processors', async ({ page }) => {
    const shared = await runOf(isolated, { threads: 5 });
    expect(shared.threads).toEqual({ count: 5 });
    expect(shared.answers).toEqual((await runOf(page)).answers);
  });

  test('measures whether a large model gains, and says so', async () => {
    const { threads } = await runOf(isolated);
    expect(threads.aloneMs).toBeGreaterThan(0);
    // On a machine that is busy elsewhere threads may be no faster.
    const gains = threads.aloneMs! >= 1.1 * threads.sharedMs!;
    expect(threads.count > 1).toBe(gains);
    expect(threads.reason).toBe(gains ? undefined : 'The model is not faster with several threads.');
  });

  test('makes no thread for a model that is too small', async () => {
    const threads = await isolated.evaluate(async () => {
      const engine = await window.alice.createEngine({ maxLatencyMs: Infinity });
      await engine.quantize(window.alice.models.small, window.alice.calibration);
      const before = engine.getStatus().threads;
      await engine.load(window.alice.models.large);
      return [before, engine.getStatus().threads];
    });
    const tooSmall = { count: 1, reason: 'The model is too small to gain.' };
    expect(threads).toEqual([tooSmall, tooSmall]);
    expect(files).toEqual(new Set(['alice-threads']));
    expect(made).toBe(0);
  });

  test('fetches the module of one thread where the option says so', async () => {
    const { threads } = await runOf(isolated, { threads: 1 });
    expect(threads).toEqual({ count: 1, reason: 'The option threads is 1.' });
    expect(files).toEqual(new Set(['alice-relaxed']));
  });

  test('lets engines have the threads together, and others after them', async () => {
    const counts = await isolated.evaluate(
      async ([bytes]) => {
        const { alice } = window;
        const model = alice.perceptron(bytes);
        const row = alice.rowsFor(model, 1);
        const made = () => alice.createEngine({ threads: 2, maxMemoryMB: 300 });
        const [one, two] = [await made(), await made()];
        await one.load(model.bytes);
        await two.load(model.bytes);
        const answers = [one, two].map((engine) => engine.inferSync(row).probabilities);
        one.dispose();
        answers.push(two.inferSync(row).probabilities);
        two.dispose();
        const three = await made();
        await three.load(model.bytes);
        answers.push(three.inferSync(row).probabilities);
        three.dispose();
        return answers.map((values) => [...values]);
      },
      [BYTES] as const,
    );
    expect(made).toBe(1);
    for (const answer of counts) expect(answer).toEqual(counts[0]);
  });
});
