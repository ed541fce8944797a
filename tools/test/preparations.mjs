// What suites need before they run, in the order in which it is made.
import { existsSync } from 'node:fs';
import { buildDemo } from '../build/demo.mjs';
import { buildWeb } from '../build/web.mjs';
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';

async function makeGoldens(environment) {
  const script = inRoot('tools/golden/make-goldens.mjs');
  if (existsSync(script)) await run(process.execPath, [script], { env: environment });
}

export const preparations = [
  { name: 'package', run: buildWeb },
  { name: 'demo', run: buildDemo },
  { name: 'goldens', run: makeGoldens },
];
