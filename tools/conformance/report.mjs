// What the C++ test program reports of the official ONNX node vectors (tests/conformance/report.h), and what it adds up to.

const outcomes = ['passed', 'failed', 'unsupported', 'foreign'];

// The lines of a report as { operator, vector, outcome, detail }.
export function readReport(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [operator, vector, outcome, detail] = line.split('\t');
      if (detail === undefined || !outcomes.includes(outcome))
        throw new Error(`not a line of a report: ${line}`);
      return { operator, vector, outcome, detail };
    });
}

export const countOf = (results, outcome) => results.filter((result) => result.outcome === outcome).length;

// Map of key → the results that have it, in the order of the keys.
export function groupBy(results, keyOf) {
  const groups = new Map();
  for (const key of [...new Set(results.map(keyOf))].sort((a, b) => a.localeCompare(b, 'en')))
    groups.set(key, []);
  for (const result of results) groups.get(keyOf(result)).push(result);
  return groups;
}
