import type { Page, TestInfo } from '@playwright/test';
import { expect, test } from './demo.js';
import { movements } from './movements.js';
import { moveInField } from './pointer.js';

const texts = [
  'h1',
  '.masthead-line',
  '.state',
  '.verdict-when',
  '.verdict-name',
  '.verdict-words',
  '.field-scale',
  '.play-tally',
  '.play-outcome',
  '.classes th[scope="row"]',
  '.share-fp32',
  '.features dt',
  '.pairs dt',
  '.pairs dd',
  '.button-primary',
  '.choice-detail',
  '.drop',
  '.figure-note',
  '.layers td',
  '.log summary',
];

/** The contrast of each text with what lies behind it (WCAG 2.2, 1.4.3). */
function contrasts(page: Page): Promise<{ selector: string; contrast: number }[]> {
  return page.evaluate((selectors) => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: string) => {
      const [r, g, b] = channels(colour).map((value) => {
        const c = value / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ground = (element: Element | null): string => {
      for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if (channels(colour)[3] !== 0) return colour;
      }
      return 'rgb(255, 255, 255)';
    };
    return selectors.map((selector) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`There is no ${selector}.`);
      const light = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      return { selector, contrast: (Math.max(...light) + 0.05) / (Math.min(...light) + 0.05) };
    });
  }, texts);
}

async function attachScreenshot(page: Page, info: TestInfo, name: string): Promise<void> {
  await info.attach(name, { body: await page.screenshot({ fullPage: true }), contentType: 'image/png' });
}

const background = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

const LIGHT = 'rgb(255, 255, 255)';
const DARK = 'rgb(17, 19, 23)';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`the ${colorScheme} theme`, () => {
    test.use({ colorScheme, viewport: { width: 1440, height: 900 } });

    test('is taken from the system and can be read', async ({ demo }, info) => {
      await moveInField(demo.page, movements.rage_shake);
      expect(await background(demo.page)).toBe(colorScheme === 'dark' ? DARK : LIGHT);
      for (const { selector, contrast } of await contrasts(demo.page)) {
        expect(contrast, selector).toBeGreaterThanOrEqual(4.5);
      }
      await attachScreenshot(demo.page, info, `${colorScheme}-desktop`);
    });
  });
}

test('the theme can be chosen, and is kept', async ({ demo }) => {
  const { page } = demo;
  await page.getByRole('radio', { name: 'Dark' }).check();
  expect(await background(page)).toBe(DARK);
  await page.reload();
  await demo.isReady();
  expect(await background(page)).toBe(DARK);
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await page.getByRole('radio', { name: 'Auto' }).check();
  expect(await background(page)).toBe(LIGHT);
});

for (const width of [360, 412, 768, 1024, 1440]) {
  test(`${width} px wide, nothing sticks out`, async ({ demo }, info) => {
    const { page } = demo;
    await page.setViewportSize({ width, height: 780 });
    await demo.shown('log').locator('..').locator('summary').click();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await attachScreenshot(page, info, `${width}px`);
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

  test('the field is on top and follows a finger', async ({ demo }) => {
    const { page } = demo;
    const field = await demo.shown('field').boundingBox();
    const panel = await demo.shown('classes').boundingBox();
    expect(field!.y + field!.height).toBeLessThanOrEqual(740);
    expect(panel!.y).toBeGreaterThan(field!.y + field!.height);

    const session = await page.context().newCDPSession(page);
    const middle = { x: field!.x + field!.width / 2, y: field!.y + field!.height / 2 };
    const start = Date.now() / 1000;
    const touch = (type: 'touchStart' | 'touchMove', x: number, t: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: [{ x: middle.x + x, y: middle.y }],
        timestamp: start + t,
      });
    await touch('touchStart', 0, 0);
    for (let i = 1; i <= 90; ++i) await touch('touchMove', 110 * Math.sin(0.22 * i), 0.012 * i);
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await expect(demo.shown('verdict-when')).toHaveText('Last movement');
    await expect(demo.shown('class-name')).not.toHaveText('Not enough movement');
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  test('a played movement larger than the field is drawn smaller', async ({ demo }) => {
    // The seed is drawn from Math.random; this one gives a rush wider than the field.
    await demo.page.evaluate(() => void (Math.random = () => 0.5));
    await demo.shown('play-urgent_rush').click();
    await expect(demo.shown('field-scale')).toHaveText(/^Grid 100 px, drawn at \d+\s%$/);
    await expect(demo.shown('play-outcome')).toContainText(/^Played /);
  });
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('movements are named all the same', async ({ demo }) => {
    await moveInField(demo.page, movements.rage_shake);
    await expect(demo.shown('class-name')).toHaveText('Rage shake');
  });
});

test('everything can be reached and used from the keyboard', async ({ demo }) => {
  const { page } = demo;
  const reached = new Set<string>();
  for (let i = 0; i < 40; ++i) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('data-testid') ?? element?.getAttribute('name') ?? '';
    });
    if (name) reached.add(name);
  }
  for (const name of ['theme', 'play-rage_shake', 'mode', 'quantize', 'file'])
    expect(reached).toContain(name);

  await demo.shown('play-rage_shake').focus();
  await page.keyboard.press('Enter');
  await expect(demo.shown('play-outcome')).toContainText(/^Played Rage shake/);
});

test('the named class is announced', async ({ demo }) => {
  await moveInField(demo.page, movements.rage_shake);
  await expect(demo.page.locator('[aria-live="polite"]')).toContainText('Rage shake');
});
