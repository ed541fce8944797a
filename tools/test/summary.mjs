// What failed, the table of the suites, and the sum alone on the last line.
const columns = ['passed', 'failed', 'skipped', 'seconds'];

export function printSummary(results) {
  const width = Math.max(5, ...results.map(({ name }) => name.length));
  const row = (name, cells) =>
    `${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(9)).join('')}`;
  // Once more: of a long output, the end is what is kept and read.
  for (const { name, failures } of results) {
    for (const failure of failures) console.log(`\n✗ ${name}: ${failure}`);
  }
  console.log(`\n${row('suite', columns)}`);
  for (const { name, passed, failures, skipped, seconds } of results) {
    console.log(row(name, [passed, failures.length, skipped, seconds.toFixed(1)]));
  }
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const failed = sum(({ failures }) => failures.length);
  console.log(
    `\n${sum(({ passed }) => passed)} passed, ${failed} failed, ${sum(({ skipped }) => skipped)} skipped`,
  );
  return failed;
}
