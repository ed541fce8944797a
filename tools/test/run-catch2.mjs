// Runs a Catch2 program and turns its report into a suite's result.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodeOf } from '../processes.mjs';
import { readCatch2Report, skipReasonIn } from './catch2-report.mjs';

// An uncaught error makes node print the whole of a program's single line.
const longestLine = 1000;

export async function runCatch2(command, args, reportFile, environment) {
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const printedSkips = [];
  const code = await exitCodeOf(command, [...args, '--reporter', 'xml', '--out', reportFile], {
    env: environment,
    onLine(line) {
      const reason = skipReasonIn(line);
      if (reason === null) console.log(line.slice(0, longestLine));
      else printedSkips.push(reason);
    },
  });

  const report = readCatch2Report(existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : '');
  for (const failure of report.failures) console.error(`✗ ${failure}`);
  for (const { name, reason } of report.skips) console.log(`- skipped: ${name}: ${reason}`);
  for (const reason of printedSkips) console.log(`- skipped: ${reason}`);

  let { failed } = report;
  if (report.unfinished !== null) {
    failed += 1;
    console.error(
      `✗ ${report.unfinished}\n    the program ended in the middle of this test (exit code ${code})`,
    );
  } else if (code !== 0 && failed === 0) {
    failed = 1;
    console.error(`✗ the program ended with exit code ${code}`);
  }
  return {
    passed: Math.max(0, report.passed - printedSkips.length),
    failed,
    skipped: report.skips.length + printedSkips.length,
  };
}
