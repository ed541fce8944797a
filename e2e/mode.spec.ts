import { expect, test } from './demo.js';
import { movements } from './movements.js';
import { moveInField } from './pointer.js';

test.use({ viewport: { width: 1600, height: 1000 } });

test('the switch takes FP32 into service, and INT8 again', async ({ demo }) => {
  const { page } = demo;
  await moveInField(page, movements.rage_shake);
  await expect(demo.shown('verdict-when')).toHaveText('Last movement');
  const int8Share = await demo.text('int8-rage_shake');

  await demo.shown('mode-switch').getByRole('radio', { name: 'FP32' }).check();
  await expect(demo.shown('mode')).toHaveText('FP32: chosen here');
  await expect(demo.shown('state')).toHaveText('Ready, answering in FP32');
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
  await expect(demo.shown('int8-rage_shake')).toHaveText(int8Share);

  await moveInField(page, movements.precision_snipe);
  await expect(demo.shown('class-name')).toHaveText('Precision snipe');

  await demo.shown('mode-switch').getByRole('radio', { name: 'INT8' }).check();
  await expect(demo.shown('mode')).toHaveText('INT8');
  await moveInField(page, movements.rage_shake);
  await expect(demo.shown('class-name')).toHaveText('Rage shake');
});
