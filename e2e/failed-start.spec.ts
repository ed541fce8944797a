// What a visitor sees where the page cannot start: never a blank page. These pages do complain, so the tests use no
// `demo` fixture, which would fail for that.
import { test } from '@playwright/test';
import { expect } from './demo.js';

test('without the WebAssembly file the page says what is missing', async ({ page }) => {
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.goto('/');
  await expect(page.getByTestId('fatal')).toBeVisible();
  await expect(page.getByTestId('fatal').getByTestId('error-code')).toHaveText('backend_load_failed');
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'failed');
  await expect(page.getByTestId('class-name')).toHaveText('No model');
});

test('without the model file the page says so, and the next attempt can succeed', async ({ page }) => {
  await page.route('**/*.onnx', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.goto('/');
  await expect(page.getByTestId('notice')).toContainText('HTTP status 404');
  await expect(page.getByTestId('aftermath')).toHaveText('No model is running yet.');
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'failed');

  await page.unroute('**/*.onnx');
  await page.getByTestId('quantize').click();
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'ready');
  await expect(page.getByTestId('notice')).toBeHidden();
});
