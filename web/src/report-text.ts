import { bytes, columns, percent } from './text-table.js';
import type { LayerReport, QuantizationReport } from './types.js';

type Row = readonly (string | number)[];

const rangeText = (range: LayerReport['inputRange']) =>
  range ? `${range.min.toPrecision(3)} … ${range.max.toPrecision(3)}` : 'at run time';

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
    rangeText(layer.inputRange),
    percent(layer.clipRate),
    layer.sqnrDb.toFixed(1),
    layer.cosine.toFixed(6),
    layer.maxError.toExponential(2),
  ]);
  return [header, ...rows];
}

/**
 * A report as text for people: the whole model, a table of its layers, and what was logged. The lines are meant for a font in
 * which all characters are equally wide; there is no line end after the last one.
 */
export function formatReport(report: QuantizationReport): string {
  const { layers, logs } = report;
  const parts = [
    columns(summary(report)),
    layers.length > 0 ? columns(layerTable(layers)) : '',
    logs.map((line) => `${line}\n`).join(''),
  ];
  return parts.filter(Boolean).join('\n').trimEnd();
}
