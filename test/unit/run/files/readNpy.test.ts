import * as fc from 'fast-check';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import { readNpy, readNpyFile } from '../../../../src/run/files/readNpy.js';
import { complexNpy } from '../../../support/npy.js';

const header = (text: string, data = 0): Buffer => {
  const padded = `${text.padEnd(117)}\n`;
  const start = `\x93NUMPY\x01\x00${String.fromCharCode(padded.length, 0)}${padded}`;
  return Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(data)]);
};

function refusal(bytes: Buffer): string {
  try {
    readNpy(bytes, 'a.npy');
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'input') return error.message;
    throw error;
  }
  throw new Error('accepted');
}

describe('.npy files', () => {
  it('are read as they were written, in either order and version', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(finite, { minLength: 50, maxLength: 50 }),
        fc.boolean(),
        fc.constantFrom<1 | 2>(1, 2),
        (rows, columns, numbers, fortran, version) => {
          const values = Float64Array.from(numbers.slice(0, 2 * rows * columns));
          const bytes = complexNpy(values, [rows, columns], { fortran, version });
          expect(readNpy(bytes, 'a.npy')).toEqual({ shape: [rows, columns], values });
        },
      ),
    );
  });

  it('of real numbers have imaginary parts of 0', () => {
    const bytes = header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 16);
    bytes.writeDoubleLE(0.25, bytes.length - 8);
    expect(readNpy(bytes, 'a.npy')).toEqual({ shape: [2], values: Float64Array.of(0, 0, 0.25, 0) });
  });

  it('are refused before they are read or believed where they are too large or end early', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kroncut-npy-'));
    try {
      const file = join(folder, 'large.npy');
      await writeFile(file, header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }"));
      await expect(readNpyFile(file, 4)).rejects.toThrow(/128 bytes of data|0 bytes of data/);
      await truncate(file, 2 ** 40);
      await expect(readNpyFile(file, 4)).rejects.toThrow(`${file} has ${2 ** 40} bytes; at most`);
      await expect(readNpyFile(folder, 4)).rejects.toThrow('it is a folder');
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(refusal(header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 99999999999), }"))).toMatch(
      /is empty/,
    );
    const long = header('', 0);
    long[6] = 2;
    long.writeUInt32LE(2 ** 31, 8);
    expect(refusal(long)).toMatch(/ends inside its \.npy header/);
  });

  it('are refused, with what would be right, where they are something else', () => {
    expect(refusal(Buffer.from('OPENQASM 2.0;'))).toMatch(/^a.npy: .*numpy\.save/);
    expect(refusal(Buffer.alloc(3))).toMatch(/no \.npy file/);
    expect(refusal(header('{}'))).toMatch(/header/);
    expect(refusal(header("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", 16))).toMatch(
      /complex128/,
    );
    expect(refusal(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 2), }", 16))).toMatch(
      /3 axes/,
    );
    expect(refusal(header("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", 16))).toMatch(
      /16 bytes.*32/,
    );
  });
});
