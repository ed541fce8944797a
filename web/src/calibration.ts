import { AliceError } from './errors.js';
import { BEHAVIOR_CLASSES, FEATURE_NAMES } from './generated/lists.js';
import type { NativeTensorLayout } from './native.js';
import { spreadOver } from './sample-choice.js';
import { checkFeeds, samplesOf, wordsOf, writeSample } from './tensors.js';
import type { CalibrationDataset, CalibrationInput, TensorFeeds } from './types.js';

/** Calibration rows on their way into WebAssembly memory. Whether their values are fit for use is for C++ to say. */
export interface CalibrationRows {
  /** Values in a row; 0 for a flat array, whose width the model decides. */
  width: number;
  /** How many rows; of a flat array, how many values. */
  count: number;
  /** Whether the rows are a behaviour data set, and held to its rules. */
  behaviorSet: boolean;
  /** Where the rows are feeds: the first of them; told what the model takes, before `width` and `fill` are used. */
  feeds?: { first: TensorFeeds; prepare: (inputs: readonly NativeTensorLayout[]) => void };
  /** Where row `i` stood in the caller's data. */
  originalIndex: (i: number) => number;
  /** Writes the values, row after row, and one label a row: the index of the class, −1 where it is not known. */
  fill: (values: Float32Array, labels: Int32Array) => void;
}

/**
 * Brings calibration data into rows, `limit` of them at most: chosen by {@link spreadOver}, so that a capped set looks
 * like the whole one. A flat array is taken whole.
 *
 * @throws AliceError `argument_invalid` for what has not the shape of calibration data at all.
 */
export function shapeCalibration(input: CalibrationInput, limit: number): CalibrationRows {
  if (input instanceof Float32Array) {
    const fill = (values: Float32Array) => values.set(input);
    return { width: 0, count: input.length, behaviorSet: false, originalIndex: (i) => i, fill };
  }
  if (isFeeds(input)) return shapeFeeds(input, limit);
  if (isRows(input)) return shapeRows(input, limit);
  if (isDataset(input)) return shapeDataset(input, limit);
  throw invalid(
    'calibration data is a data set with `samples`, an array of rows or of feeds, or a flat Float32Array',
  );
}

function invalid(message: string): AliceError {
  return new AliceError('argument_invalid', `calibration: ${message}.`);
}

function isRows(input: CalibrationInput): input is readonly ArrayLike<number>[] {
  return Array.isArray(input);
}

function isFeeds(input: CalibrationInput): input is readonly TensorFeeds[] {
  const first: unknown = Array.isArray(input) ? input[0] : undefined;
  return typeof first === 'object' && first !== null && !isRow(first);
}

function isDataset(input: unknown): input is CalibrationDataset {
  return typeof input === 'object' && input !== null && 'samples' in input && Array.isArray(input.samples);
}

function isRow(row: unknown): row is ArrayLike<number> {
  return Array.isArray(row) || row instanceof Float32Array || row instanceof Float64Array;
}

function shapeRows(rows: readonly ArrayLike<number>[], limit: number): CalibrationRows {
  rows.forEach((row, i) => {
    if (!isRow(row) || row.length === 0) throw invalid(`row ${i} is no array of numbers`);
    if (row.length !== rows[0]?.length) {
      throw invalid(`row ${i} has ${row.length} values, row 0 has ${rows[0]?.length ?? 0}`);
    }
  });
  return staged(rows, new Int32Array(rows.length).fill(-1), false, limit);
}

function shapeFeeds(feeds: readonly TensorFeeds[], limit: number): CalibrationRows {
  const indices = spreadOver(new Int32Array(feeds.length).fill(-1), limit);
  let inputs: readonly NativeTensorLayout[] = [];
  const rows: CalibrationRows = {
    width: 0,
    count: indices.length,
    behaviorSet: false,
    originalIndex: (i) => indices[i] ?? i,
    feeds: {
      first: feeds[0] as TensorFeeds,
      prepare(layouts) {
        inputs = layouts;
        rows.width = wordsOf(layouts);
        feeds.forEach((feed, i) => {
          checkFeeds(feed, layouts);
          const samples = samplesOf(feed, layouts);
          if (samples !== 1) throw invalid(`feed ${i} holds ${samples} samples instead of one`);
        });
      },
    },
    fill(values, labels) {
      indices.forEach((index, i) => {
        const row = values.subarray(i * rows.width, (i + 1) * rows.width);
        writeSample(feeds[index] as TensorFeeds, inputs, 0, row);
      });
      labels.fill(-1);
    },
  };
  return rows;
}

function shapeDataset({ samples }: CalibrationDataset, limit: number): CalibrationRows {
  const rows: ArrayLike<number>[] = [];
  const labels = new Int32Array(samples.length).fill(-1);
  for (let i = 0; i < samples.length; ++i) {
    const sample = samples[i];
    if (!isRow(sample?.features) || sample.features.length === 0) {
      throw invalid(`sample ${i} has no array of numbers in \`features\``);
    }
    rows.push(sample.features);
    if (sample.expectedBehavior === undefined) continue;
    labels[i] = BEHAVIOR_CLASSES.indexOf(sample.expectedBehavior);
    if (labels[i] === -1) {
      throw invalid(`sample ${i} has the unknown behaviour ${JSON.stringify(sample.expectedBehavior)}`);
    }
  }
  // Rows of unequal width have no common form: those of a wrong width stand for all, so that C++ refuses them by name.
  if (rows.some((row) => row.length !== rows[0]?.length)) {
    const wrong = rows.find((row) => row.length !== FEATURE_NAMES.length);
    const indices = [...rows.keys()].filter((i) => rows[i]?.length === wrong?.length);
    return staged(rows, labels, true, limit, indices);
  }
  return staged(rows, labels, true, limit);
}

function staged(
  rows: readonly ArrayLike<number>[],
  labels: Int32Array,
  behaviorSet: boolean,
  limit: number,
  indices: readonly number[] = spreadOver(labels, limit),
): CalibrationRows {
  const width = rows[indices[0] ?? 0]?.length ?? 0;
  return {
    width,
    count: indices.length,
    behaviorSet,
    originalIndex: (i) => indices[i] ?? i,
    fill(values, stagedLabels) {
      for (let i = 0; i < indices.length; ++i) {
        const index = indices[i] ?? 0;
        const row = rows[index] ?? [];
        for (let j = 0; j < width; ++j) {
          const value: unknown = row[j];
          // JSON has no NaN and writes null for it, which must not pass for a zero.
          values[i * width + j] = typeof value === 'number' ? value : NaN;
        }
        stagedLabels[i] = labels[index] ?? -1;
      }
    },
  };
}
