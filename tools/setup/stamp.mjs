// A stamp is a file that says for which inputs a step was last completed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function keyOf(...inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${input.length}:`).update(input);
  return hash.digest('hex');
}

export const isStamped = (file, key) => existsSync(file) && readFileSync(file, 'utf8') === key;

export function stamp(file, key) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
}
