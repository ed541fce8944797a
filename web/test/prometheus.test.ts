import { toPrometheus, type EngineMetrics } from 'alice-quant';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMetrics, exampleMetrics } from './fixtures/engine-metrics.js';
import { failureOf } from './fixtures/failure.js';
import { readNumber, readPrometheusText } from './fixtures/prometheus-text.js';

/** `name{label="value",…}` → value. */
function valuesOf(metrics: EngineMetrics): Record<string, number> {
  const samples = [...readPrometheusText(toPrometheus(metrics)).values()].flatMap(({ samples }) => samples);
  return Object.fromEntries(
    samples.map(({ name, labels, value }) => {
      const list = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
      return [list.length > 0 ? `${name}{${list.join()}}` : name, value];
    }),
  );
}

describe('the text', () => {
  test('has every figure, in base units', () => {
    expect(valuesOf(exampleMetrics)).toEqual({
      'alice_inferences_total{precision=int8}': 1010,
      'alice_inferences_total{precision=fp32}': 303,
      alice_monitored_inferences_total: 101,
      'alice_inference_duration_seconds_bucket{precision=int8,le=1e-7}': 0,
      'alice_inference_duration_seconds_bucket{precision=int8,le=0.00003}': 400,
      'alice_inference_duration_seconds_bucket{precision=int8,le=0.00012}': 950,
      'alice_inference_duration_seconds_bucket{precision=int8,le=+Inf}': 1000,
      'alice_inference_duration_seconds_sum{precision=int8}': 0.05,
      'alice_inference_duration_seconds_count{precision=int8}': 1000,
      'alice_inference_duration_seconds_bucket{precision=fp32,le=0.00003}': 0,
      'alice_inference_duration_seconds_bucket{precision=fp32,le=+Inf}': 0,
      'alice_inference_duration_seconds_sum{precision=fp32}': 0,
      'alice_inference_duration_seconds_count{precision=fp32}': 0,
      'alice_mode{mode=int8}': 0,
      'alice_mode{mode=fp32}': 1,
      'alice_time_in_mode_seconds_total{mode=int8}': 12.3455,
      'alice_time_in_mode_seconds_total{mode=fp32}': 0.00006,
      'alice_health{health=normal}': 0,
      'alice_health{health=warning}': 0,
      'alice_health{health=fallback}': 1,
      'alice_fallback_reason{reason=similarity_low}': 0,
      'alice_fallback_reason{reason=accuracy_drop}': 0,
      'alice_fallback_reason{reason=quant_timeout}': 0,
      'alice_fallback_reason{reason=inference_slow}': 1,
      'alice_fallback_reason{reason=memory_pressure}': 0,
      'alice_fallback_reason{reason=runtime_error}': 0,
      'alice_fallback_reason{reason=manual_override}': 0,
      'alice_fallback_reason{reason=calibration_invalid}': 0,
      alice_warnings_total: 2,
      'alice_fallbacks_total{reason=similarity_low}': 11,
      'alice_fallbacks_total{reason=accuracy_drop}': 12,
      'alice_fallbacks_total{reason=quant_timeout}': 13,
      'alice_fallbacks_total{reason=inference_slow}': 14,
      'alice_fallbacks_total{reason=memory_pressure}': 15,
      'alice_fallbacks_total{reason=runtime_error}': 16,
      'alice_fallbacks_total{reason=manual_override}': 17,
      'alice_fallbacks_total{reason=calibration_invalid}': 18,
      alice_recoveries_total: 19,
      alice_probe_checks_total: 21,
      'alice_probe_inferences_total{outcome=passed}': 200,
      'alice_probe_inferences_total{outcome=failed}': 7,
      alice_probe_streak: 5,
      alice_similarity_last_ratio: 0.97,
      alice_similarity_mean_ratio: 0.981,
      alice_similarity_min_ratio: 0.93,
      alice_top1_disagreement_ratio: 0.01,
      alice_memory_heap_bytes: 1_048_576,
      alice_memory_limit_bytes: 52_428_800,
      alice_memory_held_bytes: 4096,
      alice_memory_peak_bytes: 8192,
      alice_memory_refusals_total: 3,
    });
  });

  test('says nothing of what was never measured', () => {
    const text = toPrometheus({ ...exampleMetrics, similarity: { history: [] } });
    expect([...readPrometheusText(text).keys()].filter((name) => name.includes('similarity'))).toEqual([]);
  });

  test('keeps to the conventions of names', () => {
    for (const [name, { help, type }] of readPrometheusText(toPrometheus(exampleMetrics))) {
      expect(name).toMatch(/^alice_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      // What promtool refuses in a name: types, and units that are no base units.
      expect(name).not.toMatch(
        /counter|gauge|histogram|milli|micro|nano|kilo|mega|_ms|_mb|_count$|_sum$|_bucket$/,
      );
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('is an exposition with the given labels at every series, whatever they say', () => {
    const own = ['le', 'precision', 'mode', 'health', 'reason', 'outcome'];
    const label = fc
      .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/)
      .filter((name) => !name.startsWith('__') && !own.includes(name));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\\"\nn,{}= ]{0,8}$/));
    fc.assert(
      fc.property(anyMetrics, fc.dictionary(label, text, { maxKeys: 4 }), (metrics, labels) => {
        const families = readPrometheusText(toPrometheus(metrics, { labels }));
        for (const { samples } of families.values()) {
          for (const sample of samples) expect(sample.labels).toMatchObject(labels);
        }
        const plain = readPrometheusText(toPrometheus(metrics));
        const sizes = (map: typeof plain) => [...map].map(([name, { samples }]) => [name, samples.length]);
        expect(sizes(families)).toEqual(sizes(plain));
      }),
    );
  });

  test('has the histogram that the engine has', () => {
    fc.assert(
      fc.property(anyMetrics, (metrics) => {
        const { samples } = readPrometheusText(toPrometheus(metrics)).get(
          'alice_inference_duration_seconds',
        )!;
        for (const precision of ['int8', 'fp32'] as const) {
          const { buckets, sumMs, timed } = metrics.latency[precision];
          const own = samples.filter(({ labels }) => labels.precision === precision);
          expect(own.slice(0, -2).map(({ value }) => value)).toEqual(buckets.map(({ count }) => count));
          expect(own.at(-1)!.value).toBe(timed);
          // Seconds have 15 digits, which is off by half of the last one: at most 5e-15 of a number that begins with 1.
          const near = (value: number, wanted: number) =>
            value === wanted || Math.abs(value - wanted) <= 6e-15 * wanted;
          expect(near(own.at(-2)!.value, sumMs / 1000)).toBe(true);
          own.slice(0, -2).forEach(({ labels }, i) => {
            expect(near(readNumber(labels.le!), buckets[i]!.upToMs / 1000)).toBe(true);
            expect(labels.le).toMatch(/^(\d{1,6}|\d*\.\d{0,12}|\d(\.\d{1,5})?e-\d+|\+Inf)$/);
          });
        }
      }),
    );
  });
});

describe('options', () => {
  test('choose the prefix', () => {
    const names = [...readPrometheusText(toPrometheus(exampleMetrics, { prefix: 'shop:alice' })).keys()];
    expect(names).toContain('shop:alice_inferences_total');
    expect(names.every((name) => name.startsWith('shop:alice_'))).toBe(true);
  });

  test('take numbers as labels, too, where no compiler asks for text', () => {
    const { samples } = readPrometheusText(
      toPrometheus(exampleMetrics, { labels: { shard: 3 as never } }),
    ).get('alice_warnings_total')!;
    expect(samples).toEqual([{ name: 'alice_warnings_total', labels: { shard: '3' }, value: 2 }]);
  });

  test.each([
    [{ prefix: '' }, '""'],
    [{ prefix: '1a' }, '"1a"'],
    [{ prefix: 'a b' }, '"a b"'],
    [{ prefix: 'a\n' }, '"a\\n"'],
    [{ labels: { 'a-b': '' } }, '"a-b"'],
    [{ labels: { '': '' } }, '""'],
    [{ labels: { 'a:b': '' } }, '"a:b"'],
    [{ labels: { __name: '' } }, '"__name"'],
    [{ labels: { 'a\n': '' } }, '"a\\n"'],
    [{ labels: { le: '' } }, "is one of the metrics' own labels"],
    [{ labels: { reason: '' } }, "is one of the metrics' own labels"],
  ])('%j are refused', async (options, message) => {
    const failure = await failureOf(() => toPrometheus(exampleMetrics, options));
    expect(failure.code).toBe('argument_invalid');
    expect(failure.message).toContain(message);
  });
});

describe('the reader of these tests', () => {
  const head = '# HELP a_total A.\n# TYPE a_total counter\n';
  const histogram = '# HELP h H.\n# TYPE h histogram\n';
  test.each([
    ['no end of line', `${head}a_total 1`],
    ['an open label', `${head}a_total{x="} 1\n`],
    ['a raw quote', `${head}a_total{x="a"b"} 1\n`],
    ['an unknown escape', `${head}a_total{x="\\t"} 1\n`],
    ['no number', `${head}a_total one\n`],
    ['a series twice', `${head}a_total 1\na_total 2\n`],
    ['a stranger', `${head}b_total 1\n`],
    ['a negative counter', `${head}a_total -1\n`],
    ['falling buckets', `${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`],
    ['no last bucket', `${histogram}h_bucket{le="1"} 2\nh_sum 1\nh_count 2\n`],
    ['another count', `${histogram}h_bucket{le="+Inf"} 2\nh_sum 1\nh_count 3\n`],
    ['no sum', `${histogram}h_bucket{le="+Inf"} 2\nh_count 2\n`],
  ])('refuses %s', (_, text) => {
    expect(() => readPrometheusText(text)).toThrow();
  });
});
