// Medians with their spread.

const byValue = (a, b) => a - b;

/** The value below which a `share` of the values lies, linear between neighbours (type 7 of Hyndman and Fan, 1996). */
export function quantile(values, share) {
  if (values.length === 0) throw new Error('No values, no quantile.');
  const sorted = values.toSorted(byValue);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The median and the quartiles. */
export const spreadOf = (values) => ({
  median: quantile(values, 0.5),
  lower: quantile(values, 0.25),
  upper: quantile(values, 0.75),
});

/** The spread of the ratios of each round; both hold one value a round, in the same order. */
export function ratioOf(values, others) {
  if (values.length !== others.length) {
    throw new Error(`${values.length} rounds cannot be compared with ${others.length}.`);
  }
  return spreadOf(values.map((value, round) => value / others[round]));
}
