// Where the benchmark's files are.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, inRoot } from '../../tools/paths.mjs';

const own = join(buildFolder, 'bench');

export const folders = {
  /** The page, bundled. */
  page: join(own, 'page'),
  /** Model files, a folder a row. */
  files: join(own, 'files'),
  results: own,
  /** The kernels' own module, where it was built. */
  kernels: join(buildFolder, 'wasm/bench/kernels'),
  docs: inRoot('docs'),
};

export const kernelsBuilt = () => existsSync(join(folders.kernels, 'alice-kernels-relaxed.mjs'));
