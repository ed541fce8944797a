// npm run bench: builds the package and the kernels by themselves, and runs the benchmark; further arguments go to it.
import { buildTargets } from './build/cpp.mjs';
import { buildWeb } from './build/web.mjs';
import { findChromium } from './chromium.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build', 'browser']);
  await buildWeb(environment);
  await buildTargets('wasm', ['bench_kernels'], environment);
  return exitCodeOf(process.execPath, [inRoot('bench/speed.mjs'), ...process.argv.slice(2)], {
    env: { ...environment, CHROMIUM_PATH: findChromium() },
  });
});
