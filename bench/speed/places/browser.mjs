// Pages of headless Chromium as places.
import { chromium } from '@playwright/test';
import { findChromium } from '../../../tools/chromium.mjs';
import { StepError } from '../../../tools/processes.mjs';

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-quic',
  '--disable-component-update',
  '--disable-sync',
];
// Without these instructions the browser makes the relaxed int8 dot of others.
const withoutVnni = '--js-flags=--no-enable-avx-vnni,--no-enable-avx-vnni-int8';

/** A new browser: { version, open(), close() }; `open` gives a page of a context of its own as a place: { call, close }. */
export async function openBrowser(server, { vnni }) {
  const executablePath = findChromium();
  if (!executablePath)
    throw new StepError('No Chromium was found.', 'Install it, or set CHROMIUM_PATH to one.');
  const browser = await chromium.launch({ executablePath, args: vnni ? flags : [...flags, withoutVnni] });
  return {
    version: browser.version(),
    async open() {
      const context = await browser.newContext();
      const page = await context.newPage();
      // Whatever goes wrong in the page is told by the call that it breaks; this is what nobody awaited.
      page.on('pageerror', (error) => console.error(`page: ${error.message}`));
      await page.goto(server.url, { waitUntil: 'load' });
      await page.waitForFunction(() => globalThis.place !== undefined);
      return {
        call: (name, ...args) =>
          page.evaluate(([member, values]) => globalThis.place[member](...values), [name, args]),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}
