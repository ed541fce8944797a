import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';
import type { EnginePageOptions } from './e2e/engine-page.js';
import { findChromium } from './tools/chromium.mjs';

const port = process.env.ALICE_E2E_PORT ?? '4319';
const baseURL = `http://127.0.0.1:${port}`;
/** Where e2e/pages is served. */
const pagesPort = process.env.ALICE_E2E_PAGES_PORT ?? '4320';
const pagesURL = `http://127.0.0.1:${pagesPort}/engine.html`;
const vite = 'node ../node_modules/vite/bin/vite.js';
const chromium = findChromium();

export default defineConfig<EnginePageOptions>({
  testDir: 'e2e',
  outputDir: 'build/test-results/e2e',
  workers: availableParallelism(),
  forbidOnly: process.env.CI !== undefined,
  // For what hangs; how long the rest takes on a busy machine is nothing that a test knows.
  timeout: 300_000,
  use: {
    baseURL,
    pagesURL,
    browserName: 'chromium',
    headless: true,
    // Where nobody looks at them afterwards: they cost a sixth of the time.
    trace: process.env.CI === undefined ? 'retain-on-failure' : 'off',
    launchOptions: {
      ...(chromium && { executablePath: chromium }),
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-quic',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: [
    {
      command: `${vite} preview --host 127.0.0.1 --port ${port} --strictPort`,
      cwd: 'demo',
      url: baseURL,
      reuseExistingServer: false,
    },
    {
      command: `${vite} build pages --logLevel warn && ${vite} preview pages --host 127.0.0.1 --port ${pagesPort} --strictPort`,
      cwd: 'e2e',
      url: pagesURL,
      reuseExistingServer: false,
    },
  ],
});
