// Runs a Catch2 program, its tests dealt out to processes, as many at a time as there are processors, and turns their reports
// into a suite's result.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { StepError, exitCodeOf } from '../processes.mjs';
import { readCatch2Report, skipReasonIn } from './catch2-report.mjs';

// Some tests take long: who is done early takes another hand.
const handsPerProcessor = 4;

// An uncaught error makes node print the whole of a program's single line.
const longestLine = 1000;

// The names of the tests that the program would run. Its exit code is their number, as far as that goes.
async function testNames(command, args, environment) {
  const lines = [];
  await exitCodeOf(command, [...args, '--list-test-names-only'], {
    env: environment,
    onLine: (line) => lines.push(line),
  });
  return lines.filter((line) => line.trim() !== '');
}

// Neighbours take about as long, so that they go to different processes.
export function dealOut(names, hands) {
  const count = Math.max(1, Math.min(hands, names.length));
  return Array.from({ length: count }, (_, hand) => names.filter((_name, index) => index % count === hand));
}

// What separates filters, or stands for anything, is meant literally.
export const asFilter = (name) => name.replace(/[,[\]"\\*]/g, '\\$&');

async function runHand(command, args, names, place, environment) {
  const namesFile = `${place}.txt`;
  const reportFile = `${place}.xml`;
  writeFileSync(namesFile, names.map((name) => `${asFilter(name)}\n`).join(''));
  rmSync(reportFile, { force: true });
  const printedSkips = [];
  const which = ['--input-file', namesFile, '--reporter', 'xml', '--out', reportFile];
  const code = await exitCodeOf(command, [...args, ...which], {
    env: environment,
    onLine(line) {
      const reason = skipReasonIn(line);
      if (reason === null) console.log(line.slice(0, longestLine));
      else printedSkips.push(reason);
    },
  });

  const report = readCatch2Report(existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : '');
  for (const { name, reason } of report.skips) console.log(`- skipped: ${name}: ${reason}`);
  for (const reason of printedSkips) console.log(`- skipped: ${reason}`);

  const { failures } = report;
  const ran = report.passed + failures.length + report.skips.length;
  if (report.unfinished !== null) {
    failures.push(
      `${report.unfinished}\n    the program ended in the middle of this test (exit code ${code})`,
    );
  } else if (code !== 0 && failures.length === 0) {
    failures.push(`the program ended with exit code ${code}`);
  } else if (ran !== names.length) {
    failures.push(`${names.length} tests were to run, and ${ran} did`);
  }
  return {
    passed: Math.max(0, report.passed - printedSkips.length),
    failures,
    skipped: report.skips.length + printedSkips.length,
  };
}

/** `filter` chooses tests by tag or name; `place` is where reports go, a path without its ending. */
export async function runCatch2(command, args, filter, place, environment) {
  mkdirSync(dirname(place), { recursive: true });
  const names = await testNames(command, [...args, ...filter], environment);
  if (names.length === 0) throw new StepError(`${command} lists no tests`);
  const processors = availableParallelism();
  const hands = dealOut(names, handsPerProcessor * processors).map((hand, index) => [hand, index]);
  const results = [];
  const work = async () => {
    for (let next = hands.shift(); next; next = hands.shift()) {
      const [hand, index] = next;
      results.push(await runHand(command, args, hand, `${place}-${index + 1}`, environment));
    }
  };
  await Promise.all(Array.from({ length: processors }, work));
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const failures = results.flatMap((result) => result.failures);
  return { passed: sum('passed'), failures, skipped: sum('skipped') };
}
