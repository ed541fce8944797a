// The demo page as static files in demo/dist.
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';

export const vite = inRoot('node_modules/vite/bin/vite.js');

export async function buildDemo(environment) {
  await run(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: inRoot('demo'),
    env: environment,
  });
}
