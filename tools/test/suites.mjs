// The list of test suites, in the order in which they begin. A suite is { name, packages, needs, run }: `packages` are
// the groups of system packages beyond `build`, `needs` the preparations of preparations.mjs, which build all that is tested, and
// run(environment) resolves with { passed, failures, skipped }: two counts, and a text for each test that failed.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { presetFolder } from '../build/cpp.mjs';
import { checkGenerated } from '../build/web.mjs';
import { checkLayers } from '../check-layers.mjs';
import { findChromium } from '../chromium.mjs';
import { countOf } from '../conformance/report.mjs';
import { pageFile, pageOf, runVectors } from '../conformance/run.mjs';
import { checks } from '../lint/checks.mjs';
import { buildFolder, inRoot } from '../paths.mjs';
import { StepError, exitCodeOf } from '../processes.mjs';
import { resultOfPlaywright, resultOfVitest } from './json-reports.mjs';
import { runCatch2 } from './run-catch2.mjs';
import { checkSizes } from './sizes.mjs';

const node = process.execPath;
const reportOf = (name) => join(buildFolder, 'test-results', name);

// The others one by one beside clang-tidy, which takes long.
async function lint(environment) {
  const failures = [];
  const runInTurn = async (these) => {
    for (const check of these) {
      try {
        await check.run(environment);
        console.log(`✓ ${check.name}`);
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        failures.push(`${check.name}: ${error.message}`);
      }
    }
  };
  await Promise.all(
    [true, false].map((isLong) => runInTurn(checks.filter((check) => !!check.isLong === isLong))),
  );
  return { passed: checks.length - failures.length, failures, skipped: 0 };
}

async function layers() {
  const { layers: checked, problems } = checkLayers();
  const broken = checked.filter((layer) => layer.problems.length > 0);
  const failures = [...problems, ...broken.map((layer) => layer.problems.join('\n'))];
  return { passed: checked.length - broken.length, failures, skipped: 0 };
}

// The tables in docs/ that follow from the lists in src/.
async function generatedDocs(environment) {
  await checkGenerated(environment);
  return { passed: 1, failures: [], skipped: 0 };
}

async function cppNative(environment) {
  const program = join(presetFolder('native-asan'), 'tests/alice_tests');
  return runCatch2(program, [], [], reportOf('cpp-native'), {
    ...environment,
    ASAN_OPTIONS:
      'detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    ASAN_SYMBOLIZER_PATH: '/usr/bin/llvm-symbolizer-19',
  });
}

// The WebGL backend on the OpenGL ES of the host, without a window. (Drivers do not give everything back.)
async function webglNative(environment) {
  const program = join(presetFolder('native-asan'), 'tests/alice_webgl_tests');
  return runCatch2(program, [], [], reportOf('webgl-native'), {
    ...environment,
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  });
}

async function cppWasm(environment) {
  const program = join(presetFolder('wasm'), 'tests/alice_tests.js');
  return runCatch2(node, [program], [], reportOf('cpp-wasm'), environment);
}

// The kernels once more, with those for relaxed SIMD, which this version of node has behind a flag.
async function cppRelaxed(environment) {
  const program = join(presetFolder('wasm'), 'tests/alice_tests_relaxed.js');
  const flags = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];
  return runCatch2(node, [...flags, program], ['[kernels]'], reportOf('cpp-relaxed'), environment);
}

// The official ONNX node vectors pass, and docs/conformance.md says what they say.
async function conformance(environment) {
  const reports = await runVectors(environment);
  const results = Object.values(reports).flat();
  const failures = Object.entries(reports).flatMap(([target, found]) =>
    found
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ vector, detail }) => `${target}, ${vector}: ${detail}`),
  );
  const isFresh = existsSync(pageFile) && readFileSync(pageFile, 'utf8') === pageOf(reports);
  if (!isFresh) failures.push(`${pageFile} is not fresh: npm run conformance -- --docs`);
  return { passed: countOf(results, 'passed'), failures, skipped: 0 };
}

// Runs a test program that writes a JSON report, and reads it with `resultOf`.
async function runWithJson(args, file, environment, resultOf) {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const code = await exitCodeOf(node, args, { env: environment });
  const result = existsSync(file)
    ? resultOf(JSON.parse(readFileSync(file, 'utf8')))
    : { passed: 0, failures: [], skipped: 0 };
  if (code !== 0 && result.failures.length === 0) result.failures.push(`ended with exit code ${code}`);
  return result;
}

async function typescript(environment) {
  const file = reportOf('typescript.json');
  const args = [inRoot('node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json'];
  return runWithJson([...args, `--outputFile.json=${file}`], file, environment, resultOfVitest);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function endToEnd(environment) {
  const file = reportOf('e2e.json');
  const args = [inRoot('node_modules/@playwright/test/cli.js'), 'test', '--reporter=list,json'];
  const variables = {
    CHROMIUM_PATH: findChromium() ?? '',
    ALICE_E2E_PORT: String(await freePort()),
    ALICE_E2E_PAGES_PORT: String(await freePort()),
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  };
  return runWithJson(args, file, { ...environment, ...variables }, resultOfPlaywright);
}

// Every variant of the benchmark's short form has answered right.
async function benchmark(environment) {
  const file = join(buildFolder, 'bench/short.json');
  return runWithJson([inRoot('bench/speed.mjs'), '--short'], file, environment, ({ figures }) => ({
    passed: figures.flatMap(({ hot = [], cold = [] }) => [...hot, ...cold]).length,
    failures: [],
    skipped: 0,
  }));
}

export const suites = [
  { name: 'layers', packages: [], needs: [], run: layers },
  { name: 'generated docs', packages: [], needs: [], run: generatedDocs },
  {
    name: 'webgl native (Mesa)',
    packages: ['sanitizers', 'graphics'],
    needs: ['native programs'],
    run: webglNative,
  },
  {
    name: 'cpp native (ASan+UBSan)',
    packages: ['sanitizers', 'vectors'],
    needs: ['native programs', 'goldens'],
    run: cppNative,
  },
  { name: 'sizes', packages: [], needs: ['package'], run: async () => checkSizes() },
  { name: 'e2e', packages: ['browser'], needs: ['package', 'demo'], run: endToEnd },
  { name: 'typescript', packages: [], needs: ['package', 'wasm programs', 'goldens'], run: typescript },
  { name: 'cpp wasm (node)', packages: ['vectors'], needs: ['wasm programs', 'goldens'], run: cppWasm },
  { name: 'cpp relaxed (node)', packages: [], needs: ['wasm programs'], run: cppRelaxed },
  {
    name: 'conformance',
    packages: ['sanitizers', 'vectors'],
    needs: ['native programs', 'wasm programs'],
    run: conformance,
  },
  { name: 'lint', packages: ['lint', 'sanitizers'], needs: ['presets', 'package'], run: lint },
  { name: 'benchmark', packages: ['browser'], needs: ['package', 'wasm programs'], run: benchmark },
];
