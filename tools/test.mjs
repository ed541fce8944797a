// npm test: sets up, builds, runs the suites and prints what came of them.
// npm test -- --only typescript runs the suites whose name contains that; it may be given several times.
import { StepError, main } from './processes.mjs';
import { setUp } from './setup.mjs';
import { preparations } from './test/preparations.mjs';
import { suites } from './test/suites.mjs';
import { printSummary } from './test/summary.mjs';

function chosenSuites(args) {
  const wanted = [];
  for (let index = 0; index < args.length; index += 2) {
    if (args[index] !== '--only' || !args[index + 1]) {
      throw new StepError(`Unknown argument ${args[index]}.`, 'Usage: npm test -- [--only <suite>]…');
    }
    wanted.push(args[index + 1]);
  }
  const chosen = suites.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  if (chosen.length > 0) return chosen;
  throw new StepError(
    `No suite is named ${wanted.join(' or ')}.`,
    `Suites: ${suites.map((s) => s.name).join(', ')}.`,
  );
}

// Runs one step; what it throws, and an empty result, count as one failure.
async function attempt(name, step) {
  console.log(`\n━━ ${name}`);
  const start = performance.now();
  let result;
  try {
    result = await step();
    if (result.passed + result.failed + result.skipped === 0) {
      console.error('✗ no test was run');
      result.failed = 1;
    }
  } catch (error) {
    console.error(`✗ ${error instanceof StepError ? error.message : error.stack}`);
    if (error.hint) console.error(`  ${error.hint}`);
    result = { passed: 0, failed: 1, skipped: 0 };
  }
  return { name, ...result, seconds: (performance.now() - start) / 1000 };
}

// A preparation that succeeds is worth no line in the table.
async function prepare(name, step, results) {
  const result = await attempt(name, async () => {
    await step();
    return { passed: 1, failed: 0, skipped: 0 };
  });
  if (result.failed > 0) results.push(result);
  return result.failed === 0;
}

function notRun(absent) {
  throw new StepError(`not run: it needs the ${absent}, which failed above`);
}

async function runSuites(chosen) {
  const results = [];
  let environment;
  const packages = new Set(['build', ...chosen.flatMap((suite) => suite.packages)]);
  const isReady = await prepare('set-up', async () => (environment = await setUp([...packages])), results);
  if (!isReady) return results;

  const runSuite = async ({ name, run }) => results.push(await attempt(name, () => run(environment)));
  for (const suite of chosen.filter(({ needs }) => needs.length === 0)) await runSuite(suite);

  const needs = new Set(chosen.flatMap((suite) => suite.needs));
  const missing = new Set();
  for (const { name, run } of preparations.filter((each) => needs.has(each.name))) {
    if (!(await prepare(name, () => run(environment), results))) missing.add(name);
  }
  for (const suite of chosen.filter((each) => each.needs.length > 0)) {
    const absent = suite.needs.find((each) => missing.has(each));
    if (absent === undefined) await runSuite(suite);
    else results.push(await attempt(suite.name, () => notRun(absent)));
  }
  return results;
}

await main(async () => {
  const results = await runSuites(chosenSuites(process.argv.slice(2)));
  return printSummary(results) > 0 ? 1 : 0;
});
