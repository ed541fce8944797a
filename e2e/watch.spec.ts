import { expect, test } from './demo.js';
import { movements } from './movements.js';
import { moveInField } from './pointer.js';

test.use({ viewport: { width: 1600, height: 1000 } });

const ways = [
  ['fault-corrupt', 'FP32: INT8 differs too much', /similarity \S+ is below fallbackThreshold 0\.95/],
  ['fault-slow', 'FP32: INT8 takes too long', /three inferences in a row/],
] as const;

for (const [fault, mode, why] of ways) {
  test(`${fault}: FP32 takes over while the page goes on, and INT8 comes back after the repair`, async ({
    demo,
  }) => {
    await expect(demo.shown('watch-health')).toHaveText('INT8 is as good as FP32');
    await expect(demo.shown('repair')).toBeDisabled();
    await demo.shown(fault).click();
    await expect(demo.shown('mode')).toHaveText(mode);
    await expect(demo.shown('watch-health')).toHaveText('FP32 answers');
    await expect(demo.shown('watch-event').first()).toHaveText(why);
    await moveInField(demo.page, movements.rage_shake);
    await expect(demo.shown('class-name')).toHaveText('Rage shake');

    await demo.shown('repair').click();
    await expect(demo.shown('mode')).toHaveText('INT8');
    await expect(demo.shown('watch-event').first()).toContainText('INT8 answers again');
    await expect(demo.shown('watch-fallbacks')).toHaveText('1');
    await expect(demo.shown('watch-recoveries')).toHaveText('1');
    await expect(demo.shown('state')).toHaveText('Ready, answering in INT8');
  });
}

test('INT8 runs that throw are answered by FP32 until they no longer do', async ({ demo }) => {
  await demo.shown('fault-throw').click();
  await expect(demo.shown('watch-event').last()).toContainText('an INT8 inference failed: an injected fault');
  await expect(demo.shown('watch-event').first()).toContainText('INT8 answers again');
  await expect(demo.shown('watch-fallbacks')).toHaveText('1');
});

test('a module that crashes is replaced in the very call, and the page goes on', async ({ demo }) => {
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
  for (let times = 1; times <= 2; ++times) {
    await demo.shown('fault-crash').click();
    await expect(demo.shown('watch-event')).toHaveCount(times);
    await expect(demo.shown('watch-event').first()).toContainText(
      "wasm answers: The engine's module stopped: unreachable.",
    );
    await expect(demo.shown('class-name')).toHaveText('Rage shake');
    await expect(demo.shown('mode')).toHaveText('INT8');
    await expect(demo.shown('state')).toHaveText('Ready, answering in INT8');
    await expect(demo.shown('repair')).toBeDisabled();
  }
  await demo.quantize('large');
  await demo.shown('fault-crash').click();
  await expect(demo.shown('watch-event')).toHaveCount(3);
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
});

test('another model ends a fault, and starts without one', async ({ demo }) => {
  await demo.shown('fault-corrupt').click();
  await expect(demo.shown('watch-health')).toHaveText('FP32 answers');
  await demo.quantize('large');
  await expect(demo.shown('mode')).toHaveText('INT8');
  await expect(demo.shown('fault-corrupt')).toBeEnabled();
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.shown('mode')).toHaveText('INT8');
});
