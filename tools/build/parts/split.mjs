// A module in two files: the first has what loads and runs everyday models, the rest is fetched when something of it is called
// (docs/adr/0020-a-module-in-two-files.md). Which functions the first has is found out by a run of scenario.mjs.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inRoot } from '../../paths.mjs';
import { run } from '../../processes.mjs';
import { firstAsJavaScript, restAsJavaScript } from './javascript.mjs';
import { withSection } from './sections.mjs';

const scenario = inRoot('tools/build/parts/scenario.mjs');

const FEATURES = [
  'simd',
  'relaxed-simd',
  'exception-handling',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'multivalue',
  'reference-types',
].map((feature) => `--enable-${feature}`);

// What other machines call in the place of a function: which of these kernels is called in the relaxed module depends on what its dot product
// turns out to mean.
const COUNTERPARTS = [
  ['GemmU8S8S32_6x8c2_Simd128::', ['GemmU8S8S32_6x8c4_Relaxed::', 'GemmU8S8S32_6x8c4_FlippedRelaxed::']],
  [
    '::Simd128::Step<false>',
    ['::DotStep<(alice::DotMeaning)1, true>', '::DotStep<(alice::DotMeaning)1, false>'],
  ],
  ['::Simd128, ', ['::Relaxed, ', '::FlippedRelaxed, ']],
  ['::MultiplyThenAdd', ['::MultiplyAdd']],
  ['GemmF32_6x8_Simd128', ['GemmF32_6x8_Relaxed']],
].map(([from, to]) => [escaped(from), to.map(escaped)]);

// What tries the dot product goes further where that is exact. What embind calls methods by has to be there when they are made known.
const ANYWHERE = ['::TimedProduct', '::IsExact', 'emscripten::internal::'].map(escaped);

// As Binaryen writes names.
function escaped(name) {
  return name.replace(/[^\w$:.<>*&=!~+|/^?@#%;'`"-]/g, (c) => `\\${c.charCodeAt(0).toString(16)}`);
}

// Copies of one function are told apart by a number, which differs from module to module.
const plain = (name) => name.replace(/_\d+$/, '');

async function binaryen(environment, tool, args, onLine) {
  const path = join(environment.ALICE_EMSCRIPTEN, '../../bin', tool);
  await run(path, [...FEATURES, ...args], { env: environment, ...(onLine && { onLine }) });
}

async function namesIn(module, environment) {
  const names = [];
  await binaryen(environment, 'wasm-opt', [module, '--symbolmap'], (line) => {
    const at = line.indexOf(':');
    if (/^\d+:/.test(line)) names.push(line.slice(at + 1));
  });
  return names;
}

// The functions that the scenario calls. A module with glue of its own is watched in a copy of the package that has it.
export async function functionsCalled({ name, module, glue, folder }, environment) {
  mkdirSync(folder, { recursive: true });
  const [watched, counted] = [`${name}.watched.wasm`, `${name}.profile`].map((file) => join(folder, file));
  await binaryen(environment, 'wasm-split', [
    '--instrument',
    '--profile-export=__write_profile',
    module,
    '-o',
    watched,
  ]);
  let code = inRoot('web/dist');
  if (glue) {
    cpSync(code, (code = join(folder, name)), { recursive: true });
    copyFileSync(glue, join(code, 'alice.mjs'));
  }
  const profiles = mkdtempSync(join(tmpdir(), 'alice-'));
  await run(process.execPath, [scenario, code, module, watched, profiles], { env: environment });
  const each = readdirSync(profiles).map((file) => join(profiles, file));
  await binaryen(environment, 'wasm-split', ['--merge-profiles', ...each, '-o', counted]);
  rmSync(profiles, { recursive: true });
  const called = [];
  await binaryen(environment, 'wasm-split', [`--print-profile=${counted}`, module], (line) => {
    if (line.startsWith('+ ')) called.push(line.slice(2));
  });
  return called;
}

// Writes `first` and `rest` of a module in which functions have names.
async function split(module, called, { first, rest, inFolder, also = () => false, flags = [] }, environment) {
  const kept = new Set(called.map(plain));
  for (const name of called) {
    for (const [from, to] of COUNTERPARTS) {
      if (name.includes(from)) for (const other of to) kept.add(plain(name.replaceAll(from, other)));
    }
  }
  const names = await namesIn(module, environment);
  const list = join(inFolder, `${basename(first)}.functions`);
  const isKept = (name) =>
    kept.has(plain(name)) || also(name) || ANYWHERE.some((part) => name.includes(part));
  writeFileSync(list, names.filter(isKept).join('\n'));
  await binaryen(environment, 'wasm-split', [
    module,
    `--keep-funcs=@${list}`,
    '--no-placeholders',
    ...flags,
    ...['-o1', first, '-o2', rest],
  ]);
  for (const file of [first, rest]) await binaryen(environment, 'wasm-opt', ['-Os', file, '-o', file]);
}

const buildOf = (module) => createHash('sha256').update(readFileSync(module)).digest('hex').slice(0, 16);

// As WebAssembly: the first says what its rest is called.
export async function splitWasm(module, called, { first, rest, ...options }, environment) {
  await split(module, called, { first, rest, ...options }, environment);
  const build = buildOf(module);
  writeFileSync(first, withSection(readFileSync(first), 'alice.rest', `${basename(rest)} ${build}`));
  writeFileSync(rest, withSection(readFileSync(rest), 'alice.build', build));
}

// As JavaScript: the code of both, of which the first has the glue, too.
export async function splitJavaScript({ module, glue, folder }, called, environment) {
  const [first, rest] = ['cpu.wasm', 'cpu.rest.wasm'].map((file) => join(folder, file));
  // With reference types the rest would get a table of its own, which JavaScript cannot have.
  const flags = ['--disable-reference-types'];
  await split(module, called, { first, rest, inFolder: folder, flags }, environment);
  const [firstCode, restCode] = await Promise.all(
    [first, rest].map(async (file) => {
      await binaryen(environment, 'wasm2js', ['--emscripten', '-O', file, '-o', `${file}.js`]);
      return readFileSync(`${file}.js`, 'utf8');
    }),
  );
  const build = `export const build = '${buildOf(module)}';\n`;
  return {
    first: `${readFileSync(glue, 'utf8')}\n${firstAsJavaScript(firstCode)}${build}`,
    rest: `${restAsJavaScript(restCode)}${build}`,
  };
}
