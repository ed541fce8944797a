// What a page fetches, against web/sizes.json: of each module the files that it is loaded from, compressed by gzip, in KB of
// 1000 bytes.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inRoot } from '../paths.mjs';

export const budgets = () => JSON.parse(readFileSync(inRoot('web/sizes.json'), 'utf8'));

// { module, sizeKB, ceilingKB } of every budget; sizeKB is Infinity where a file is missing.
export function measureSizes(folder, list = budgets()) {
  return list.map(({ module, files, ceilingKB }) => {
    const paths = files.map((file) => join(folder, file));
    const bytes = paths.every((path) => existsSync(path))
      ? paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0)
      : Infinity;
    return { module, sizeKB: bytes / 1000, ceilingKB };
  });
}

export const isTooLarge = ({ sizeKB, ceilingKB }) => sizeKB > ceilingKB;

// As a suite: each module is one test.
export function checkSizes(folder = inRoot('web/dist')) {
  const sizes = measureSizes(folder);
  const lineOf = ({ module, sizeKB, ceilingKB }) => `${module}: ${sizeKB.toFixed(1)} of ${ceilingKB} KB`;
  for (const size of sizes) console.log(lineOf(size));
  const failures = sizes
    .filter(isTooLarge)
    .map((size) => `${lineOf(size)}: make it smaller, or raise its ceiling in web/sizes.json`);
  return { passed: sizes.length - failures.length, failures, skipped: 0 };
}
