import type { EngineMetrics, LatencyMetrics } from './metrics-types.js';

interface Description {
  /** As OpenTelemetry names metrics, without the namespace. */
  name: string;
  /** In UCUM. */
  unit: 's' | 'By' | '1' | `{${string}}`;
  text: string;
}

/** In the metric's unit. */
export interface Histogram {
  count: number;
  sum: number;
  max: number;
  /** Cumulative: how many values are at most `upTo`, which rises; the last one is Infinity. */
  buckets: { upTo: number; count: number }[];
}

type Series<Value> =
  | { label?: never; read: (metrics: EngineMetrics) => Value | undefined }
  /** One series for each value of the label. */
  | { label: string; read: (metrics: EngineMetrics) => Readonly<Record<string, Value>> };

/** A metric, and where its values are in an engine's figures. */
export type Metric = Description &
  (({ kind: 'counter' | 'gauge' } & Series<number>) | ({ kind: 'histogram' } & Series<Histogram>));

/** One for each word: 1 for the current one, otherwise 0. */
const states = (words: readonly string[], current: string | undefined) =>
  Object.fromEntries(words.map((word) => [word, Number(word === current)]));

/** Rounded to the 15 digits that a double always holds, so that bounds such as 0.03 ms stay decimal. */
const seconds = (ms: number): number => Number((ms / 1000).toPrecision(15));

const histogramInSeconds = ({ timed, sumMs, maxMs, buckets }: LatencyMetrics): Histogram => ({
  count: timed,
  sum: seconds(sumMs),
  max: seconds(maxMs),
  buckets: buckets.map(({ upToMs, count }) => ({ upTo: seconds(upToMs), count })),
});

/** Every metric that is exposed. */
export const METRICS: readonly Metric[] = [
  {
    name: 'inferences',
    kind: 'counter',
    unit: '{inference}',
    text: 'Inferences answered, by the precision of the answer.',
    label: 'precision',
    read: ({ inferences }) => inferences,
  },
  {
    name: 'monitored_inferences',
    kind: 'counter',
    unit: '{inference}',
    text: 'INT8 inferences that were also run in FP32.',
    read: ({ monitored }) => monitored,
  },
  {
    name: 'inference.duration',
    kind: 'histogram',
    unit: 's',
    text: 'Duration of the timed inferences; very short ones are timed in windows and count with the mean.',
    label: 'precision',
    read: ({ latency: { int8, fp32 } }) => ({
      int8: histogramInSeconds(int8),
      fp32: histogramInSeconds(fp32),
    }),
  },
  {
    name: 'mode',
    kind: 'gauge',
    unit: '{engine}',
    text: 'Precision of the answers: 1 for the current one.',
    label: 'mode',
    read: ({ mode }) => states(['int8', 'fp32'], mode),
  },
  {
    name: 'time_in_mode',
    kind: 'counter',
    unit: 's',
    text: 'Time spent in each mode.',
    label: 'mode',
    read: ({ timeInModeMs: { int8, fp32 } }) => ({ int8: seconds(int8), fp32: seconds(fp32) }),
  },
  {
    name: 'health',
    kind: 'gauge',
    unit: '{engine}',
    text: 'Health of the engine: 1 for the current one.',
    label: 'health',
    read: ({ health }) => states(['normal', 'warning', 'fallback'], health),
  },
  {
    name: 'fallback_reason',
    kind: 'gauge',
    unit: '{engine}',
    text: 'Why answers are FP32: 1 for the current reason, 0 for all in INT8.',
    label: 'reason',
    read: ({ fallbacks, fallbackReason }) => states(Object.keys(fallbacks), fallbackReason),
  },
  {
    name: 'warnings',
    kind: 'counter',
    unit: '{warning}',
    text: 'Warnings that INT8 is no longer as good as it should be.',
    read: ({ warnings }) => warnings,
  },
  {
    name: 'fallbacks',
    kind: 'counter',
    unit: '{fallback}',
    text: 'Fallbacks from INT8 to FP32, by reason.',
    label: 'reason',
    read: ({ fallbacks }) => fallbacks,
  },
  {
    name: 'recoveries',
    kind: 'counter',
    unit: '{recovery}',
    text: 'Returns from FP32 to INT8.',
    read: ({ recoveries }) => recoveries,
  },
  {
    name: 'probe.checks',
    kind: 'counter',
    unit: '{check}',
    text: 'Times that INT8 was probed in FP32 mode.',
    read: ({ probes }) => probes.checks,
  },
  {
    name: 'probe.inferences',
    kind: 'counter',
    unit: '{inference}',
    text: 'Inferences that probes compared with FP32, by whether INT8 was similar enough.',
    label: 'outcome',
    read: ({ probes: { passed, failed } }) => ({ passed, failed }),
  },
  {
    name: 'probe.streak',
    kind: 'gauge',
    unit: '{inference}',
    text: 'Latest probed inferences in a row that passed.',
    read: ({ probes }) => probes.streak,
  },
  {
    name: 'similarity.last',
    kind: 'gauge',
    unit: '1',
    text: 'Cosine between INT8 and FP32 at the latest monitored inference.',
    read: ({ similarity }) => similarity.last,
  },
  {
    name: 'similarity.mean',
    kind: 'gauge',
    unit: '1',
    text: 'Mean cosine over the window of monitored inferences.',
    read: ({ similarity }) => similarity.mean,
  },
  {
    name: 'similarity.min',
    kind: 'gauge',
    unit: '1',
    text: 'Lowest cosine in the window of monitored inferences.',
    read: ({ similarity }) => similarity.min,
  },
  {
    name: 'top1_disagreement',
    kind: 'gauge',
    unit: '1',
    text: "Share of the window's inferences on which INT8 and FP32 disagree on the class.",
    read: ({ top1Disagreement }) => top1Disagreement,
  },
  {
    name: 'memory.heap',
    kind: 'gauge',
    unit: 'By',
    text: 'Size of the WebAssembly memory, which all engines of the page share.',
    read: ({ memory }) => memory.heapBytes,
  },
  {
    name: 'memory.limit',
    kind: 'gauge',
    unit: 'By',
    text: 'What the memory may take.',
    read: ({ memory }) => memory.limitBytes,
  },
  {
    name: 'memory.held',
    kind: 'gauge',
    unit: 'By',
    text: 'Tensor memory held now.',
    read: ({ memory }) => memory.heldBytes,
  },
  {
    name: 'memory.peak',
    kind: 'gauge',
    unit: 'By',
    text: 'Most tensor memory held so far.',
    read: ({ memory }) => memory.peakBytes,
  },
  {
    name: 'memory.refusals',
    kind: 'counter',
    unit: '{refusal}',
    text: 'Requests for memory that the limit forbade.',
    read: ({ memory }) => memory.refusals,
  },
];

/** The values that `metrics` has for a metric, each with its label's value. */
export function pointsOf<Value>(
  { label, read }: Series<Value>,
  metrics: EngineMetrics,
): [label: string | undefined, value: Value][] {
  if (label !== undefined) return Object.entries(read(metrics));
  const value = read(metrics);
  return value === undefined ? [] : [[undefined, value]];
}
