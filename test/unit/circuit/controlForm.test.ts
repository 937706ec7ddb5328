import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controlBasis, controlForm } from '../../../src/circuit/controlForm.js';
import { gateCutBasis } from '../../../src/circuit/gateCutBasis.js';
import { gateMatrix, gateOf } from '../../../src/circuit/gates.js';
import {
  adjointMatrix,
  identityMatrix,
  maxDifference,
  multiplyMatrices,
} from '../../../src/circuit/matrix.js';
import { smallUnitary } from '../../../src/circuit/modify.js';

const angle = fc.double({ min: -4, max: 4, noNaN: true });
const turn = fc.tuple(angle, angle, angle);
/** A gate of Schmidt rank two, but for angles near 0, between random one-qubit gates. */
const controlled = fc
  .tuple(
    fc.constantFrom('cx', 'cz', 'cp', 'rzz', 'crx', 'ch'),
    fc.double({ min: 0.1, max: 3, noNaN: true }),
    turn,
    turn,
    turn,
    turn,
  )
  .map(([name, theta, a, b, c, d]) =>
    smallUnitary(
      [
        gateOf('u', [0], ...a),
        gateOf('u', [1], ...b),
        gateOf(name, [0, 1], ...(['cp', 'rzz', 'crx'].includes(name) ? [theta] : [])),
        gateOf('u', [0], ...c),
        gateOf('u', [1], ...d),
      ],
      [0, 1],
    ),
  );

/** Element (row, column) of |out><in| x R, or R x |out><in| where the control is the second qubit. */
function recomposed(form: NonNullable<ReturnType<typeof controlForm>>, end: 0 | 1): Float64Array {
  const result = new Float64Array(32);
  for (const vector of [0, 1] as const) {
    const picked = new Float64Array(8);
    picked[6 * vector] = 1;
    const mapped = multiplyMatrices(form.output, multiplyMatrices(picked, adjointMatrix(form.input)));
    const [low, high] = end === 0 ? [mapped, form.operations[vector]] : [form.operations[vector], mapped];
    for (let row = 0; row < 4; row += 1) {
      for (let column = 0; column < 4; column += 1) {
        const x = 2 * (2 * (row & 1) + (column & 1));
        const y = 2 * (2 * (row >> 1) + (column >> 1));
        const [a = 0, b = 0, c = 0, d = 0] = [low[x], low[x + 1], high[y], high[y + 1]];
        const at = 2 * (4 * row + column);
        result[at] = (result[at] ?? 0) + a * c - b * d;
        result[at + 1] = (result[at + 1] ?? 0) + a * d + b * c;
      }
    }
  }
  return result;
}

describe('gates as controlled operations', () => {
  test('every gate of Schmidt rank two has a basis at both ends, and its form is the gate', () => {
    fc.assert(
      fc.property(controlled, fc.constantFrom(0 as const, 1 as const), (unitary, end) => {
        fc.pre(gateCutBasis(unitary).rank === 2);
        const basis = controlBasis(unitary, end);
        const form = controlForm(unitary, end, basis ?? identityMatrix(2));
        if (form === undefined) throw new Error('no form');
        expect(maxDifference(recomposed(form, end), unitary)).toBeLessThan(1e-12);
        for (const matrix of [form.input, form.output, ...form.operations]) {
          const product = multiplyMatrices(adjointMatrix(matrix), matrix);
          expect(maxDifference(product, identityMatrix(2))).toBeLessThan(1e-12);
        }
      }),
    );
  });

  test('a gate keeps no other basis, and a swap or a generic gate none at all', () => {
    const cx = gateMatrix(gateOf('cx', [0, 1]));
    const hadamard = gateMatrix(gateOf('h', [0]));
    expect(controlForm(cx, 0, identityMatrix(2))).toBeDefined();
    expect(controlForm(cx, 1, identityMatrix(2))).toBeUndefined();
    expect(controlForm(cx, 1, hadamard)).toBeDefined();
    expect(controlForm(cx, 0, hadamard)).toBeUndefined();
    const swap = gateMatrix(gateOf('swap', [0, 1]));
    expect(controlForm(swap, 0, identityMatrix(2))).toBeUndefined();
    expect(controlBasis(swap, 0)).toBeUndefined();
    expect(controlBasis(identityMatrix(4), 0)).toBeUndefined();
  });
});
