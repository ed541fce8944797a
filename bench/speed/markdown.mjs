// The figures as Markdown.
import { precisions } from './contestants.mjs';
import { SHARED_SLICES } from './measure.mjs';

/** Three significant digits, without an exponent. */
export function digits(value) {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 3));
}

export function table(head, lines) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}

const spread = ({ median, lower, upper }) => `${digits(median)} (${digits(lower)}–${digits(upper)})`;
const times = ({ median }) => `${digits(median)}×`;
const percent = ({ median }) => `${(100 * median).toFixed(0)} %`;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
const nameOf = ({ title, precision, note }) =>
  [title, precisions[precision], ...(note ? [note] : [])].join(', ');

const isPackage = ({ kind }) => !kind;

// A line a row, a column a variant: the median, its quartiles, and how many times as fast Alice is.
function answers(figures, isFloat) {
  const entriesOf = ({ hot }) =>
    hot.filter((entry) => isPackage(entry) && (entry.precision === 'fp32') === isFloat);
  const columns = new Map(figures.flatMap(entriesOf).map((entry) => [entry.id, nameOf(entry)]));
  const lines = figures.map((figure) => {
    const entries = new Map(entriesOf(figure).map((entry) => [entry.id, entry]));
    const cells = [...columns.keys()].map((id) => {
      const entry = entries.get(id);
      if (!entry) return '';
      return entry.lead ? `${spread(entry)} · ${times(entry.lead)}` : spread(entry);
    });
    return [`${figure.row.title}, ${figure.row.unit}`, ...cells];
  });
  return table(['', ...columns.values()], lines);
}

function kernels({ row, hot }) {
  const name = (entry) => {
    if (entry.kind === 'peak') return `**limit: \`${entry.title}\`**`;
    return entry.kind ? `\`${entry.title}\`` : nameOf(entry);
  };
  const lines = hot
    .filter((entry) => entry.kind || entry.ofPeak)
    .toSorted((a, b) => b.median - a.median)
    .map((entry) => [name(entry), entry.isa ?? '', spread(entry), entry.ofPeak ? percent(entry.ofPeak) : '']);
  return `#### ${row.title}\n\n${table(['', 'instructions', row.unit, 'of its limit'], lines)}`;
}

function quantizing({ row, hot, cold }) {
  const lines = hot.map((entry) => {
    const first = cold.find(({ id }) => id === entry.id);
    return [`${row.title}, ${precisions[entry.precision]}`, spread(entry), spread(first)];
  });
  return table(['', 'ms', 'the first in a page, ms'], lines);
}

function loading({ cold, footprint = [] }) {
  const lines = cold.map((entry) => {
    const sizes = footprint.find(({ id }) => id === entry.id);
    const cells = sizes
      ? [kilobytes(sizes.fetchedBytes), kilobytes(sizes.gzipBytes), megabytes(sizes.heapBytes)]
      : ['', '', ''];
    return [entry.title, spread(entry), ...cells];
  });
  return table(['', 'import → first inference, ms', 'fetched', 'fetched, gzip', 'WebAssembly memory'], lines);
}

function memory(figures) {
  const all = figures.flatMap(({ footprint = [] }) => footprint);
  const columns = new Map(all.map((entry) => [entry.id, nameOf(entry)]));
  const lines = figures.map(({ row, footprint = [] }) => {
    const sizes = new Map(footprint.map(({ id, heapBytes }) => [id, megabytes(heapBytes)]));
    return [row.title, ...[...columns.keys()].map((id) => sizes.get(id) ?? '')];
  });
  return table(['', ...columns.values()], lines);
}

const monitoring = (figures) =>
  table(
    ['', '% of an inference'],
    figures.map(({ row, monitorCost }) => [row.title, spread(monitorCost)]),
  );

function goalTable(goals) {
  const lines = goals.map(({ text, bound, unit, value, isMet }) => [
    text,
    bound === '' ? '' : `${bound} ${unit}`,
    digits(value),
    isMet === undefined ? '' : isMet ? '✓' : '✗',
  ]);
  return table(['', 'promised', 'measured', ''], lines);
}

function group(name, figures) {
  const [{ row }] = figures;
  if (row.kind === 'quantize') return [`## ${name}`, ...figures.map(quantizing)];
  if (row.kind === 'memory') return [`## ${name}`, memory(figures)];
  if (row.kind === 'loading') return [`## ${name}`, ...figures.map(loading)];
  const withKernels = figures.filter(({ hot }) => hot.some(({ kind }) => kind === 'kernel'));
  return [
    `## ${name}`,
    '### FP32',
    answers(figures, true),
    '### INT8',
    answers(figures, false),
    ...(withKernels.length > 0 ? ['### Kernels and the limits of the instructions'] : []),
    ...withKernels.map(kernels),
  ];
}

/** The whole as Markdown. */
export function markdownOf({ machine, method, packages, figures, goals }) {
  const names = [...new Set(figures.map(({ row }) => row.group))];
  const membersOf = (name) => figures.filter(({ row }) => row.group === name);
  const costs = figures.filter(({ monitorCost }) => monitorCost);
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const parts = [
    '# Benchmark',
    `${machine.date}, ${machine.cpu}, ${machine.place}. ${versions.join(', ')}.`,
    `Medians of ${method.passes} × ${method.rounds} interleaved rounds of ${method.sliceMs} ms (${SHARED_SLICES * method.sliceMs} where threads share runs, after as much to wake them), each ${method.browser ? 'pass in a fresh browser' : 'pass in a fresh process'} and each variant after ${method.warmUpMs} ms of warm-up; one thread; quartiles in parentheses. After the dot: how many times as fast as that Alice is with the same precision, the median of the ratios within rounds. Every variant's answers were checked against onnxruntime-node's FP32 before and after its rounds.`,
    ...(goals.length > 0 ? ['## What is promised', goalTable(goals)] : []),
    ...names.flatMap((name) => group(name, membersOf(name))),
    ...(costs.length > 0 ? ['## What the monitor costs', monitoring(costs)] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}
