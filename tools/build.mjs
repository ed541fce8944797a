// npm run build: the package (web/dist) and the demo page (demo/dist).
import { buildDemo } from './build/demo.mjs';
import { buildWeb } from './build/web.mjs';
import { main } from './processes.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  const environment = await setUp(['build']);
  await buildWeb(environment);
  await buildDemo(environment);
  console.log('• built: web/dist and demo/dist');
});
