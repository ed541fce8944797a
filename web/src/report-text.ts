import { bytes, columns, percent } from './text-table.js';
import type { LayerReport, QuantizationReport, SearchStep } from './types.js';

type Row = readonly (string | number)[];

function rangeText({ inputRange, scheme }: LayerReport): string {
  if (inputRange) return `${inputRange.min.toPrecision(3)} … ${inputRange.max.toPrecision(3)}`;
  return scheme === 'float' ? 'float' : 'at run time';
}

const modeText = ({ fallbackReason, scheme }: Pick<QuantizationReport, 'fallbackReason' | 'scheme'>) => {
  if (fallbackReason) return `FP32 (${fallbackReason})`;
  return scheme === 'float' ? 'FP32' : 'INT8';
};

function summary({ metrics, ...report }: QuantizationReport): Row[] {
  const { accuracy, inferenceLatency } = metrics;
  return [
    ['scheme', report.scheme],
    ['size', `${bytes(report.originalSizeBytes)} → ${bytes(report.quantizedSizeBytes)}`],
    ['compression', `${report.compressionRatio.toFixed(2)} ×`],
    ['compared on', `${metrics.samples} samples (${metrics.source})`],
    ['mean cosine', metrics.cosineSimilarity.toFixed(6)],
    ['worst cosine', `${metrics.worstCosineSimilarity.toFixed(6)} (sample ${metrics.worstSample})`],
    ['SQNR', `${metrics.sqnrDb.toFixed(1)} dB`],
    ['mean KL', metrics.meanKl.toExponential(2)],
    ['top-1 agreement', percent(metrics.top1Agreement)],
    ...(accuracy ? [['accuracy', `FP32 ${percent(accuracy.fp32)}, INT8 ${percent(accuracy.int8)}`]] : []),
    ['accuracy drop', percent(metrics.accuracyDrop)],
    [
      'one inference',
      `FP32 ${inferenceLatency.fp32Ms.toPrecision(3)} ms, INT8 ${inferenceLatency.int8Ms.toPrecision(3)} ms`,
    ],
    ['quantization', `${metrics.quantizationLatencyMs.toPrecision(3)} ms`],
    ['answers in', modeText(report)],
  ];
}

const cosineText = (cosine: number) => cosine.toFixed(6);

function layerTable(layers: readonly LayerReport[]): Row[] {
  const header = [
    'layer',
    'operator',
    'weights',
    'bytes',
    'INT8',
    'input range',
    'clipped',
    'SQNR dB',
    'cosine',
    'max error',
  ];
  const rows = layers.map((layer) => [
    layer.name,
    layer.operator,
    layer.dims.join(' × '),
    layer.bytesFp32,
    layer.bytesInt8,
    rangeText(layer),
    percent(layer.clipRate),
    layer.sqnrDb.toFixed(1),
    cosineText(layer.cosine),
    layer.maxError.toExponential(2),
  ]);
  return [header, ...rows];
}

/** What quantizing each layer alone does, the most harmful first. */
function sensitivityTable(layers: readonly LayerReport[]): Row[] {
  const rows = layers
    .flatMap(({ name, scheme, alone }) => (alone ? [{ name, scheme, ...alone }] : []))
    .sort((a, b) => a.cosine - b.cosine)
    .map(({ name, scheme, sqnrDb, cosine, outputKl }) => [
      name,
      sqnrDb.toFixed(1),
      cosineText(cosine),
      outputKl.toExponential(2),
      scheme === 'float' ? 'kept in float' : '',
    ]);
  return rows.length > 0 ? [['layer alone', 'SQNR dB', 'cosine', 'output KL', ''], ...rows] : [];
}

function searchTable(search: readonly SearchStep[]): Row[] {
  const rows = search.map((step, i) => [
    i + 1,
    cosineText(step.cosineSimilarity),
    cosineText(step.worstCosineSimilarity),
    percent(step.top1Agreement),
    percent(step.accuracyDrop),
    step.accepted ? 'good enough' : 'not enough',
    step.floatLayers.join(', ') || 'none',
  ]);
  const header = ['trial', 'cosine', 'worst', 'top-1', 'drop', '', 'layers in float'];
  return rows.length > 0 ? [header, ...rows] : [];
}

/**
 * A report as text for people: the whole model, tables of its layers and of the search, and what was logged. The lines are meant for a font in
 * which all characters are equally wide; there is no line end after the last one.
 */
export function formatReport(report: QuantizationReport): string {
  const { layers, logs, search } = report;
  const parts = [
    columns(summary(report)),
    layers.length > 0 ? columns(layerTable(layers)) : '',
    columns(sensitivityTable(layers)),
    columns(searchTable(search)),
    logs.map((line) => `${line}\n`).join(''),
  ];
  return parts.filter(Boolean).join('\n').trimEnd();
}
