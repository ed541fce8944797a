import { expect, test } from './demo.js';

test('the page loads, quantizes by itself and says so', async ({ demo }) => {
  await expect(demo.shown('state')).toHaveText('Ready, answering in INT8');
  await expect(demo.shown('model')).toHaveText('behavior-classifier');
  await expect(demo.shown('mode')).toHaveText('INT8');
  await expect(demo.shown('backend')).toHaveText(/^wasm, (relaxed|simd128)/);
  await expect(demo.shown('report-model')).toHaveText('behavior-classifier');
  await expect(demo.shown('notice')).toBeHidden();
  await expect(demo.shown('fatal')).toBeHidden();
});

test('without movement nothing is named', async ({ demo }) => {
  await expect(demo.shown('class-name')).toHaveText('Not enough movement');
  await expect(demo.shown('int8-rage_shake')).toHaveText('–');
  await expect(demo.shown('similarity')).toHaveText('–');
});

test('the heap stays within 2 MB', async ({ demo }) => {
  expect(await demo.bytes('heap')).toBeLessThanOrEqual(2 * 1024 ** 2);
});

test('leaving and coming back starts afresh, in the same heap', async ({ demo }) => {
  const heap = await demo.text('heap');
  for (let visit = 0; visit < 3; ++visit) {
    await demo.page.goto('about:blank');
    await demo.page.goBack();
    await demo.isReady();
    await expect(demo.shown('heap')).toHaveText(heap);
  }
  await demo.page.reload();
  await demo.isReady();
  await expect(demo.shown('heap')).toHaveText(heap);
});

test('the built page forbids foreign and inline code', async ({ demo }) => {
  const policy = await demo.page
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute('content');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("'unsafe-inline'");
  expect(policy).not.toContain("'unsafe-eval'");
});
