import { dataFailure } from './failure.js';

const MAGIC = '\x93NUMPY';

/** A matrix of f32, row after row. */
export interface Matrix {
  rows: number;
  width: number;
  values: Float32Array;
}

/** f32 values from little-endian bytes; `bytes.length` is a multiple of 4. */
export function float32sOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function entry(header: string, name: string, value: RegExp): string {
  const found = new RegExp(`'${name}'\\s*:\\s*(${value.source})`).exec(header)?.[1];
  if (found === undefined) throw dataFailure(`the .npy header has no readable '${name}': ${header.trim()}`);
  return found;
}

function headerOf(bytes: Uint8Array): { header: string; end: number } {
  const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (text(0, MAGIC.length) !== MAGIC)
    throw dataFailure('this is no .npy file: it does not begin with \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasShortLength = bytes[6] === 1;
  const start = hasShortLength ? 10 : 12;
  if (bytes.length < start) throw dataFailure('the .npy file ends inside its header');
  const end = start + (hasShortLength ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw dataFailure('the .npy file ends inside its header');
  return { header: text(start, end), end };
}

/**
 * Reads a matrix from NumPy's format (versions 1.0 to 3.0 of numpy.lib.format).
 *
 * @throws CliError `data_malformed` for what is no .npy file, for other types than little-endian f32, Fortran order, other
 *   ranks than 2, and data that is too short or too long.
 */
export function readNpy(bytes: Uint8Array): Matrix {
  const { header, end } = headerOf(bytes);
  const type = entry(header, 'descr', /'[^']*'|\[.*?\]/).replaceAll("'", '');
  if (type !== '<f4') {
    throw dataFailure(
      `the .npy file holds ${type}, not <f4 (float32, little-endian)`,
      "Save x.astype('<f4').",
    );
  }
  if (entry(header, 'fortran_order', /True|False/) === 'True') {
    throw dataFailure('the .npy file is in Fortran order, not in C order', 'Save np.ascontiguousarray(x).');
  }
  const shapeText = entry(header, 'shape', /\([\d\s,]*\)/);
  const [rows = 0, width = 0, ...others] = (shapeText.match(/\d+/g) ?? []).map(Number);
  if (others.length > 0 || width === 0) {
    throw dataFailure(
      `the .npy file has the shape ${shapeText}, not (rows, width)`,
      'Save x.reshape(len(x), -1).',
    );
  }
  const data = bytes.subarray(end);
  if (data.length !== 4 * rows * width) {
    throw dataFailure(
      `the .npy file has ${data.length} bytes of data; its shape ${shapeText} takes ${4 * rows * width}`,
    );
  }
  return { rows, width, values: float32sOf(data) };
}
