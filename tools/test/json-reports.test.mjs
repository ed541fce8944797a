import { expect, test } from 'vitest';
import { resultOfPlaywright, resultOfVitest } from './json-reports.mjs';

test('a report of Vitest: tests that failed, and files that could not be loaded', () => {
  const file = (message, assertionResults) => ({ name: 'a.test.ts', message, assertionResults });
  const report = {
    numPassedTests: 1,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [
      file('', [
        { status: 'passed', fullName: 'a good', failureMessages: [] },
        { status: 'failed', fullName: 'a bad', failureMessages: ['expected 1 to be 2', 'at a.test.ts:3'] },
      ]),
      file('no such module', []),
    ],
  };
  expect(resultOfVitest(report)).toEqual({
    passed: 1,
    failures: ['a bad\nexpected 1 to be 2\nat a.test.ts:3', 'a.test.ts\nno such module'],
    skipped: 2,
  });
});

test('of a long message there is the beginning', () => {
  const assertionResults = [{ status: 'failed', fullName: 'a', failureMessages: ['x'.repeat(1e6)] }];
  const { failures } = resultOfVitest({ testResults: [{ message: '', assertionResults }] });
  expect(failures[0].length).toBeLessThan(3000);
});

test('a report of Playwright: what failed at first, in every depth, and what is wrong beside the tests', () => {
  const spec = (title, status, messages) => ({
    title,
    file: 'a.spec.ts',
    tests: [{ status, results: [{ errors: messages.map((message) => ({ message })) }] }],
  });
  const report = {
    suites: [
      {
        specs: [spec('good', 'expected', []), spec('at the second time', 'flaky', ['too slow'])],
        suites: [{ specs: [spec('bad', 'unexpected', ['red', 'not green'])] }],
      },
    ],
    errors: [{ message: 'no server' }],
    stats: { expected: 1, unexpected: 1, flaky: 1, skipped: 4 },
  };
  expect(resultOfPlaywright(report)).toEqual({
    passed: 1,
    failures: ['a.spec.ts: at the second time\ntoo slow', 'a.spec.ts: bad\nred\nnot green', 'no server'],
    skipped: 4,
  });
});
