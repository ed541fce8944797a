// Runs the official ONNX node vectors with the C++ test programs of both targets.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildTargets, presetFolder } from '../build/cpp.mjs';
import { lists } from '../generate.mjs';
import { readRows } from '../generate/x-macros.mjs';
import { buildFolder, inRoot } from '../paths.mjs';
import { StepError, exitCodeOf } from '../processes.mjs';
import { conformancePage } from './page.mjs';
import { readReport } from './report.mjs';

export const pageFile = inRoot('docs/conformance.md');

const targets = [
  {
    name: 'native',
    preset: 'native-asan',
    command: [join(presetFolder('native-asan'), 'tests/alice_tests')],
  },
  {
    name: 'wasm',
    preset: 'wasm',
    command: [process.execPath, join(presetFolder('wasm'), 'tests/alice_tests.js')],
  },
];

// The results of one program, which may have failed.
async function reportOf({ name, command: [program, ...args] }, environment) {
  const file = join(buildFolder, 'test-results', `conformance-${name}.tsv`);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const lines = [];
  await exitCodeOf(program, [...args, '[conformance]'], {
    env: { ...environment, ALICE_CONFORMANCE_REPORT: file },
    onLine: (line) => lines.push(line),
  });
  if (existsSync(file)) return readReport(readFileSync(file, 'utf8'));
  throw new StepError(
    `The vectors could not be run (${name}):\n${lines.slice(-20).join('\n')}`,
    'They are those of the package libonnx-testdata; ALICE_ONNX_TESTDATA names another folder.',
  );
}

// Builds and runs both programs: the results of each target, by its name.
export async function runVectors(environment) {
  const reports = {};
  for (const target of targets) {
    await buildTargets(target.preset, ['alice_tests'], environment);
    reports[target.name] = await reportOf(target, environment);
  }
  return reports;
}

// docs/conformance.md as it follows from the results.
export function pageOf(reports) {
  const { source, schema } = lists.operators;
  const operators = readRows(readFileSync(inRoot(source), 'utf8'), source, schema);
  return conformancePage(
    reports,
    operators.map(({ kind }) => kind),
  );
}
