// The page of e2e/pages in a browser that draws in software: with WebGL 2 wherever the tests run.
import type { Browser } from '@playwright/test';
import { expect, test as base } from './engine-page.js';

export { expect };

export const test = base.extend<object, { webglBrowser: Browser }>({
  webglBrowser: [
    async ({ playwright }, use, info) => {
      const { launchOptions } = info.project.use;
      const args = [...(launchOptions?.args ?? []), '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
      const browser = await playwright.chromium.launch({ ...launchOptions, args });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ webglBrowser, pagesURL }, use) => {
    const page = await webglBrowser.newPage();
    await page.goto(pagesURL);
    await page.waitForFunction(() => 'alice' in window);
    await use(page);
    await page.close();
  },
});
