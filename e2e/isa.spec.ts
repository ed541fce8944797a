// Which kernels run, and that they all give the same integers: on this machine, and where its dot product is emulated.
import type { Browser, Page } from '@playwright/test';
import { expect, test } from './engine-page.js';

type Isa = 'auto' | 'reference' | 'simd128' | 'relaxed';

/** What a page answers with the kernels of an instruction set: INT8 probabilities, and which kernels gave them. */
const answersOf = (page: Page, isa: Isa) =>
  page.evaluate(async (asked) => {
    const { alice } = window;
    const engine = await alice.createEngine({ isa: asked, maxLatencyMs: Infinity });
    const answers: Record<string, number[]> = {};
    for (const strategy of ['dynamic', 'static'] as const) {
      for (const weightType of ['int8', 'int4'] as const) {
        const other = await alice.createEngine({
          isa: asked,
          strategy,
          weightType,
          maxLatencyMs: Infinity,
          enableAutoFallback: false,
        });
        // Ranges of calibration come from FP32 runs, whose last bits are the instruction set's.
        await other.quantize(alice.models.large, strategy === 'static' ? alice.calibration : undefined);
        const rows = alice.calibration.samples.slice(0, 100);
        const results = [];
        for (const { features } of rows) results.push((await other.compare(features)).int8);
        answers[`${strategy} ${weightType}`] = results.flatMap(({ probabilities }) => [...probabilities]);
        other.dispose();
      }
    }
    await engine.quantize(alice.models.small, alice.calibration);
    const { isa: used, kernels, relaxedDot } = engine.getStatus();
    engine.dispose();
    return { used, kernels, relaxedDot, answers };
  }, isa);

test('each instruction set runs its own kernels, and all give the same answers', async ({ page }) => {
  const reference = await answersOf(page, 'reference');
  expect(reference.used).toBe('reference');
  expect(reference.kernels).toEqual({ int8: 'GemmU8S8S32_Reference', fp32: 'GemmF32_Reference' });
  expect(reference.relaxedDot).toBeUndefined();
  expect(reference.answers['dynamic int8']).toHaveLength(600);

  const simd128 = await answersOf(page, 'simd128');
  expect(simd128.used).toBe('simd128');
  expect(simd128.kernels).toEqual({ int8: 'GemmU8S8S32_6x8c2_Simd128', fp32: 'GemmF32_6x8_Simd128' });
  expect(simd128.answers['dynamic int8']).toEqual(reference.answers['dynamic int8']);
  expect(simd128.answers['dynamic int4']).toEqual(reference.answers['dynamic int4']);

  const relaxed = await answersOf(page, 'relaxed');
  expect(relaxed.used).toBe('relaxed');
  expect(relaxed.kernels.fp32).toBe('GemmF32_6x8_Relaxed');
  const forMeaning = {
    unsigned_signed: 'GemmU8S8S32_6x8c4_Relaxed',
    signed_signed: 'GemmU8S8S32_6x8c4_FlippedRelaxed',
    none: 'GemmU8S8S32_6x8c2_Simd128',
  };
  const { meaning, speedup } = relaxed.relaxedDot ?? { meaning: 'none', speedup: 0 };
  expect(relaxed.kernels.int8).toBe(forMeaning[speedup > 0 && speedup <= 1 ? 'none' : meaning]);
  expect(relaxed.answers['dynamic int8']).toEqual(reference.answers['dynamic int8']);
  expect(relaxed.answers['dynamic int4']).toEqual(reference.answers['dynamic int4']);

  const automatic = await answersOf(page, 'auto');
  expect(automatic.used).toBe('relaxed');
  expect(automatic.kernels).toEqual(relaxed.kernels);
});

test('without the instruction of the machine, an exact kernel runs and gives the same answers', async ({
  page,
  pagesURL,
  playwright,
}) => {
  const { launchOptions } = test.info().project.use;
  const without = '--js-flags=--no-enable-avx-vnni,--no-enable-avx-vnni-int8';
  const browser: Browser = await playwright.chromium.launch({
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), without],
  });
  try {
    const emulated = await browser.newPage();
    await emulated.goto(pagesURL);
    await emulated.waitForFunction(() => 'alice' in window);
    const expected = await answersOf(page, 'auto');
    const found = await answersOf(emulated, 'auto');
    expect(found.used).toBe('relaxed');
    expect(found.answers['dynamic int8']).toEqual(expected.answers['dynamic int8']);
    expect(found.answers['static int8']).toEqual(expected.answers['static int8']);
    if (found.relaxedDot?.meaning === 'none') {
      expect(found.kernels.int8).toBe('GemmU8S8S32_6x8c2_Simd128');
    }
  } finally {
    await browser.close();
  }
});
