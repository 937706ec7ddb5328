/** Results as Qiskit's encoder writes them, for tests that read them. */
import { deflateSync } from 'node:zlib';

/** An array as Qiskit's encoder of results writes it. */
export function encoded(type: string, shape: readonly number[], bytes: readonly number[]): object {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${text.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0]);
  const file = Buffer.concat([start, Buffer.from(padded), Buffer.from(bytes)]);
  return { __type__: 'ndarray', __value__: deflateSync(file).toString('base64') };
}

export function bitArray(bits: number, rows: readonly (readonly number[])[], type = '|u1'): object {
  const array = encoded(type, [rows.length, rows[0]?.length ?? 0], rows.flat());
  return { __type__: 'BitArray', __value__: { array, num_bits: bits } };
}

export function dataBin(fields: object): object {
  const value = { field_names: Object.keys(fields), shape: [], fields };
  return { __type__: 'DataBin', __value__: value };
}
