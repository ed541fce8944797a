import { AliceError } from '../index.js';
import { runsModels, type Call, type Command, type Outcome } from './command.js';
import { checkShape, readData } from './data-file.js';
import { failureFields, usageFailure, type Failure } from './failure.js';
import { outputsOf } from './model-outputs.js';
import { compareOutputs, type OutputComparison } from './output-comparison.js';
import { columns, percent } from '../text-table.js';

type FlagName = 'data' | 'minSimilarity' | 'minAgreement';

function share(flag: string, text: string | undefined): number {
  const value = text === undefined || text.trim() === '' ? NaN : Number(text);
  if (text === undefined) return -Infinity;
  if (value >= 0 && value <= 1) return value;
  throw usageFailure(`${flag} is ${JSON.stringify(text)}, allowed is a number from 0 to 1`);
}

function failureOf(
  { meanCosine, top1Agreement }: OutputComparison,
  minSimilarity: number,
  minAgreement: number,
): Failure | undefined {
  if (meanCosine < minSimilarity) {
    const message = `mean cosine ${meanCosine} is below ${minSimilarity}`;
    return { code: 'quality_similarity_low', stage: 'quality', message };
  }
  if (top1Agreement < minAgreement) {
    const message = `top-1 agreement ${top1Agreement} is below ${minAgreement}`;
    return { code: 'quality_accuracy_drop', stage: 'quality', message };
  }
  return undefined;
}

async function run({ files, flags, engineOptions, progress }: Call<FlagName>): Promise<Outcome> {
  const minSimilarity = share('--min-similarity', flags.minSimilarity);
  const minAgreement = share('--min-agreement', flags.minAgreement);
  const [pathA = '', pathB = ''] = files;
  const dataPath = flags.data ?? '';
  const input = await readData(dataPath);
  checkShape(dataPath, input);
  const bar = progress('running both models');
  try {
    const a = await outputsOf(pathA, input, engineOptions, (done, total) => bar.update(done, 2 * total));
    const b = await outputsOf(pathB, input, engineOptions, (done, total) =>
      bar.update(total + done, 2 * total),
    );
    const [widthA, widthB] = [a.outputs[0]?.length ?? 0, b.outputs[0]?.length ?? 0];
    if (widthA !== widthB) {
      throw new AliceError(
        'shape_mismatch',
        `${pathA} gives ${widthA} values a row, ${pathB} gives ${widthB}: they cannot be compared.`,
      );
    }
    const comparison = compareOutputs(a.outputs, b.outputs, a.labels);
    const failure = failureOf(comparison, minSimilarity, minAgreement);
    const { accuracy } = comparison;
    const text = columns([
      ['a', `${pathA} (${a.precision.toUpperCase()})`],
      ['b', `${pathB} (${b.precision.toUpperCase()})`],
      ['rows', String(comparison.rows)],
      ['mean cosine', comparison.meanCosine.toFixed(6)],
      ['worst cosine', `${comparison.worstCosine.toFixed(6)} (row ${comparison.worstRow})`],
      ['top-1 agreement', percent(comparison.top1Agreement)],
      ['max difference', `${comparison.maxDifference.toExponential(3)} (row ${comparison.maxDifferenceRow})`],
      ...(accuracy ? [['accuracy', `a ${percent(accuracy.a)}, b ${percent(accuracy.b)}`]] : []),
    ]);
    const data = {
      a: { file: pathA, precision: a.precision },
      b: { file: pathB, precision: b.precision },
      data: dataPath,
      ...comparison,
      error: failure && failureFields(failure),
    };
    return { data, text, ...(failure && { failure }) };
  } finally {
    bar.clear();
  }
}

export const compare: Command<FlagName> = {
  name: 'compare',
  summary: 'compare the answers of two models',
  details: 'Runs both over the data, each as it is: a float model in FP32, a quantized one in INT8.',
  files: [
    ['a', 'a model, .onnx'],
    ['b', 'another, .onnx'],
  ],
  flags: [
    { flags: '-d, --data <file>', text: 'the rows to run: .json, .npy or .bin', isRequired: true },
    { flags: '--min-similarity <cosine>', text: 'exit with 1 where the mean cosine is lower' },
    { flags: '--min-agreement <share>', text: 'exit with 1 where fewer rows agree in their highest output' },
  ],
  engineOptions: runsModels,
  examples: [
    'alice-quant compare model.onnx model.int8.onnx --data set.json',
    'alice-quant compare model.onnx model.int8.onnx --data rows.npy --min-similarity 0.99 --json',
  ],
  run,
};
