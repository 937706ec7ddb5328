/** Reads .npy files for comparison: little-endian float64 or float32 in C order. */
import { readFile } from 'node:fs/promises';

export interface NpyArray {
  readonly shape: readonly number[];
  readonly type: 'float64' | 'float32';
  readonly values: Float64Array;
}

export async function readNpy(file: string): Promise<NpyArray> {
  const bytes = await readFile(file);
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error(`${file} is not a .npy file`);
  const wide = bytes[6] !== 1;
  const begin = wide ? 12 : 10;
  const header = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const text = bytes.toString('latin1', begin, begin + header);
  const type = /'descr': '<f8'/.test(text) ? 'float64' : 'float32';
  if (!/'fortran_order': False/.test(text) || !/'descr': '<f[48]'/.test(text)) {
    throw new Error(`${file} is not a little-endian float array in C order: ${text}`);
  }
  const shape = (/'shape': \(([^)]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  // A copy, for the data need not be aligned in the buffer of the file.
  const data = Uint8Array.from(bytes.subarray(begin + header)).buffer;
  const values = type === 'float64' ? new Float64Array(data) : Float64Array.from(new Float32Array(data));
  return { shape, type, values };
}

/** A .npy file of one axis, version 1.0. */
export function npyBytes(values: Float64Array, type: 'float64' | 'float32'): Buffer {
  const text = `{'descr': '<f${type === 'float64' ? 8 : 4}', 'fortran_order': False, 'shape': (${values.length},), }`;
  const header = `${text.padEnd(117)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}${header}`, 'latin1');
  const data = type === 'float64' ? values : Float32Array.from(values);
  return Buffer.concat([start, Buffer.from(data.buffer)]);
}

/** A .npy file of complex numbers, given in C order with real and imaginary part interleaved. */
export function complexNpy(
  values: Float64Array,
  shape: readonly number[],
  { fortran = false, version = 1 }: { readonly fortran?: boolean; readonly version?: 1 | 2 } = {},
): Buffer {
  const [rows = 1, columns = 1] = shape;
  const size = shape.length === 1 ? `(${rows},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '<c16', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${size}, }`;
  const header = `${text.padEnd(117)}\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const data = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) {
    const entry = Math.floor(i / 2);
    const [row, column] = [Math.floor(entry / columns), entry % columns];
    data.writeDoubleLE(value, 8 * (2 * (fortran ? column * rows + row : entry) + (i % 2)));
  }
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, 'latin1');
  return Buffer.concat([start, length, Buffer.from(header, 'latin1'), data]);
}
