// What suites need before they run: { name, packages?, needs, folders, run(environment) }, the folders being those of presets in which it
// builds.
import { existsSync } from 'node:fs';
import { buildTargets, configure } from '../build/cpp.mjs';
import { buildDemo } from '../build/demo.mjs';
import { buildWeb } from '../build/web.mjs';
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';

async function makeGoldens(environment) {
  const script = inRoot('tools/golden/make-goldens.mjs');
  if (existsSync(script)) await run(process.execPath, [script], { env: environment });
}

// Configured once, before anything is built: what is built side by side then finds its folder as it is to be.
async function configureAll(environment) {
  for (const preset of ['native-asan', 'wasm', 'threads', 'js']) await configure(preset, environment);
}

export const preparations = [
  { name: 'presets', needs: [], folders: ['native-asan', 'wasm', 'threads', 'js'], run: configureAll },
  { name: 'package', needs: ['presets'], folders: ['wasm', 'threads', 'js'], run: buildWeb },
  {
    name: 'native programs',
    packages: ['sanitizers', 'graphics'],
    needs: ['presets'],
    folders: ['native-asan'],
    run: (environment) => buildTargets('native-asan', ['alice_tests', 'alice_webgl_tests'], environment),
  },
  {
    name: 'wasm programs',
    needs: ['presets'],
    folders: ['wasm'],
    run: (environment) =>
      buildTargets('wasm', ['alice_tests', 'alice_tests_relaxed', 'failing', 'bench_kernels'], environment),
  },
  { name: 'demo', needs: ['package'], folders: [], run: buildDemo },
  { name: 'goldens', needs: [], folders: [], run: makeGoldens },
];
