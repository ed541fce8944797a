// npm test: sets up, builds, runs the suites and prints what came of them.
// npm test -- --only typescript runs the suites whose name contains that; it may be given several times.
import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, inRoot } from './paths.mjs';
import { StepError, main } from './processes.mjs';
import { setUp } from './setup.mjs';
import { preparations } from './test/preparations.mjs';
import { runSideBySide } from './test/schedule.mjs';
import { suites } from './test/suites.mjs';
import { printSummary } from './test/summary.mjs';

// Builds and tests use every processor by themselves; beside those that link, or wait for a browser, others fill them.
const LANES = 3;
const logs = join(buildFolder, 'test-results/logs');

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

// A job's result; what it says goes to a file, which is shown when it is over: several run at once.
async function runJob({ name }, environment) {
  console.log(`\n━━ ${name} begins`);
  const start = performance.now();
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `${name.replace(/\W+/g, '-')}.log`);
  const log = openSync(logFile, 'w');
  const result = await new Promise((resolve) => {
    const child = fork(inRoot('tools/test/run-job.mjs'), [name], {
      env: environment,
      stdio: ['ignore', log, log, 'ipc'],
    });
    let told;
    const failed = (reason) =>
      resolve(
        told?.failures.length > 0
          ? told
          : { passed: 0, skipped: 0, ...told, failures: [`the process ${reason}`] },
      );
    child.on('message', (message) => (told = message));
    child.on('error', ({ message }) => failed(`could not be started: ${message}`));
    child.on('exit', (code, signal) => {
      if (told && code === 0) resolve(told);
      else failed(`ended with ${signal ?? `exit code ${code}`}`);
    });
  });
  closeSync(log);
  const seconds = (performance.now() - start) / 1000;
  console.log(`\n━━ ${name}, ${seconds.toFixed(1)} s\n${readFileSync(logFile, 'utf8')}`);
  return { name, ...result, seconds };
}

// The environment for the jobs; nothing where it could not be made.
async function setUpFor(jobs) {
  console.log('\n━━ set-up');
  try {
    return await setUp([...new Set(['build', ...jobs.flatMap(({ packages = [] }) => packages)])]);
  } catch (error) {
    console.error(`✗ ${error instanceof StepError ? error.message : error.stack}`);
    if (error.hint) console.error(`  ${error.hint}`);
    return undefined;
  }
}

const notRun = (reason) => ({ passed: 0, failures: [reason], skipped: 0, seconds: 0 });

async function runSuites(chosen) {
  const jobs = withWhatTheyNeed(chosen);
  const environment = await setUpFor(jobs);
  if (!environment) return [{ name: 'set-up', ...notRun('it failed, see above') }];
  const results = new Map();
  await runSideBySide(jobs, LANES, {
    async run(job) {
      const result = await runJob(job, environment);
      results.set(job, result);
      return result.failures.length === 0;
    },
    skip(job, absent) {
      results.set(job, { name: job.name, ...notRun(`not run: it needs the ${absent}, which failed`) });
    },
  });
  // A preparation that succeeds is worth no line in the table.
  return [...preparations, ...chosen]
    .filter((job) => results.has(job))
    .map((job) => ({ ...results.get(job), isPreparation: preparations.includes(job) }))
    .filter(({ isPreparation, failures }) => !isPreparation || failures.length > 0);
}

// The suites, and before them the preparations that they need, and those that these need.
function withWhatTheyNeed(chosen) {
  const needed = new Set();
  const add = ({ needs }) => {
    for (const preparation of preparations.filter(({ name }) => needs.includes(name))) {
      needed.add(preparation);
      add(preparation);
    }
  };
  chosen.forEach(add);
  return [...preparations.filter((each) => needed.has(each)), ...chosen];
}

await main(async () => {
  const results = await runSuites(chosenSuites(process.argv.slice(2)));
  return printSummary(results) > 0 ? 1 : 0;
});
