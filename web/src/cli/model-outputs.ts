import {
  AliceError,
  createEngine,
  type CalibrationInput,
  type EngineOptions,
  type ModelInfo,
} from '../index.js';
import { shapeCalibration, type CalibrationRows } from '../calibration.js';
import { asRows, widthOf } from './data-file.js';
import { CliError } from './failure.js';
import { readBytes } from './files.js';

const ROWS_PER_CALL = 256;

/** What a model answers to each row of a data set. */
export interface ModelOutputs {
  model: ModelInfo;
  precision: string;
  rows: number;
  /** One a row: the index of its class, −1 where it is not known. */
  labels: Int32Array;
  outputs: Float32Array[];
}

function checkedRows(shaped: CalibrationRows, width: number) {
  if (shaped.width !== width) {
    const given = shaped.width === 0 ? `${shaped.count} values in all` : `rows of ${shaped.width} values`;
    throw new CliError(
      'calibration_width',
      'calibration',
      `The data has ${given}, but the model takes rows of ${width}.`,
    );
  }
  if (shaped.count === 0) throw new CliError('calibration_too_few', 'calibration', 'The data has no rows.');
  const values = new Float32Array(shaped.count * width);
  const labels = new Int32Array(shaped.count);
  shaped.fill(values, labels);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return { values, labels };
  throw new CliError(
    'calibration_not_finite',
    'calibration',
    `value ${bad % width} of row ${shaped.originalIndex(Math.floor(bad / width))} is ${values[bad]}`,
  );
}

/** Runs a model as it is over all rows. `onProgress` is told how many are done, and of how many. */
export async function outputsOf(
  path: string,
  input: CalibrationInput,
  options: EngineOptions,
  onProgress: (done: number, total: number) => void,
): Promise<ModelOutputs> {
  const bytes = await readBytes(path);
  const engine = await createEngine(options);
  try {
    const model = await engine.load(bytes);
    const width = widthOf(model.inputs[0]);
    const { values, labels } = checkedRows(shapeCalibration(asRows(input, width), Infinity), width);
    const outputs: Float32Array[] = [];
    const rows = labels.length;
    for (let row = 0; row < rows; row += ROWS_PER_CALL) {
      const count = Math.min(ROWS_PER_CALL, rows - row);
      const results = await engine.inferBatch(values.subarray(row * width, (row + count) * width), count);
      outputs.push(...results.map(({ probabilities }) => probabilities));
      onProgress(row + count, rows);
    }
    return { model, precision: engine.getStatus().mode, rows, labels, outputs };
  } catch (error) {
    if (!(error instanceof AliceError)) throw error;
    const { node, hint, cause } = error;
    throw new AliceError(error.code, `${path}: ${error.message}`, { node, hint, cause });
  } finally {
    engine.dispose();
  }
}
