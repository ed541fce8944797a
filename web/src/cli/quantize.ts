import { createEngine, formatReport, type QuantizationReport } from '../index.js';
import { asRows, checkShape, readData, widthOf } from './data-file.js';
import type { Call, Command, Outcome } from './command.js';
import { failureFields, type Failure } from './failure.js';
import { readBytes, refuseOverwriting, writeTo } from './files.js';

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
function failureOf(report: QuantizationReport): Failure | undefined {
  const { error, fallbackReason, fallbackTriggered, logs } = report;
  if (!fallbackTriggered || fallbackReason === undefined) return undefined;
  if (error) return { ...error, hint: error.hint ?? HINTS[error.stage] } as Failure;
  const message = logs.at(-1) ?? fallbackReason;
  const code = QUALITY_CODES[fallbackReason];
  if (code) return { code, stage: 'quality', message, hint: HINTS.quality };
  return { code: 'quant_timeout', stage: 'quality', message };
}

/** Where the quantized model is good enough, but has no form in ONNX that is written. */
function notExported({ logs }: QuantizationReport): Failure {
  const message = logs.find((line) => line.includes('not exported')) ?? 'the scheme is not exported to ONNX';
  return { code: 'model_unsupported_type', stage: 'model', message };
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
    const { int8Model } = await engine.quantize(model, data, watch);
    return { int8Model, report: engine.getReport() };
  } finally {
    bar.clear();
    engine.dispose();
  }
}

async function run(call: Call<FlagName>): Promise<Outcome> {
  const [input = ''] = call.files;
  const { output = '', report: reportPath, calibration } = call.flags;
  await refuseOverwriting([input, calibration], [output, reportPath]);
  const { int8Model, report } = await measure(await readBytes(input), call);
  const isKept = int8Model.length > 0 && (report.success || !report.fallbackTriggered);
  if (isKept) await writeTo(output, int8Model);
  if (reportPath !== undefined) await writeTo(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  const failure = failureOf(report) ?? (isKept ? undefined : notExported(report));
  const error = failure ? failureFields(failure) : report.error;
  const data = { input, output: isKept ? output : null, ...report, error };
  const text = `${formatReport(report)}\n${isKept ? `wrote ${output}` : 'no model was written'}\n`;
  return { data, text, ...(failure && { failure }) };
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
    'alice-quant quantize model.onnx -o model.int8.onnx -c set.json --precision auto',
    'alice-quant quantize model.onnx -o model.int8.onnx -c rows.npy --json | jq .metrics.cosineSimilarity',
  ],
  run,
};
