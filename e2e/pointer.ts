// Moves the mouse through the browser's own input path. Each event carries the time at which it is meant to happen, so
// that a busy machine delays the movement but does not change it.
import type { Page } from '@playwright/test';
import type { Point } from './movements.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Moves along `points`, given from the middle of the field, in real time. */
export async function moveInField(page: Page, points: readonly Point[]): Promise<void> {
  const field = page.getByTestId('field');
  await field.scrollIntoViewIfNeeded();
  const box = await field.boundingBox();
  if (!box) throw new Error('The field is not visible.');
  const session = await page.context().newCDPSession(page);
  const start = Date.now();
  const events = [];
  for (const { x, y, t } of points) {
    const waitMs = start + t - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    events.push(
      session.send('Input.dispatchMouseEvent', {
        type: 'mouseMoved',
        x: box.x + box.width / 2 + x,
        y: box.y + box.height / 2 + y,
        timestamp: (start + t) / 1000,
      }),
    );
  }
  await Promise.all(events);
  await session.detach();
}
