import { bytesIn, expect, numberIn, test } from './demo.js';

// INT8 weights are a quarter of FP32; scales, biases and the graph itself (some thirty nodes with their names) add to that,
// which weighs more in the small file.
const cases = [
  { model: 'small', name: 'behavior-classifier', layers: 3, minRatio: 1.5 },
  { model: 'large', name: 'behavior-classifier-large', layers: 4, minRatio: 3.4 },
] as const;

// At most 0.5 % of all inputs may change their class: 5 of the set's 1000, give or take three standard deviations of that count.
const minAgreement = 100 - (5 + 3 * Math.sqrt(5)) / 10;

for (const { model, name, layers, minRatio } of cases) {
  test(`quantizing ${name} shows what it measured`, async ({ demo }) => {
    await demo.quantize(model);
    await expect(demo.shown('report-model')).toHaveText(name);
    await expect(demo.shown('model')).toHaveText(name);
    await expect(demo.shown('mode')).toHaveText('INT8');
    await expect(demo.shown('notice')).toBeHidden();

    expect(await demo.number('report-cosine')).toBeGreaterThanOrEqual(0.999);
    expect(await demo.number('report-worst-cosine')).toBeLessThanOrEqual(await demo.number('report-cosine'));
    expect(await demo.number('report-agreement')).toBeGreaterThanOrEqual(minAgreement);
    expect(await demo.number('report-drop')).toBeLessThanOrEqual(100 - minAgreement);
    expect(await demo.number('report-time')).toBeGreaterThan(0);

    const ratio = (await demo.bytes('fp32-bytes')) / (await demo.bytes('int8-bytes'));
    expect(ratio).toBeGreaterThan(minRatio);
    // Sizes are rounded to 0.1 KB and the ratio to 0.01.
    expect(Math.abs((await demo.number('report-ratio')) - ratio)).toBeLessThan(0.05 * ratio);
    expect(await demo.text('ratio')).toBe(await demo.text('report-ratio'));

    const rows = demo.shown('layer');
    await expect(rows).toHaveCount(layers);
    for (const row of await rows.all()) {
      const [, operator, dims, sqnr, cosine, error, fp32, int8] = await row.locator('th, td').allInnerTexts();
      expect(operator).toMatch(/^(Gemm|MatMul)$/);
      expect(dims).toMatch(/^\d+ × \d+$/);
      expect(numberIn(sqnr!)).toBeGreaterThan(20);
      expect(numberIn(cosine!)).toBeGreaterThanOrEqual(0.999);
      expect(numberIn(error!)).toBeGreaterThan(0);
      expect(bytesIn(int8!)).toBeLessThan(bytesIn(fp32!));
    }
    expect(await demo.shown('log').locator('li').count()).toBeGreaterThan(0);
  });
}

test('quantizing again and again leaks nothing', async ({ demo }) => {
  // Were the large model's weights alone left behind each time, this would take 2 MB more.
  for (let round = 0; round < 10; ++round) {
    await demo.quantize('large');
    await demo.quantize('small');
  }
  expect(await demo.bytes('heap')).toBeLessThanOrEqual(2 * 1024 ** 2);
});
