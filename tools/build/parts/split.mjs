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
import { byResemblance } from './order.mjs';
import { functionsOf, withFunctionNames, withSection } from './sections.mjs';

const scenario = inRoot('tools/build/parts/scenario.mjs');

const FEATURES = [
  'simd',
  'relaxed-simd',
  'threads',
  'exception-handling',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'multivalue',
  'reference-types',
].map((feature) => `--enable-${feature}`);

// What other machines call in the place of a function: which of these kernels is called in the relaxed module depends on what its dot product
// turns out to mean. (Both that multiply by it are one function there.)
const COUNTERPARTS = [
  ['GemmU8S8S32_6x8c2_Simd128::', 'GemmU8S8S32_6x8c4_Relaxed::', 'GemmU8S8S32_6x8c4_FlippedRelaxed::'],
  ['::Simd128::Step<false>', '::DotStep<(alice::DotMeaning)1, false>'],
  ['::Simd128', '::DotFamily<(alice::DotMeaning)1>'],
];

// What tries the dot product goes further where that is exact. What embind calls methods by has to be there when they are made known.
const ANYWHERE = ['::TimedProduct', '::IsExact', 'emscripten::internal::'];

// As Binaryen writes names, and as they are.
const unescaped = (name) =>
  name.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

// Copies of one function are told apart by a number, which differs from module to module.
const plain = (name) => name.replace(/_\d+$/, '');

async function binaryen(environment, tool, args, onLine) {
  const path = join(environment.ALICE_EMSCRIPTEN, '../../bin', tool);
  await run(path, [...FEATURES, ...args], { env: environment, ...(onLine && { onLine }) });
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
    if (line.startsWith('+ ')) called.push(unescaped(line.slice(2)));
  });
  return called;
}

// The module `file` with its functions in the order of resemblance, those first that are kept. Each is called by its number: exports are
// made in the order of names.
async function arranged(file, isKept, inFolder, environment) {
  const module = readFileSync(file);
  const functions = functionsOf(module);
  const indices = [...functions.keys()];
  const groups = [true, false].map((kept) =>
    indices.filter((index) => isKept(functions[index].name) === kept),
  );
  const ordered = groups.flatMap((group) =>
    byResemblance(group.map((index) => functions[index].body)).map((i) => group[i]),
  );
  const names = [];
  ordered.forEach((index, rank) => (names[index] = String(rank).padStart(5, '0')));
  const out = join(inFolder, `${basename(file)}.arranged`);
  writeFileSync(out, withFunctionNames(module, names));
  await binaryen(environment, 'wasm-opt', [out, '--reorder-functions-by-name', '-g', '-o', out]);
  return { file: out, kept: groups[0].map((index) => names[index]) };
}

// The file `to`: the module `from` as a compressor likes it best.
export async function writeArranged(from, to, { inFolder }, environment) {
  mkdirSync(inFolder, { recursive: true });
  const { file } = await arranged(from, () => true, inFolder, environment);
  await binaryen(environment, 'wasm-opt', [file, '-o', to]);
}

// Writes `first` and `rest` of a module in which functions have names.
async function split(module, called, { first, rest, inFolder, also = () => false, flags = [] }, environment) {
  const names = new Set(called.map(plain));
  for (const name of called) {
    for (const kernels of COUNTERPARTS) {
      const own = kernels.find((kernel) => name.includes(kernel));
      if (own) for (const other of kernels) names.add(plain(name.replaceAll(own, other)));
    }
  }
  const isKept = (name) =>
    names.has(plain(name)) || also(name) || ANYWHERE.some((part) => name.includes(part));
  const { file, kept } = await arranged(module, isKept, inFolder, environment);
  const list = join(inFolder, `${basename(first)}.functions`);
  writeFileSync(list, kept.join('\n'));
  await binaryen(environment, 'wasm-split', [
    file,
    `--keep-funcs=@${list}`,
    '--no-placeholders',
    ...flags,
    ...['-o1', first, '-o2', rest],
  ]);
}

// Of both parts, as one module can be cut in many ways.
function buildOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(readFileSync(part));
  return hash.digest('hex').slice(0, 16);
}

// As WebAssembly: the first says what its rest is called.
export async function splitWasm(module, called, { first, rest, ...options }, environment) {
  await split(module, called, { first, rest, ...options }, environment);
  const build = buildOf(first, rest);
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
  const build = `export const build = '${buildOf(first, rest)}';\n`;
  return {
    first: `${readFileSync(glue, 'utf8')}\n${firstAsJavaScript(firstCode)}${build}`,
    rest: `${restAsJavaScript(restCode)}${build}`,
  };
}
