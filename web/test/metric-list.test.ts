import type { EngineMetrics } from 'alice-quant';
import { expect, test } from 'vitest';
import { metricsPage } from '../../tools/generate/markdown.mjs';
import { METRICS } from '../dist/metric-list.js';
import { prometheusName } from '../dist/prometheus.js';
import { exampleMetrics } from './fixtures/engine-metrics.js';

const labelsOf = (metrics: EngineMetrics) =>
  METRICS.flatMap(({ label, read }) => (label ? [{ name: label, values: Object.keys(read(metrics)) }] : []));

test('every label has the same values wherever it is', () => {
  const values = new Map<string, string[]>();
  for (const label of labelsOf(exampleMetrics)) {
    expect(values.get(label.name) ?? label.values).toEqual(label.values);
    values.set(label.name, label.values);
  }
});

test('docs/metrics.md is committed fresh', async () => {
  const rows = METRICS.map((metric) => ({
    ...metric,
    prometheus: prometheusName(metric),
    openTelemetry: `alice.${metric.name}`,
  }));
  const labels = labelsOf(exampleMetrics);
  const distinct = labels.filter(({ name }, i) => labels.findIndex((label) => label.name === name) === i);
  await expect(metricsPage(rows, distinct)).toMatchFileSnapshot('../../docs/metrics.md');
});
