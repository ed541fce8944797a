// npm run quality: builds the package and compares INT8 with FP32 on unseen trajectories.
import { buildWeb } from './build/web.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build']);
  await buildWeb(environment);
  return exitCodeOf(process.execPath, [inRoot('bench/quality.mjs')], { env: environment });
});
