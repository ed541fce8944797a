// The packages of package-lock.json, without their install scripts.
import { readFileSync } from 'node:fs';
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

const stampFile = inRoot('node_modules/.stamp');
const inputs = ['package-lock.json', '.npmrc'];

export async function setUpNpmPackages(report) {
  const contents = inputs.map((name) => readFileSync(inRoot(name)));
  const key = keyOf(process.version, process.platform, process.arch, ...contents);
  if (isStamped(stampFile, key)) return;
  report('installing npm packages');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    hint: 'Check the network. If package.json was changed, run `npm install` once to renew the lock file.',
  });
  stamp(stampFile, key);
}
