// npm start: builds what is needed and serves the demo page; further arguments go to Vite (npm start -- --port 8080).
import { buildWeb } from './build/web.mjs';
import { vite } from './build/demo.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build']);
  await buildWeb(environment);
  // Ctrl-C is for the server; this program ends after it.
  process.on('SIGINT', () => {});
  await exitCodeOf(process.execPath, [vite, ...process.argv.slice(2)], {
    cwd: inRoot('demo'),
    env: environment,
  });
});
