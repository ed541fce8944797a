// From the rounds' values to figures: medians, spreads, ratios within rounds.
import { baselineOf } from './contestants.mjs';
import { quantile, ratioOf, spreadOf } from './statistics.mjs';

// Slices tell µs, or GMAC/s.
const scales = { µs: 1, ms: 1e-3, 'GMAC/s': 1 };
const isRate = ({ unit }) => unit === 'GMAC/s';
const medianOf = ({ values }) => quantile(values, 0.5);

/** Collects what measure() gives for a row, pass after pass, into { row, hot, cold, footprint }. */
export function addPass(collected, row, pass) {
  const entry = collected.get(row.id) ?? { row };
  for (const [part, results] of Object.entries(pass)) {
    if (part === 'footprint') entry.footprint ??= results;
    else if (!entry[part]) entry[part] = results;
    else {
      entry[part].forEach((known, i) => {
        known.values.push(...results[i].values);
        known.ranOn?.push(...results[i].ranOn);
      });
    }
  }
  collected.set(row.id, entry);
}

// How many times as fast as a contestant the baseline is.
function leadOver(row, baseline, { values }) {
  return isRate(row) ? ratioOf(baseline.values, values) : ratioOf(values, baseline.values);
}

/** The limit of the instructions that a variant could use: of its own set for a kernel, of the best one for a package. */
export function peakOf({ variant }, results) {
  if (!variant.runsIn.includes('page')) return undefined;
  const isFloat = variant.precision === 'fp32';
  const peaks = results.filter(
    (other) =>
      other.variant.kind === 'peak' &&
      (other.variant.precision === 'fp32') === isFloat &&
      (!variant.isa || other.variant.isa === variant.isa),
  );
  return peaks.toSorted((a, b) => medianOf(b) - medianOf(a))[0];
}

function described(variant) {
  const shown = { ...variant };
  delete shown.runsIn;
  return shown;
}

function entryOf(row, result, results) {
  const { variant, values, ranOn } = result;
  const scaled = values.map((value) => value * scales[row.unit]);
  const baseline = results.find((other) => other.variant.id === baselineOf(variant));
  const peak = peakOf(result, results);
  return {
    ...described(variant),
    ...(ranOn && { isa: [...new Set(ranOn)].join(', ') }),
    rounds: values.length,
    ...spreadOf(scaled),
    ...(baseline && baseline !== result && !variant.kind && { lead: leadOver(row, baseline, result) }),
    ...(peak && peak !== result && { ofPeak: ratioOf(values, peak.values) }),
  };
}

// In %: what the monitor adds to an inference.
function monitorCost(results) {
  const [on, off] = ['alice/int8-dynamic', 'alice/int8-dynamic/monitor off'].map((id) =>
    results.find(({ variant }) => variant.id === id),
  );
  const ratio = ratioOf(on.values, off.values);
  return Object.fromEntries(Object.entries(ratio).map(([name, value]) => [name, 100 * (value - 1)]));
}

/** The figures of a row. */
export function figuresOf({ row, hot, cold, footprint }) {
  return {
    row,
    ...(hot && { hot: hot.map((result) => entryOf(row, result, hot)) }),
    ...(cold && {
      cold: cold.map(({ variant, values }) => ({ ...described(variant), ...spreadOf(values) })),
    }),
    ...(hot && row.monitorCost && { monitorCost: monitorCost(hot) }),
    ...(footprint && {
      footprint: footprint.map(({ variant, ...sizes }) => ({ ...described(variant), ...sizes })),
    }),
  };
}
