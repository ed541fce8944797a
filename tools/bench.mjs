// npm run bench: builds the package and runs the benchmark; further arguments go to it.
import { buildWeb } from './build/web.mjs';
import { findChromium } from './chromium.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build', 'browser']);
  await buildWeb(environment);
  return exitCodeOf(process.execPath, [inRoot('bench/speed.mjs'), ...process.argv.slice(2)], {
    env: { ...environment, CHROMIUM_PATH: findChromium() },
  });
});
