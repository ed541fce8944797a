// The npm package: sources generated from the C++ lists, TypeScript compiled to web/dist, and beside it the engine as
// WebAssembly and as plain JavaScript.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../paths.mjs';
import { StepError, run } from '../processes.mjs';
import { buildTargets, presetFolder } from './cpp.mjs';
import { functionsCalled, splitJavaScript, splitWasm, writeArranged } from './parts/split.mjs';

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

async function writeMinified(to, text) {
  // What lists the suites imports this file before the set-up has brought it.
  const { minify } = await import('vite');
  const { code, errors } = await minify(to, text, { module: true });
  if (errors.length > 0) throw new StepError(`${to}: ${errors[0].message}`);
  writeFileSync(to, code);
}

// Emscripten leaves the names inside its glue as long as they are.
const copyGlue = (from, to) => writeMinified(to, readFileSync(from, 'utf8'));

const fileOf = (module, name, from = preset) => join(presetFolder(from), 'bindings', module, name);

// One glue for every module but those with WebGL and with threads: it serves whichever the page can run.
async function copyGlues(target) {
  const [first, ...others] = modules.map((module) => readFileSync(fileOf(module, 'alice.mjs'), 'utf8'));
  if (others.some((glue) => glue !== first)) throw new StepError('the glue of the modules is not the same');
  await copyGlue(fileOf(modules[0], 'alice.mjs'), join(target, 'alice.mjs'));
  await copyGlue(fileOf('webgl', 'alice.mjs'), join(target, 'alice-webgl.mjs'));
  await copyGlue(fileOf(threads, 'alice.mjs', threads), join(target, `alice-${threads}.mjs`));
}

const ofWebgl = (name) => /webgl|gl[A-Z]|Texture|Shader|Drawn/i.test(name);

const folder = inRoot('build/parts');

// What is watched runs in Node, which has no WebGL.
async function splitModules(target, environment) {
  for (const name of modules) {
    const module = fileOf(name, 'alice.wasm');
    const called = await functionsCalled({ name, module, folder }, environment);
    await splitInto(target, name, called, () => false, environment);
    if (name === 'simd128') await splitInto(target, 'webgl', called, ofWebgl, environment);
  }
}

function splitInto(target, name, called, also, environment) {
  const [first, rest] = ['', '.rest'].map((part) => join(target, `alice-${name}${part}.wasm`));
  return splitWasm(fileOf(name, 'alice.wasm'), called, { first, rest, inFolder: folder, also }, environment);
}

// The engine without WebAssembly is made of WebAssembly.
async function writeJavaScript(target, environment) {
  const [module, glue] = ['alice.wasm', 'alice.mjs'].map((file) => fileOf('cpu', file, 'js'));
  const called = await functionsCalled({ name: 'cpu', module, glue, folder }, environment);
  const { first, rest } = await splitJavaScript({ module, glue, folder }, called, environment);
  await writeMinified(join(target, 'alice-cpu.mjs'), first);
  await writeMinified(join(target, 'alice-cpu.rest.mjs'), rest);
}

export async function buildWeb(environment) {
  await buildTargets(preset, ['alice_wasm'], environment);
  await buildTargets(threads, [threads], environment);
  await buildTargets('js', ['cpu'], environment);
  await generateSources(environment);
  await run(node, [compiler, '--project', inRoot('web/tsconfig.json')], { env: environment });
  const target = inRoot('web/dist');
  mkdirSync(target, { recursive: true });
  await copyGlues(target);
  await writeArranged(
    fileOf(threads, 'alice.wasm', threads),
    join(target, `alice-${threads}.wasm`),
    { inFolder: folder },
    environment,
  );
  await splitModules(target, environment);
  await writeJavaScript(target, environment);
  copyFileSync(inRoot('LICENSE'), join(target, 'LICENSE'));
}
