// clang-tidy over the engine's and the bindings' sources, each with the compile command of the build it belongs to.
// A file is checked again only when it, any header or the configuration changed.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { configure, presetFolder } from '../build/cpp.mjs';
import { buildFolder, inRoot, root } from '../paths.mjs';
import { StepError, capture, exitCodeOf } from '../processes.mjs';
import { isStamped, keyOf, stamp } from '../setup/stamp.mjs';
import { filesUnder } from './source-files.mjs';

// A unit includes sources: that is what it is for.
const unityExtra = ['--checks=-bugprone-suspicious-include'];
const stampFolder = join(buildFolder, 'lint/clang-tidy');

// What the preset compiles of `folder`: sources, and the generated units that include several of them.
function compiledFiles(preset, folder) {
  const commands = JSON.parse(readFileSync(join(presetFolder(preset), 'compile_commands.json'), 'utf8'));
  const files = new Set(commands.map((command) => relative(root, command.file)));
  const places = [`${folder}/`, `${relative(root, presetFolder(preset))}/${folder}/`];
  return [...files].filter((file) => places.some((place) => file.startsWith(place)));
}

function contentsOf(file) {
  const text = readFileSync(inRoot(file), 'utf8');
  const sources = [...text.matchAll(/^#include "(.+\.cc)"$/gm)].map(([, source]) => readFileSync(source));
  return [text, ...sources];
}

async function checkFile({ file, preset, extra }, sharedKey, environment) {
  const stampFile = join(stampFolder, file);
  const key = keyOf(sharedKey, preset, ...contentsOf(file));
  if (isStamped(stampFile, key)) return [];
  const lines = [];
  const args = ['-p', presetFolder(preset), '--quiet', ...extra, file];
  const code = await exitCodeOf('clang-tidy-19', args, {
    env: environment,
    onLine: (line) => lines.push(line),
  });
  if (code === 0) stamp(stampFile, key);
  return code === 0 ? [] : lines;
}

export async function clangTidy(environment) {
  await configure('native-asan', environment);
  await configure('wasm', environment);
  const headers = filesUnder(['src', 'bindings'], /\.(h|inc)$/);
  const sharedKey = keyOf(...[...headers, '.clang-tidy'].map((file) => readFileSync(inRoot(file))));

  const wasmFlags = capture('em++', ['--cflags'], { env: environment });
  if (wasmFlags === null) throw new StepError('`em++ --cflags` failed.', 'Run `npm run setup`.');
  const wasmExtra = wasmFlags
    .replaceAll(/-mllvm \S+|-fignore-exceptions/g, '')
    .split(/\s+/)
    .filter(Boolean)
    .map((flag) => `--extra-arg-before=${flag}`);
  const queue = [
    ...compiledFiles('native-asan', 'src').map((file) => ({
      file,
      preset: 'native-asan',
      extra: unityExtra,
    })),
    ...compiledFiles('wasm', 'bindings').map((file) => ({
      file,
      preset: 'wasm',
      extra: [...unityExtra, ...wasmExtra],
    })),
  ];
  const findings = [];
  const worker = async () => {
    while (queue.length > 0) findings.push(...(await checkFile(queue.shift(), sharedKey, environment)));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  if (findings.length > 0) throw new StepError(findings.join('\n'), 'The checks are chosen in .clang-tidy.');
}
