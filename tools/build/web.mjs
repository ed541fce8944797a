// The npm package: sources generated from the C++ lists, TypeScript compiled to web/dist, and beside it the engine as
// WebAssembly and as plain JavaScript.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../paths.mjs';
import { StepError, run } from '../processes.mjs';
import { buildTargets, presetFolder } from './cpp.mjs';

const preset = 'wasm';
const threads = 'threads';
const modules = ['simd128', 'relaxed'];
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

// Emscripten leaves the names inside its glue as long as they are.
async function copyGlue(from, to) {
  // What lists the suites imports this file before the set-up has brought it.
  const { minify } = await import('vite');
  const { code, errors } = await minify(from, readFileSync(from, 'utf8'), { module: true });
  if (errors.length > 0) throw new StepError(`${from}: ${errors[0].message}`);
  writeFileSync(to, code);
}

// One glue for every module but those with WebGL and with threads: it serves whichever the page can run.
async function copyModules(target) {
  const fileOf = (module, name, from = preset) => join(presetFolder(from), 'bindings', module, name);
  const [first, ...others] = modules.map((module) => readFileSync(fileOf(module, 'alice.mjs'), 'utf8'));
  if (others.some((glue) => glue !== first)) throw new StepError('the glue of the modules is not the same');
  await copyGlue(fileOf(modules[0], 'alice.mjs'), join(target, 'alice.mjs'));
  for (const module of modules) {
    copyFileSync(fileOf(module, 'alice.wasm'), join(target, `alice-${module}.wasm`));
  }
  for (const [module, from] of [
    ['webgl', preset],
    [threads, threads],
  ]) {
    copyFileSync(fileOf(module, 'alice.wasm', from), join(target, `alice-${module}.wasm`));
    await copyGlue(fileOf(module, 'alice.mjs', from), join(target, `alice-${module}.mjs`));
  }
}

export async function buildWeb(environment) {
  await buildTargets(preset, ['alice_wasm'], environment);
  await buildTargets(threads, [threads], environment);
  await buildTargets('js', ['cpu'], environment);
  await generateSources(environment);
  await run(node, [compiler, '--project', inRoot('web/tsconfig.json')], { env: environment });
  const target = inRoot('web/dist');
  mkdirSync(target, { recursive: true });
  await copyModules(target);
  copyFileSync(join(presetFolder('js'), 'bindings/cpu/alice.mjs'), join(target, 'alice-cpu.mjs'));
  copyFileSync(inRoot('LICENSE'), join(target, 'LICENSE'));
}
