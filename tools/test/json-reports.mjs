// The JSON reports of Vitest and Playwright as a suite's result.

// Of a long message, its beginning: a difference of two arrays may have thousands of lines.
const LONGEST_MESSAGE = 2000;

const text = (title, messages) => `${title}\n${messages.join('\n').slice(0, LONGEST_MESSAGE)}`;

export function resultOfVitest(report) {
  const failures = report.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    // A file that can't be loaded has no tests.
    if (failed.length === 0 && message) return [text(name, [message])];
    return failed.map(({ fullName, failureMessages }) => text(fullName, failureMessages));
  });
  return {
    passed: report.numPassedTests,
    failures,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const specsIn = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsIn)];

// A test that passed when it was run again has failed.
export function resultOfPlaywright({ suites, errors, stats }) {
  const messagesOf = (spec) =>
    spec.tests.flatMap(({ results }) =>
      results.flatMap((result) => result.errors.map(({ message }) => message)),
    );
  const failures = specsIn({ suites })
    .filter(({ tests }) => tests.some(({ status }) => status === 'unexpected' || status === 'flaky'))
    .map((spec) => text(`${spec.file}: ${spec.title}`, messagesOf(spec)));
  return {
    passed: stats.expected,
    failures: [...failures, ...errors.map(({ message }) => message)],
    skipped: stats.skipped,
  };
}
