// npm run schemes: builds the package and writes docs/schemes.md.
import { buildWeb } from './build/web.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build']);
  await buildWeb(environment);
  return exitCodeOf(process.execPath, [inRoot('bench/schemes.mjs')], { env: environment });
});
