import { toOpenTelemetry, toPrometheus, type EngineMetrics, type OtlpMetrics } from 'alice-quant';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMetrics, exampleMetrics } from './fixtures/engine-metrics.js';
import { checkOtlpMetrics } from './fixtures/otlp.js';
import { readPrometheusText } from './fixtures/prometheus-text.js';

const throughJson = (otlp: OtlpMetrics) => JSON.parse(JSON.stringify(otlp)) as OtlpMetrics;
const metricsOf = (otlp: OtlpMetrics) => otlp.resourceMetrics[0]!.scopeMetrics[0]!.metrics;
const named = (metrics: EngineMetrics, name: string) =>
  metricsOf(toOpenTelemetry(metrics, { timeMs: 1_700_000_060_000 })).find((metric) => metric.name === name);

const times = { startTimeUnixNano: '1700000000123000000', timeUnixNano: '1700000060000000000' };
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

describe('the object', () => {
  test('is a request of the protocol, whatever the figures are', () => {
    fc.assert(fc.property(anyMetrics, (metrics) => checkOtlpMetrics(throughJson(toOpenTelemetry(metrics)))));
  });

  test('has counters as cumulative sums', () => {
    expect(named(exampleMetrics, 'alice.inferences')).toEqual({
      name: 'alice.inferences',
      description: 'Inferences answered, by the precision of the answer.',
      unit: '{inference}',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          { attributes: [attribute('alice.precision', 'int8')], ...times, asInt: '1010' },
          { attributes: [attribute('alice.precision', 'fp32')], ...times, asInt: '303' },
        ],
      },
    });
    expect(named(exampleMetrics, 'alice.time_in_mode')).toMatchObject({
      unit: 's',
      sum: { dataPoints: [{ asDouble: 12.3455 }, { asDouble: 0.00006 }] },
    });
  });

  test('has gauges', () => {
    expect(named(exampleMetrics, 'alice.similarity.min')).toMatchObject({
      unit: '1',
      gauge: { dataPoints: [{ attributes: [], ...times, asDouble: 0.93 }] },
    });
    expect(named(exampleMetrics, 'alice.memory.held')).toMatchObject({
      unit: 'By',
      gauge: { dataPoints: [{ attributes: [], ...times, asInt: '4096' }] },
    });
    expect(named({ ...exampleMetrics, similarity: { history: [] } }, 'alice.similarity.min')).toBeUndefined();
  });

  test('has histograms by bucket, with a maximum where there is any value', () => {
    expect(named(exampleMetrics, 'alice.inference.duration')).toMatchObject({
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            attributes: [attribute('alice.precision', 'int8')],
            ...times,
            count: '1000',
            sum: 0.05,
            max: 0.0007,
            explicitBounds: [1e-7, 0.00003, 0.00012],
            bucketCounts: ['0', '400', '550', '50'],
          },
          { count: '0', sum: 0, explicitBounds: [0.00003], bucketCounts: ['0', '0'] },
        ],
      },
    });
    const histogram = named(exampleMetrics, 'alice.inference.duration') as {
      histogram: { dataPoints: object[] };
    };
    expect(histogram.histogram.dataPoints[1]).not.toHaveProperty('max');
  });

  test('adds up to the cumulative buckets of the engine', () => {
    fc.assert(
      fc.property(anyMetrics, (metrics) => {
        const duration = named(metrics, 'alice.inference.duration');
        if (!duration || !('histogram' in duration)) throw new Error('no histogram');
        const [int8, fp32] = duration.histogram.dataPoints;
        for (const [dataPoint, { buckets }] of [
          [int8!, metrics.latency.int8],
          [fp32!, metrics.latency.fp32],
        ] as const) {
          let sum = 0;
          const cumulative = dataPoint.bucketCounts.map((each) => (sum += Number(each)));
          expect(cumulative).toEqual(buckets.map(({ count }) => count));
        }
      }),
    );
  });

  test('says the same as the Prometheus text', () => {
    const suffixes: Record<string, string> = { s: '_seconds', By: '_bytes', '1': '_ratio' };
    fc.assert(
      fc.property(anyMetrics, (metrics) => {
        const families = readPrometheusText(toPrometheus(metrics));
        const otlp = metricsOf(throughJson(toOpenTelemetry(metrics)));
        expect(otlp).toHaveLength(families.size);
        for (const metric of otlp) {
          // How OpenTelemetry's specification translates names: dots, unit, _total.
          const name = `${metric.name.replaceAll('.', '_')}${suffixes[metric.unit] ?? ''}${'sum' in metric ? '_total' : ''}`;
          const family = families.get(name)!;
          expect(family.help).toBe(metric.description);
          if ('histogram' in metric) {
            const sums = metric.histogram.dataPoints.map(({ sum, count }) => [sum, Number(count)]);
            const ends = family.samples.filter(({ labels }) => labels.le === undefined);
            expect(ends.map(({ value }) => value)).toEqual(sums.flat());
            continue;
          }
          const { dataPoints } = 'sum' in metric ? metric.sum : metric.gauge;
          const read = dataPoints.map((point) => ({
            labels: Object.fromEntries(
              point.attributes.map(({ key, value }) => [
                key.replace('alice.', ''),
                Object.values(value)[0] as unknown,
              ]),
            ),
            value: 'asInt' in point ? Number(point.asInt) : point.asDouble,
          }));
          expect(read).toEqual(family.samples.map(({ labels, value }) => ({ labels, value })));
        }
      }),
    );
  });

  test('names no metric as another one names its group', () => {
    const names = metricsOf(toOpenTelemetry(exampleMetrics)).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(names.filter((other) => other.startsWith(`${name}.`))).toEqual([]);
  });
});

