import { defineConfig } from '@playwright/test';
import { findChromium } from './tools/chromium.mjs';

const port = process.env.ALICE_E2E_PORT ?? '4319';
const baseURL = `http://127.0.0.1:${port}`;
const chromium = findChromium();

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'build/test-results/e2e',
  workers: 1,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  use: {
    baseURL,
    browserName: 'chromium',
    headless: true,
    trace: 'retain-on-failure',
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
  webServer: {
    command: `node ../node_modules/vite/bin/vite.js preview --host 127.0.0.1 --port ${port} --strictPort`,
    cwd: 'demo',
    url: baseURL,
    reuseExistingServer: false,
  },
});
