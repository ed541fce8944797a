import { AliceError } from './errors.js';
import { METRICS, pointsOf, type Metric } from './metric-list.js';
import type { EngineMetrics } from './metrics-types.js';

export interface PrometheusOptions {
  /**
   * What the names begin with.
   *
   * @defaultValue 'alice'
   */
  prefix?: string;
  /** Labels that every series gets beside its own. */
  labels?: Readonly<Record<string, string>>;
}

type Labels = readonly (readonly [name: string, value: string])[];

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', '1': '_ratio' };
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** A metric's name as Prometheus writes it: with its unit, and `_total` where it is a counter. */
export function prometheusName({ name, unit, kind }: Metric, prefix = 'alice'): string {
  const total = kind === 'counter' ? '_total' : '';
  return `${prefix}_${name.replaceAll('.', '_')}${UNIT_SUFFIXES[unit] ?? ''}${total}`;
}

const numberText = (value: number) => (value === Infinity ? '+Inf' : String(value));

function line(name: string, labels: Labels, value: number): string {
  const list = labels.map(
    ([label, text]) =>
      `${label}="${String(text).replace(/[\\"\n]/g, (character) => ESCAPES[character] as string)}"`,
  );
  return `${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${numberText(value)}\n`;
}

function family(metric: Metric, metrics: EngineMetrics, { prefix, labels = {} }: PrometheusOptions): string {
  const name = prometheusName(metric, prefix);
  const labelsOf = (value: string | undefined): Labels =>
    Object.entries({ ...labels, ...(value !== undefined && { [`${metric.label}`]: value }) });
  const lines =
    metric.kind === 'histogram'
      ? pointsOf(metric, metrics).flatMap(([label, { buckets, sum, count }]) => [
          ...buckets.map(({ upTo, count }) =>
            line(`${name}_bucket`, [...labelsOf(label), ['le', numberText(upTo)]], count),
          ),
          line(`${name}_sum`, labelsOf(label), sum),
          line(`${name}_count`, labelsOf(label), count),
        ])
      : pointsOf(metric, metrics).map(([label, value]) => line(name, labelsOf(label), value));
  if (lines.length === 0) return '';
  return `# HELP ${name} ${metric.text}\n# TYPE ${name} ${metric.kind}\n${lines.join('')}`;
}

function check({ prefix = 'alice', labels = {} }: PrometheusOptions): void {
  if (!/^[a-zA-Z_:][\w:]*$/.test(prefix)) {
    throw new AliceError(
      'argument_invalid',
      `toPrometheus: no name can begin with ${JSON.stringify(prefix)}.`,
    );
  }
  for (const label of Object.keys(labels)) {
    const isOwn = label === 'le' || METRICS.some((metric) => metric.label === label);
    if (isOwn || !/^(?!__)[a-zA-Z_]\w*$/.test(label)) {
      throw new AliceError(
        'argument_invalid',
        `toPrometheus: ${JSON.stringify(label)} ${isOwn ? "is one of the metrics' own labels" : 'cannot be a label'}.`,
      );
    }
  }
}

/**
 * An engine's figures in Prometheus' text format 0.0.4: `text/plain; version=0.0.4; charset=utf-8`. docs/metrics.md lists
 * what is in it.
 *
 * @throws AliceError `argument_invalid` for a prefix or a label's name that the format forbids, and for a label that the
 *   metrics themselves have.
 */
export function toPrometheus(metrics: EngineMetrics, options: PrometheusOptions = {}): string {
  check(options);
  return METRICS.map((metric) => family(metric, metrics, options)).join('');
}
