// The demo page as a visitor sees it. Whatever a test does, the page must not complain: no console error or warning, no
// uncaught error, no failed request, nothing fetched from elsewhere.
import { test as base, expect as baseExpect, type Locator, type Page } from '@playwright/test';

/** Nothing here is about speed: a busy machine may take its time. */
export const expect = baseExpect.configure({ timeout: 60_000 });

/** A number as the page writes it: "99.8 %", "2.51×", "1.31 MB", "4.12 ms". */
export function numberIn(text: string): number {
  const match = /-?\d+(\.\d+)?/.exec(text.replace('−', '-'));
  if (!match) throw new Error(`There is no number in "${text}".`);
  return Number(match[0]);
}

const unitBytes: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2 };

export function bytesIn(text: string): number {
  const unit = text.split(' ').at(-1) ?? '';
  return numberIn(text) * (unitBytes[unit] ?? NaN);
}

export class Demo {
  readonly page: Page;
  readonly complaints: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on('requestfailed', (request) => this.complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.complaints.push(`foreign: ${request.url()}`);
    });
  }

  async open(): Promise<void> {
    await this.page.goto('/');
    await this.isReady();
  }

  async isReady(): Promise<void> {
    await expect(this.shown('state')).toHaveAttribute('data-state', 'ready');
  }

  shown(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async text(testId: string): Promise<string> {
    return (await this.shown(testId).innerText()).trim();
  }

  async number(testId: string): Promise<number> {
    return numberIn(await this.text(testId));
  }

  async bytes(testId: string): Promise<number> {
    return bytesIn(await this.text(testId));
  }

  /** Chooses one of the page's models and quantizes it. */
  async quantize(model: 'small' | 'large'): Promise<void> {
    await this.shown(`model-${model}`).check();
    await this.shown('quantize').click();
    await expect(this.shown('quantize')).toBeEnabled();
    await this.isReady();
  }

  /** Hands the page a file of the visitor's. */
  async chooseFile(name: string, bytes: Uint8Array): Promise<void> {
    const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
    await this.shown('file').setInputFiles(file);
    await expect(this.shown('quantize')).toBeEnabled();
  }
}

export const test = base.extend<{ demo: Demo }>({
  demo: async ({ page, baseURL }, use) => {
    const demo = new Demo(page, new URL(baseURL ?? '').origin);
    await demo.open();
    await use(demo);
    expect(demo.complaints).toEqual([]);
  },
});
