// The npm package: sources generated from the C++ lists, TypeScript compiled to web/dist, and the WebAssembly beside it.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { buildTargets, presetFolder } from './cpp.mjs';

const preset = 'wasm-simd128';
const artifacts = ['alice-simd128.mjs', 'alice-simd128.wasm'];
const node = process.execPath;
export const compiler = inRoot('node_modules/typescript/bin/tsc');

const generator = inRoot('tools/generate.mjs');

export const generateSources = (env) => run(node, [generator, '--typescript'], { env });

// Fails when a committed table does not follow from its list; writes nothing.
export const checkGenerated = (env) =>
  run(node, [generator, '--check'], {
    env,
    hint: 'Run `node tools/generate.mjs` and commit what it changes.',
  });

export async function buildWeb(environment) {
  await buildTargets(preset, ['alice_wasm'], environment);
  await generateSources(environment);
  await run(node, [compiler, '--project', inRoot('web/tsconfig.json')], { env: environment });
  const target = inRoot('web/dist');
  mkdirSync(target, { recursive: true });
  for (const name of artifacts)
    copyFileSync(join(presetFolder(preset), 'bindings', name), join(target, name));
  copyFileSync(inRoot('LICENSE'), join(target, 'LICENSE'));
}
