import { BEHAVIOR_CLASSES } from 'alice-quant';
import { classWords } from '../demo/src/classes.js';
import { expect, numberIn, test } from './demo.js';
import { movements } from './movements.js';
import { moveInField } from './pointer.js';

test.use({ viewport: { width: 1600, height: 1000 } });

for (const behavior of BEHAVIOR_CLASSES) {
  test(`a hand that moves like ${behavior} is named so`, async ({ demo }) => {
    await moveInField(demo.page, movements[behavior]);
    await expect(demo.shown('verdict-when')).toHaveText('Last movement');

    const shares = await Promise.all(
      BEHAVIOR_CLASSES.map(async (each) => ({ each, share: await demo.number(`int8-${each}`) })),
    );
    shares.sort((a, b) => b.share - a.share);
    // Uncertain is a blend of others by its definition: it need only be among the first two.
    const accepted = shares.slice(0, behavior === 'uncertain' ? 2 : 1).map(({ each }) => each);
    expect(accepted, JSON.stringify(shares)).toContain(behavior);
    await expect(demo.shown('class-name')).toHaveText(classWords[shares[0]!.each].title);
  });
}

test('INT8 and FP32 are shown side by side and agree', async ({ demo }) => {
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('verdict-when')).toHaveText('Last movement');
  expect(await demo.number('similarity')).toBeGreaterThanOrEqual(0.999);

  for (const arithmetic of ['int8', 'fp32']) {
    const texts = await Promise.all(BEHAVIOR_CLASSES.map((each) => demo.text(`${arithmetic}-${each}`)));
    const sum = texts.map(numberIn).reduce((a, b) => a + b);
    // Six shares, each rounded to 0.1 %.
    expect(Math.abs(sum - 100)).toBeLessThanOrEqual(6 * 0.05 + 1e-9);
  }
  const [int8, fp32] = await Promise.all([demo.number('int8-rage_shake'), demo.number('fp32-rage_shake')]);
  const largest = await demo.number('difference');
  expect(Math.abs(int8 - fp32) / 100).toBeLessThanOrEqual(largest + 0.001);
});

test('the features of the movement are shown', async ({ demo }) => {
  await moveInField(demo.page, movements.urgent_rush);
  await expect(demo.shown('verdict-when')).toHaveText('Last movement');
  expect(await demo.number('feature-straightness')).toBeGreaterThan(0.95);
  expect(await demo.number('feature-velocity_max')).toBe(1);
});

test('a movement too small to tell is not named', async ({ demo }) => {
  await moveInField(demo.page, [
    { x: 0, y: 0, t: 0 },
    { x: 40, y: 0, t: 50 },
  ]);
  await expect(demo.shown('verdict-when')).toHaveText('Last movement');
  await expect(demo.shown('class-name')).toHaveText('Not enough movement');
});
