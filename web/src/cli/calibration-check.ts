import { BEHAVIOR_CLASSES, type AliceErrorCode, type CalibrationInput } from '../index.js';
import { signatureOf } from './calibration-set.js';

/** As the engine has it. */
const FEWEST_SAMPLES = 32;

const STANDARD_FIELDS = [
  'version',
  'generatedAt',
  'source',
  'totalSamples',
  'samples',
  'statistics',
  'signature',
] as const;

/** One kind of fault: its first place, and how many more places have it. */
export interface Problem {
  code: Extract<AliceErrorCode, `calibration_${string}`> | 'data_malformed';
  message: string;
  others: number;
}

class Problems {
  readonly found: Problem[] = [];

  /** Adds a fault; a later one of the same `code` and `kind` is only counted. */
  add(code: Problem['code'], message: string, kind: string = code): void {
    const known = this.#kinds.get(kind);
    if (known) {
      known.others += 1;
      return;
    }
    const problem = { code, message, others: 0 };
    this.#kinds.set(kind, problem);
    this.found.push(problem);
  }

  readonly #kinds = new Map<string, Problem>();
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isRow = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || value instanceof Float32Array;

const isLabel = (label: unknown) =>
  label === undefined || (BEHAVIOR_CLASSES as readonly unknown[]).includes(label);

interface Sample {
  /** How it is called in a message. */
  where: string;
  row: unknown;
  label: unknown;
}

function checkShape(samples: readonly Sample[], problems: Problems): void {
  for (const { where, row, label } of samples) {
    if (!isRow(row)) problems.add('data_malformed', `${where} is no array of numbers`, 'row');
    if (!isLabel(label)) {
      problems.add('data_malformed', `${where} has the unknown behaviour ${JSON.stringify(label)}`, 'label');
    }
  }
}

function checkWidth(samples: readonly Sample[], width: number, problems: Problems): void {
  for (const { where, row } of samples) {
    if (!isRow(row) || row.length === width) continue;
    problems.add('calibration_width', `${where} has ${row.length} values, not ${width}`);
  }
}

function checkValues(samples: readonly Sample[], isBehaviorSet: boolean, problems: Problems): void {
  for (const { where, row } of samples) {
    if (!isRow(row)) continue;
    for (let i = 0; i < row.length; ++i) {
      const value = row[i];
      const number = typeof value === 'number' ? Math.fround(value) : NaN;
      const text = `value ${i} of ${where} is ${String(value)}`;
      if (!Number.isFinite(number)) problems.add('calibration_not_finite', text);
      else if (isBehaviorSet && (number < 0 || number > 1)) {
        problems.add('calibration_out_of_range', `${text}, outside [0, 1]`);
      }
    }
  }
}

function checkClasses(samples: readonly Sample[], problems: Problems): void {
  const labels = new Set(samples.map(({ label }) => label));
  if (!BEHAVIOR_CLASSES.some((name) => labels.has(name))) return;
  for (const name of BEHAVIOR_CLASSES) {
    if (!labels.has(name)) problems.add('calibration_class_missing', `class ${name} has no sample`);
  }
}

function checkForm(dataset: Json, samples: readonly Json[], problems: Problems): void {
  for (const field of STANDARD_FIELDS) {
    if (!(field in dataset))
      problems.add('data_malformed', `the field ${field} is missing`, `field ${field}`);
  }
  const { totalSamples, signature } = dataset;
  if (totalSamples !== undefined && totalSamples !== samples.length) {
    const message = `totalSamples is ${JSON.stringify(totalSamples)}, but there are ${samples.length} samples`;
    problems.add('data_malformed', message, 'total');
  }
  const seen = new Set<unknown>();
  for (const { id } of samples) {
    if (id !== undefined && seen.has(id)) {
      problems.add('data_malformed', `two samples have the id ${JSON.stringify(id)}`, 'id');
    }
    seen.add(id);
  }
  if (signature !== undefined && signature !== signatureOf(dataset)) {
    problems.add(
      'data_malformed',
      'the signature is not that of the content: the set was changed',
      'signature',
    );
  }
}

/**
 * Everything that keeps calibration data from being used with a model that takes `width` values, in the engine's order,
 * then what departs from the standard form. Rows are held to what holds for any model, a data set to the rules of the
 * behaviour classifier.
 */
export function checkCalibration(
  input: CalibrationInput,
  width: number,
): { samples: number; problems: readonly Problem[] } {
  const problems = new Problems();
  const given: unknown = input;
  const dataset = isObject(given) && Array.isArray(given.samples) ? given : undefined;
  if (given instanceof Float32Array) {
    problems.add('calibration_width', `${given.length} values are no whole number of rows of ${width}`);
    return { samples: 0, problems: problems.found };
  }
  const rows: unknown = dataset ? dataset.samples : given;
  if (!Array.isArray(rows)) {
    problems.add('data_malformed', 'this is neither a data set with `samples` nor an array of rows');
    return { samples: 0, problems: problems.found };
  }
  const objects = rows.map((sample: unknown) => (isObject(sample) ? sample : {}));
  const samples: Sample[] = dataset
    ? objects.map(({ features, expectedBehavior }, i) => ({
        where: `sample ${i}`,
        row: features,
        label: expectedBehavior,
      }))
    : rows.map((row: unknown, i) => ({ where: `row ${i}`, row, label: undefined }));
  checkShape(samples, problems);
  checkWidth(samples, width, problems);
  if (rows.length < FEWEST_SAMPLES) {
    const message = `${rows.length} samples are too few: at least ${FEWEST_SAMPLES} are needed`;
    problems.add('calibration_too_few', message);
  }
  checkValues(samples, dataset !== undefined, problems);
  if (dataset) {
    checkClasses(samples, problems);
    checkForm(dataset, objects, problems);
  }
  return { samples: rows.length, problems: problems.found };
}
