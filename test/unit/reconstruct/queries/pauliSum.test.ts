import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePauliSum } from '../../../../src/reconstruct/queries/pauliSum.js';

/** Terms as "coefficient:X0Z2". */
function short(text: string, qubits: number): string[] {
  return parsePauliSum(text, qubits).map(
    ({ coefficient, paulis }) =>
      `${coefficient}:${paulis.map(({ pauli, qubit }) => `${pauli}${qubit}`).join('')}`,
  );
}

describe('parsePauliSum', () => {
  test('reads dense and sparse strings, signs and coefficients', () => {
    expect(short('ZZI + 0.5*XIX - IIY', 3)).toEqual(['1:Z1Z2', '0.5:X0X2', '-1:Y0']);
    expect(short('-ZZI', 3)).toEqual(['-1:Z1Z2']);
    expect(short('0.5*X0 Z57 - 1e-3 Z5*Y2', 60)).toEqual(['0.5:X0Z57', '-0.001:Y2Z5']);
    expect(short('2.5E+1 * ZI+.5IX', 2)).toEqual(['25:Z1', '0.5:X0']);
    expect(short('III', 3)).toEqual(['1:']);
    expect(short('-0.5 + 2*I - I + 1e-2 ZII', 3)).toEqual(['-0.5:', '2:', '-1:', '0.01:Z2']);
  });

  test('reads JSON, as a list and as an object', () => {
    expect(short('[{"pauli":"ZZI","coefficient":0.5},{"pauli":"X0 Y2"}]', 3)).toEqual(['0.5:Z1Z2', '1:X0Y2']);
    expect(short('{"ZZI":-0.5}', 3)).toEqual(['-0.5:Z1Z2']);
    expect(short('{"I":-0.5}', 3)).toEqual(['-0.5:']);
  });

  test('reads what Qiskit and others print and list', () => {
    expect(short('1.0*Z0 + -0.5*X1 - -2 Y2', 3)).toEqual(['1:Z0', '-0.5:X1', '2:Y2']);
    expect(short('(1+0j)*ZZI + (-0.5-0j) IIX - (2)', 3)).toEqual(['1:Z1Z2', '-0.5:X0', '-2:']);
    expect(short('[["ZZI", 1.0], ["X0", -0.5], ["IIY", [2, 0]], ["III", "0.5+0j"]]', 3)).toEqual([
      '1:Z1Z2',
      '-0.5:X0',
      '2:Y0',
      '0.5:',
    ]);
    expect(short('[["ZX", [0, 2], 1.0], ["", [], 2]]', 3)).toEqual(['1:Z0X2', '2:']);
    expect(
      short("[('ZZI', (1+0j)), ('XIX', (-0.5+0j)), ('IIZ', np.complex128(1e-3-0j)), ('YII', 2.0)]", 3),
    ).toEqual(['1:Z1Z2', '-0.5:X0X2', '0.001:Z0', '2:Y2']);
    expect(short("[('ZX', [0, 2], (1+0j)), ('', [], np.complex128(2+0j)), ('Y', (1,), 0.5)]", 3)).toEqual([
      '1:Z0X2',
      '2:',
      '0.5:Y1',
    ]);
    expect(short("SparsePauliOp(['ZZI', 'XIX'],\n              coeffs=[ 1. +0.j, -0.5+0.j])", 3)).toEqual([
      '1:Z1Z2',
      '-0.5:X0X2',
    ]);
    expect(short('{"ZZI": "-1.5e1"}', 3)).toEqual(['-15:Z1Z2']);
  });

  test.each([
    ['00I', 3, /'00I' has projectors; write 0 as \(I \+ Z\)\/2/],
    ['1I', 2, /'1I' has projectors/],
    ['00I', 4, /'00I' needs to be one of I, X, Y, Z and a qubit/],
    ['(1+0.5j)*ZZI', 3, /has a complex coefficient, \(1\+0\.5j\); an observable is Hermitian/],
    ['[["ZZI", [1, 1e-9]]]', 3, /'ZZI' has a complex coefficient, \[1,1e-9\]/],
    ["[('ZZI', 2j)]", 3, /'ZZI' has a complex coefficient, 2j/],
    ["[('ZZI', 'a')]", 3, /'ZZI' has a coefficient that is no number/],
    ["[('ZZI')]", 3, /not JSON/],
    ["[('ZZI', a)]", 3, /'ZZI' has a coefficient that is no number: "a"/],
    ['[["ZX", [0], 1]]', 3, /none of/],
    ['[["ZX", [0, 0], 1]]', 3, /names qubit 0 twice/],
    ['(ZZI', 3, /is no term/],
    ['ZZI + - + X0', 3, /'' needs 3 characters/],
    ['', 3, /is empty/],
    ['ZZ', 3, /'ZZ' needs 3 characters I, X, Y, Z/],
    ['0.5*', 3, /'' needs 3 characters/],
    ['ZQI', 3, /'ZQI' needs 3 characters/],
    ['X3', 3, /'X3' needs to be one of I, X, Y, Z and a qubit from 0 to 2/],
    ['X0 X0', 3, /names qubit 0 twice/],
    ['ZZI +', 3, /'\+' is no term/],
    ['{"ZZI":"a"}', 3, /coefficient that is no number: "a"/],
    ['{"ZZI":null}', 3, /coefficient that is no number: null/],
    ['[{"pauli":"ZZI","coefficient":"one"}]', 3, /coefficient that is no number: "one"/],
    ['[{"coefficient":1}]', 3, /none of/],
    ['["ZZI"]', 3, /none of/],
    ['[null]', 3, /none of/],
    ['[1', 3, /not JSON/],
  ])('%j on %i qubits is refused', (text, qubits, message) => {
    expect(() => parsePauliSum(text, qubits)).toThrow(message);
  });

  test('what is written is read back', () => {
    const term = fc.tuple(
      fc.double({ min: -10, max: 10, noNaN: true }).filter((value) => value !== 0),
      fc.array(fc.constantFrom('I', 'X', 'Y', 'Z'), { minLength: 4, maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 5 }), (terms) => {
        const text = terms.map(([c, p]) => `${c < 0 ? '-' : '+'}${Math.abs(c)}*${p.join('')}`).join(' ');
        const read = parsePauliSum(text, 4);
        expect(read.map(({ coefficient, text: string }) => [coefficient, string])).toEqual(
          terms.map(([c, p]) => [c, p.join('')]),
        );
      }),
    );
  });
});
