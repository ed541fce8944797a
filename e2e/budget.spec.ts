// The WebAssembly memory of a page stays within maxMemoryMB, whatever model comes.
import { expect, test } from './engine-page.js';

const KB = 2 ** 10;
const MB = 2 ** 20;
const sizes = [4 * KB, 400 * KB, 4 * MB, 12 * MB, 40 * MB];

for (const maxMemoryMB of [1, 2, 4, 8, 16, 32, 50]) {
  test(`${maxMemoryMB} MB: models of 4 KB to 40 MB run or are refused, and the heap stays below`, async ({
    page,
  }) => {
    const steps = await page.evaluate(([budget, models]) => window.alice.sweep(budget, models), [
      maxMemoryMB,
      sizes,
    ] as const);
    // Each model by load() and by quantize(), with the one before it and two ways to ask.
    expect(steps).toHaveLength(sizes.length * 2 * 4);
    expect(steps.every(({ heapBytes }) => heapBytes <= maxMemoryMB * MB)).toBe(true);
    expect(steps.every(({ heapBytes, reportedBytes }) => reportedBytes === heapBytes)).toBe(true);
    const refused = steps.filter(({ refusal }) => refusal !== undefined);
    expect(
      refused.every(({ refusal, answersAsBefore }) => refusal?.stage === 'budget' && answersAsBefore),
    ).toBe(true);
    expect(steps[1]?.refusal).toBeUndefined();
    expect(refused.length).toBeGreaterThan(0);
  });
}
