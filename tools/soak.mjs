// npm run soak: builds the package and runs very many inferences while faults come and go; further arguments go to it.
import { buildWeb } from './build/web.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build']);
  await buildWeb(environment);
  return exitCodeOf(process.execPath, [inRoot('bench/soak.mjs'), ...process.argv.slice(2)], {
    env: environment,
  });
});
