// The page of e2e/pages, which has the package on its window: `window.alice`. Whatever a test does, it must not complain.
import { test as base, expect } from '@playwright/test';
import type {} from './pages/engine.js';

export { expect };

export interface EnginePageOptions {
  /** Where the page is served. */
  pagesURL: string;
}

export const test = base.extend<EnginePageOptions>({
  pagesURL: ['', { option: true }],
  page: async ({ page, pagesURL }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    await page.goto(pagesURL);
    await page.waitForFunction(() => 'alice' in window);
    await use(page);
    expect(complaints).toEqual([]);
  },
});
