import { extname } from 'node:path';
import { shapeCalibration } from '../calibration.js';
import { AliceError, type CalibrationInput, type ModelInfo } from '../index.js';
import { CliError, dataFailure, usageFailure } from './failure.js';
import { readBytes } from './files.js';
import { float32sOf, readNpy } from './npy.js';

type Reader = (bytes: Uint8Array) => CalibrationInput;

const cut = (values: Float32Array, width: number) =>
  Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));

function readJson(bytes: Uint8Array): CalibrationInput {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as CalibrationInput;
  } catch (error) {
    throw dataFailure(`this is no JSON: ${(error as Error).message}`);
  }
}

function readBin(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 === 0) return float32sOf(bytes);
  throw dataFailure(`${bytes.length} bytes are no whole number of float32 values`);
}

function readMatrix(bytes: Uint8Array): Float32Array[] {
  const { values, width } = readNpy(bytes);
  return cut(values, width);
}

const READERS: Readonly<Record<string, Reader>> = { '.json': readJson, '.npy': readMatrix, '.bin': readBin };

/**
 * What a file of calibration data holds: `.json` in the standard form or as an array of rows, `.npy` as rows, `.bin` as a
 * flat array. Whether it has the shape of calibration data is not looked at.
 *
 * @throws CliError `usage` for another kind of file, `data_malformed`, and as readBytes.
 */
export async function readData(path: string): Promise<CalibrationInput> {
  const kind = extname(path).toLowerCase();
  const read = READERS[kind];
  if (!read) {
    const known = Object.keys(READERS).join(', ');
    throw usageFailure(`${path} is of no kind that is known here.`, `Name a file that ends in ${known}.`);
  }
  const bytes = await readBytes(path);
  return inFile(path, () => read(bytes));
}

/** Names the file in what `work` throws about its content. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CliError) throw dataFailure(`${path}: ${error.message}`, error.hint);
    if (error instanceof AliceError) throw dataFailure(`${path}: ${error.message}`, error.hint);
    throw error;
  }
}

/** How many values one sample of a tensor has: a symbolic axis counts once. */
export function widthOf(tensor: ModelInfo['inputs'][number] | undefined): number {
  return (tensor?.dims ?? []).reduce<number>((width, dim) => width * (typeof dim === 'number' ? dim : 1), 1);
}

/** Cuts a flat array into rows of `width` values; what leaves a remainder stays flat. */
export function asRows(input: CalibrationInput, width: number): CalibrationInput {
  return input instanceof Float32Array && input.length % width === 0 ? cut(input, width) : input;
}

/** Refuses what has not the shape of calibration data. */
export function checkShape(path: string, input: CalibrationInput): void {
  inFile(path, () => shapeCalibration(input, Infinity));
}
