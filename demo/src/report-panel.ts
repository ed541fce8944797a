import type { LayerReport, QuantizationResult } from 'alice-quant';
import { byId, create } from './element.js';
import {
  formatBytes,
  formatCosine,
  formatDecibels,
  formatDuration,
  formatPercent,
  formatRatio,
  formatSmall,
} from './format.js';

/** What one quantization measured: in sum, per layer, and as a log. */
export class ReportPanel {
  readonly #element = byId('report', HTMLElement);

  show(name: string, result: QuantizationResult): void {
    this.#element.replaceChildren(
      create(
        'div',
        { class: 'block-head' },
        create('h2', { id: 'report-title' }, 'Quantization report'),
        create('p', { class: 'report-model', 'data-testid': 'report-model' }, name),
      ),
      summary(result),
      layerTable(result.layers),
      log(result.logs),
    );
    this.#element.hidden = false;
  }
}

function summary({ metrics, compressionRatio }: QuantizationResult): HTMLElement {
  const figure = (label: string, value: string, note: string, id: string) =>
    create(
      'div',
      { class: 'figure' },
      create('dt', {}, label),
      create('dd', { 'data-testid': `report-${id}` }, value),
      create('dd', { class: 'figure-note' }, note),
    );
  const { accuracy, cosineSimilarity, worstCosineSimilarity, worstSample, samples, source } = metrics;
  const accuracies = accuracy
    ? `${formatPercent(accuracy.fp32)} to ${formatPercent(accuracy.int8)}`
    : 'no labels: by agreement';
  const rows = source === 'calibration' ? 'samples' : 'made-up rows';
  return create(
    'dl',
    { class: 'figures' },
    figure('Mean cosine', formatCosine(cosineSimilarity), 'INT8 with FP32', 'cosine'),
    figure('Worst cosine', formatCosine(worstCosineSimilarity), `sample ${worstSample}`, 'worst-cosine'),
    figure('Top-1 agreement', formatPercent(metrics.top1Agreement, 2), `of ${samples} ${rows}`, 'agreement'),
    figure('Accuracy drop', formatPercent(metrics.accuracyDrop, 2), accuracies, 'drop'),
    figure('Size', formatRatio(compressionRatio), 'smaller than FP32', 'ratio'),
    figure('Quantized in', formatDuration(metrics.quantizationLatencyMs), 'with verification', 'time'),
  );
}

function layerTable(layers: readonly LayerReport[]): HTMLElement {
  const columns = ['Layer', 'Operator', 'K × N', 'SQNR', 'Cosine', 'Max error', 'FP32', 'INT8'];
  const head = create('tr', {}, ...columns.map((column) => create('th', { scope: 'col' }, column)));
  const rows = layers.map((layer) =>
    create(
      'tr',
      { 'data-testid': 'layer', title: layer.scheme },
      create('th', { scope: 'row' }, layer.name),
      ...[
        layer.operator,
        layer.dims.join(' × '),
        formatDecibels(layer.sqnrDb),
        formatCosine(layer.cosine),
        formatSmall(layer.maxError),
        formatBytes(layer.bytesFp32),
        formatBytes(layer.bytesInt8),
      ].map((text) => create('td', {}, text)),
    ),
  );
  const table = create(
    'table',
    { class: 'layers', 'data-testid': 'layers' },
    create('caption', {}, 'INT8 against FP32 at each layer’s output'),
    create('thead', {}, head),
    create('tbody', {}, ...rows),
  );
  return create('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Layers' }, table);
}

function log(lines: readonly string[]): HTMLElement {
  return create(
    'details',
    { class: 'log' },
    create('summary', {}, `Log (${lines.length} ${lines.length === 1 ? 'line' : 'lines'})`),
    create('ol', { 'data-testid': 'log' }, ...lines.map((line) => create('li', {}, line))),
  );
}