describe('options', () => {
  test('describe the resource', () => {
    const resource = { 'service.name': 'shop', pages: 3, share: 0.5, live: true };
    const otlp = toOpenTelemetry(exampleMetrics, { resource });
    checkOtlpMetrics(throughJson(otlp));
    expect(otlp.resourceMetrics[0]!.resource.attributes).toEqual([
      attribute('service.name', 'shop'),
      { key: 'pages', value: { intValue: '3' } },
      { key: 'share', value: { doubleValue: 0.5 } },
      { key: 'live', value: { boolValue: true } },
    ]);
    expect(toOpenTelemetry(exampleMetrics).resourceMetrics[0]!.resource.attributes).toEqual([
      attribute('service.name', 'alice-quant'),
    ]);
  });

  test('set the times, by default from the start of the counting to now', () => {
    const timesOf = (otlp: OtlpMetrics) => {
      const metric = metricsOf(otlp)[0]!;
      const point = 'sum' in metric ? metric.sum.dataPoints[0] : undefined;
      return [point?.startTimeUnixNano, point?.timeUnixNano];
    };
    expect(timesOf(toOpenTelemetry(exampleMetrics, { startTimeMs: 0, timeMs: 1.5 }))).toEqual([
      '0',
      '2000000',
    ]);
    const before = Date.now();
    const [start, now] = timesOf(toOpenTelemetry(exampleMetrics)) as [string, string];
    expect(start).toBe('1700000000123000000');
    expect(BigInt(now)).toBeGreaterThanOrEqual(BigInt(before) * 1_000_000n);
    expect(BigInt(now)).toBeLessThanOrEqual(BigInt(Date.now()) * 1_000_000n);
  });
});

describe('the rules of these tests', () => {
  const broken = (change: (point: Record<string, unknown>) => void, index: number) => {
    const otlp = throughJson(toOpenTelemetry(exampleMetrics));
    const metric = metricsOf(otlp)[index]!;
    const data = 'sum' in metric ? metric.sum : 'gauge' in metric ? metric.gauge : metric.histogram;
    change(data.dataPoints[0] as unknown as Record<string, unknown>);
    return () => checkOtlpMetrics(otlp);
  };
  test.each<[string, number, (point: Record<string, unknown>) => void]>([
    ['an integer that is a number', 0, (point) => (point.asInt = 3)],
    ['two values', 0, (point) => (point.asDouble = 3)],
    ['no value', 0, (point) => delete point.asInt],
    ['an unknown field', 0, (point) => (point.as_int = '3')],
    ['a time that is a number', 0, (point) => (point.timeUnixNano = 1.7e18)],
    ['a bucket too many', 2, (point) => (point.bucketCounts as string[]).push('0')],
    ['another count', 2, (point) => (point.count = '1')],
    ['falling bounds', 2, (point) => (point.explicitBounds as number[]).reverse()],
    ['an infinite bound', 2, (point) => ((point.explicitBounds as unknown[])[2] = null)],
  ])('refuse %s', (_, index, change) => {
    expect(broken(() => {}, index)).not.toThrow();
    expect(broken(change, index)).toThrow();
  });
});
