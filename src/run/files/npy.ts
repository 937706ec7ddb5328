/** Headers of .npy files (NumPy's format, version 1.0), for what is written here and not by the addon. */

export type NpyType = '<f8' | '<f4' | '<u8';

/** The header of an array of this shape; its data, little-endian, follow in C order. */
export function npyHeader(type: NpyType, ...shape: readonly [number, ...number[]]): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  // Ten bytes come before the text, and the data begin at a multiple of 64.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1')]);
}
