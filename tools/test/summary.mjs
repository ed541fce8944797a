// The table of the suites, and the sum alone on the last line.
const columns = ['passed', 'failed', 'skipped', 'seconds'];

export function printSummary(results) {
  const width = Math.max(5, ...results.map(({ name }) => name.length));
  const row = (name, cells) =>
    `${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(9)).join('')}`;
  console.log(`\n${row('suite', columns)}`);
  for (const result of results) {
    console.log(row(result.name, [result.passed, result.failed, result.skipped, result.seconds.toFixed(1)]));
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed');
}
