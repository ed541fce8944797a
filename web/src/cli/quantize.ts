import { createEngine, type QuantizationResult } from '../index.js';
import { asRows, checkShape, readData, widthOf } from './data-file.js';
import type { Call, Command, Outcome } from './command.js';
import { failureFields, type Failure } from './failure.js';
import { readBytes, refuseOverwriting, writeTo } from './files.js';
import { bytes, columns, percent } from './text.js';

type FlagName = 'output' | 'calibration' | 'report';

const QUALITY_CODES: Readonly<Record<string, Failure['code']>> = {
  similarity_low: 'quality_similarity_low',
  accuracy_drop: 'quality_accuracy_drop',
};

const HINTS: Readonly<Record<string, string>> = {
  quality: 'No model was written; with --no-enable-auto-fallback it is written all the same.',
  calibration:
    'No model was written; `alice-quant calibrate --check` names everything that is wrong with a set.',
};

/** Why INT8 would not be in service, where it would not. */
function failureOf(result: QuantizationResult): Failure | undefined {
  const { error, fallbackReason, fallbackTriggered, logs } = result;
  if (!fallbackTriggered || fallbackReason === undefined) return undefined;
  if (error) return { ...error, hint: error.hint ?? HINTS[error.stage] } as Failure;
  const message = logs.at(-1) ?? fallbackReason;
  const code = QUALITY_CODES[fallbackReason];
  if (code) return { code, stage: 'quality', message, hint: HINTS.quality };
  return { code: 'quant_timeout', stage: 'quality', message };
}

/** Where the quantized model is good enough, but has no form in ONNX that is written. */
function notExported({ logs }: QuantizationResult): Failure {
  const message = logs.find((line) => line.includes('not exported')) ?? 'the scheme is not exported to ONNX';
  return { code: 'model_unsupported_type', stage: 'model', message };
}

const rangeText = (range?: { min: number; max: number }) =>
  range ? `${range.min.toPrecision(3)} … ${range.max.toPrecision(3)}` : 'at run time';

function reportText(result: QuantizationResult, output: string | null): string {
  const { metrics, layers } = result;
  const summary: [string, string][] = [
    ['size', `${bytes(result.originalSizeBytes)} → ${bytes(result.quantizedSizeBytes)}`],
    ['compression', `${result.compressionRatio.toFixed(2)} ×`],
    ['compared on', `${metrics.samples} samples (${metrics.source})`],
    ['mean cosine', metrics.cosineSimilarity.toFixed(6)],
    ['worst cosine', `${metrics.worstCosineSimilarity.toFixed(6)} (sample ${metrics.worstSample})`],
    ['mean KL', metrics.meanKl.toExponential(2)],
    ['top-1 agreement', percent(metrics.top1Agreement)],
  ];
  const { accuracy } = metrics;
  const [layer] = layers;
  if (layer) summary.unshift(['scheme', layer.scheme]);
  if (accuracy) summary.push(['accuracy', `FP32 ${percent(accuracy.fp32)}, INT8 ${percent(accuracy.int8)}`]);
  const table = [
    [
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
    ],
    ...layers.map((layer) => [
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
    ]),
  ];
  return [
    columns(summary),
    layers.length > 0 ? columns(table) : '',
    result.logs.map((line) => `${line}\n`).join(''),
    output === null ? 'no model was written\n' : `wrote ${output}\n`,
  ]
    .filter(Boolean)
    .join('\n');
}

async function measure(model: Uint8Array, { flags, engineOptions, progress }: Call<FlagName>) {
  const path = flags.calibration;
  let data = path === undefined ? undefined : await readData(path);
  if (path !== undefined && data !== undefined) checkShape(path, data);
  const engine = await createEngine(engineOptions);
  const bar = progress('comparing INT8 with FP32');
  try {
    if (data instanceof Float32Array) data = asRows(data, widthOf((await engine.load(model)).inputs[0]));
    const watch = bar.isVisible
      ? { onProgress: ({ done, total }: { done: number; total: number }) => bar.update(done, total) }
      : {};
    return await engine.quantize(model, data, watch);
  } finally {
    bar.clear();
    engine.dispose();
  }
}

async function run(call: Call<FlagName>): Promise<Outcome> {
  const [input = ''] = call.files;
  const { output = '', report, calibration } = call.flags;
  await refuseOverwriting([input, calibration], [output, report]);
  const result = await measure(await readBytes(input), call);
  const isKept = result.int8Model.length > 0 && (result.success || !result.fallbackTriggered);
  if (isKept) await writeTo(output, result.int8Model);
  const written = isKept ? output : null;
  const failure = failureOf(result) ?? (isKept ? undefined : notExported(result));
  const error = failure ? failureFields(failure) : result.error;
  const data = { input, output: written, ...result, int8Model: undefined, error };
  if (report !== undefined) await writeTo(report, `${JSON.stringify(data, null, 2)}\n`);
  return { data, text: reportText(result, written), ...(failure && { failure }) };
}

export const quantize: Command<FlagName> = {
  name: 'quantize',
  summary: 'quantize a float model to INT8',
  details: `Compares INT8 with FP32 on the calibration data, or on noise where there is none, and writes the INT8 model where it is good enough. The file is, byte for byte, what the package gives in the browser.`,
  files: [['model', 'the float model, .onnx']],
  flags: [
    { flags: '-o, --output <file>', text: 'where to write the INT8 model', isRequired: true },
    { flags: '-c, --calibration <file>', text: 'what to compare on: .json, .npy or .bin' },
    { flags: '-r, --report <file>', text: 'where to write the report, as JSON' },
  ],
  engineOptions: () => true,
  examples: [
    'alice-quant quantize model.onnx -o model.int8.onnx --calibration set.json',
    'alice-quant quantize model.onnx -o model.int8.onnx --similarity-threshold 0.99 --report report.json',
    'alice-quant quantize model.onnx -o model.int8.onnx -c rows.npy --json | jq .metrics.cosineSimilarity',
  ],
  run,
};
