import { METRICS, pointsOf, type Metric } from './metric-list.js';
import type { EngineMetrics } from './metrics-types.js';

export interface OpenTelemetryOptions {
  /**
   * What the figures are about, by OpenTelemetry's names of attributes; `service.name` above all.
   *
   * @defaultValue {'service.name': 'alice-quant'}
   */
  resource?: Readonly<Record<string, string | number | boolean>>;
  /**
   * The moment of the figures, in ms since 1970.
   *
   * @defaultValue Date.now()
   */
  timeMs?: number;
  /**
   * Since when counters count, in ms since 1970.
   *
   * @defaultValue metrics.startedAt
   */
  startTimeMs?: number;
}

export interface OtlpAttribute {
  key: string;
  value: { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };
}

interface OtlpTimes {
  /** Nanoseconds since 1970; in decimal, as all 64-bit integers. */
  startTimeUnixNano: string;
  timeUnixNano: string;
}

interface OtlpPoint extends OtlpTimes {
  attributes: OtlpAttribute[];
}

export type OtlpNumberPoint = OtlpPoint & ({ asInt: string } | { asDouble: number });

export interface OtlpHistogramPoint extends OtlpPoint {
  count: string;
  sum: number;
  /** Only where there are values. */
  max?: number;
  /** One more than the bounds: of what is above the bound before and not above its own. */
  bucketCounts: string[];
  explicitBounds: number[];
}

/** 2: since `startTimeUnixNano`. */
interface OtlpCumulative {
  aggregationTemporality: 2;
}

export type OtlpMetric = { name: string; description: string; unit: string } & (
  | { sum: OtlpCumulative & { isMonotonic: true; dataPoints: OtlpNumberPoint[] } }
  | { gauge: { dataPoints: OtlpNumberPoint[] } }
  | { histogram: OtlpCumulative & { dataPoints: OtlpHistogramPoint[] } }
);

/** The request of OTLP's metrics service as JSON: the body of a POST to a collector's `/v1/metrics`. */
export interface OtlpMetrics {
  resourceMetrics: {
    resource: { attributes: OtlpAttribute[] };
    scopeMetrics: { scope: { name: string }; metrics: OtlpMetric[] }[];
  }[];
}

function attribute(key: string, value: string | number | boolean): OtlpAttribute {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  if (typeof value === 'boolean') return { key, value: { boolValue: value } };
  return { key, value: Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value } };
}

const nanoseconds = (ms: number) => String(BigInt(Math.round(ms)) * 1_000_000n);

const CUMULATIVE = { aggregationTemporality: 2 } as const;

/** The metric with its values; nothing where it has none. */
function otlpMetric(metric: Metric, metrics: EngineMetrics, times: OtlpTimes): OtlpMetric[] {
  const description = { name: `alice.${metric.name}`, description: metric.text, unit: metric.unit };
  const point = (label: string | undefined) => ({
    attributes: label === undefined ? [] : [attribute(`alice.${metric.label}`, label)],
    ...times,
  });
  if (metric.kind === 'histogram') {
    const dataPoints = pointsOf(metric, metrics).map(([label, { count, sum, max, buckets }]) => ({
      ...point(label),
      count: `${count}`,
      sum,
      ...(count > 0 && { max }),
      bucketCounts: buckets.map((bucket, i) => `${bucket.count - (buckets[i - 1]?.count ?? 0)}`),
      explicitBounds: buckets.slice(0, -1).map(({ upTo }) => upTo),
    }));
    return [{ ...description, histogram: { ...CUMULATIVE, dataPoints } }];
  }
  const isWhole = metric.unit !== 's' && metric.unit !== '1';
  const dataPoints = pointsOf(metric, metrics).map(([label, value]) => ({
    ...point(label),
    ...(isWhole ? { asInt: `${value}` } : { asDouble: value }),
  }));
  if (dataPoints.length === 0) return [];
  if (metric.kind === 'gauge') return [{ ...description, gauge: { dataPoints } }];
  return [{ ...description, sum: { ...CUMULATIVE, isMonotonic: true, dataPoints } }];
}

/** An engine's figures as OpenTelemetry's protocol has them in JSON (OTLP 1). docs/metrics.md lists what is in it. */
export function toOpenTelemetry(
  metrics: EngineMetrics,
  { resource, timeMs = Date.now(), startTimeMs = metrics.startedAt }: OpenTelemetryOptions = {},
): OtlpMetrics {
  const times = { startTimeUnixNano: nanoseconds(startTimeMs), timeUnixNano: nanoseconds(timeMs) };
  const attributes = Object.entries({ 'service.name': 'alice-quant', ...resource });
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes.map(([key, value]) => attribute(key, value)) },
        scopeMetrics: [
          {
            scope: { name: 'alice-quant' },
            metrics: METRICS.flatMap((metric) => otlpMetric(metric, metrics, times)),
          },
        ],
      },
    ],
  };
}
