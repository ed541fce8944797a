import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { budgets, isTooLarge, measureSizes } from './sizes.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sizes-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a module is as large as its files compressed, each by itself', () => {
  writeFileSync(join(folder, 'a.wasm'), new Uint8Array(100_000));
  writeFileSync(join(folder, 'b.mjs'), crypto.getRandomValues(new Uint8Array(5000)));
  const list = [{ module: 'm', files: ['a.wasm', 'b.mjs'], ceilingKB: 5 }];
  const [{ sizeKB }] = measureSizes(folder, list);
  expect(sizeKB).toBeGreaterThan(5);
  expect(sizeKB).toBeLessThan(5.3);
  expect(measureSizes(folder, list).map(isTooLarge)).toEqual([true]);
  expect(measureSizes(folder, [{ ...list[0], ceilingKB: 5.3 }]).map(isTooLarge)).toEqual([false]);
});

test('a file that is not there is too large', () => {
  const list = [{ module: 'm', files: ['a.wasm'], ceilingKB: 5 }];
  expect(measureSizes(folder, list).map(isTooLarge)).toEqual([true]);
});

test('every module of the package has a ceiling', () => {
  expect(budgets().flatMap(({ files }) => files)).toEqual(
    expect.arrayContaining(['alice-relaxed.wasm', 'alice-simd128.wasm', 'alice-cpu.mjs']),
  );
});
