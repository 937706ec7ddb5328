/** NumPy's .npy files of real or complex numbers in double precision. */
import { KroncutError } from '../../error.js';
import { readBytes } from './inputs.js';

export interface ComplexArray {
  readonly shape: readonly number[];
  /** C order, real and imaginary part interleaved. */
  readonly values: Float64Array;
}

const MAGIC = '\x93NUMPY';
const KINDS: Readonly<Record<string, 1 | 2>> = { '<f8': 1, '<c16': 2 };

/** Bytes that may come before the data. */
const LONGEST_HEADER = 2 ** 16;

/**
 * Reads an array of one or two axes and `most` numbers. Throws `input`, with the file's name, for what is none; a file that
 * is larger is not read.
 */
export async function readNpyFile(name: string, most: number): Promise<ComplexArray> {
  const bytes = await readBytes(name, 2 * 8 * most + LONGEST_HEADER);
  return readNpy(bytes, name);
}

/** Where the data of a .npy file begin, and what they are. */
export interface NpyLayout {
  readonly type: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly begin: number;
}

/** Reads the header of a .npy file. Throws what `refuse` makes of the reason where there is none. */
export function readNpyLayout(bytes: Buffer, refuse: (what: string) => KroncutError): NpyLayout {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== MAGIC) {
    throw refuse('is no .npy file, as numpy.save writes one');
  }
  const wide = (bytes[6] ?? 0) > 1;
  const begin = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  if (begin > Math.min(bytes.length, LONGEST_HEADER)) throw refuse('ends inside its .npy header');
  const header = bytes.toString('latin1', wide ? 12 : 10, begin);
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const axes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || axes === undefined) {
    throw refuse('the header of the .npy file is damaged or describes no plain array');
  }
  const shape = axes
    .split(',')
    .map((axis) => axis.trim())
    .filter((axis) => axis !== '')
    .map(Number);
  return { type, fortran: order === 'True', shape, begin };
}

/** Reads an array of one or two axes. Throws `input`, with the file's name, for what is none. */
export function readNpy(bytes: Buffer, name: string): ComplexArray {
  const refuse = (what: string): KroncutError => new KroncutError('input', `${name}: ${what}`);
  const { type, fortran, shape, begin } = readNpyLayout(bytes, refuse);
  const parts = KINDS[type];
  if (parts === undefined) {
    throw refuse(`holds values of type '${type}'; complex128 or float64 ('<c16', '<f8') is needed`);
  }
  const [rows = 1, columns = 1] = shape;
  if (rows === 0 || columns === 0) throw refuse(`is empty: it has shape (${shape.join(', ')})`);
  if (shape.length < 1 || shape.length > 2) throw refuse(`has ${shape.length} axes; one or two are needed`);
  const count = rows * columns;
  if (bytes.length - begin !== 8 * parts * count) {
    throw refuse(
      `has ${bytes.length - begin} bytes of data, where its shape (${shape.join(', ')}) takes ${8 * parts * count}`,
    );
  }
  const values = new Float64Array(2 * count);
  for (let i = 0; i < count; i += 1) {
    const at = fortran ? (i % columns) * rows + Math.floor(i / columns) : i;
    for (let part = 0; part < parts; part += 1) {
      values[2 * i + part] = bytes.readDoubleLE(begin + 8 * (parts * at + part));
    }
  }
  return { shape, values };
}
