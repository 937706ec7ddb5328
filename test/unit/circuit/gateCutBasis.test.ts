import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gateMatrix, gateOf } from '../../../src/circuit/gates.js';
import { identityMatrix, maxDifference, multiplyMatrices } from '../../../src/circuit/matrix.js';
import { smallUnitary } from '../../../src/circuit/modify.js';
import { gateCutBasis, gateEndOperations } from '../../../src/circuit/gateCutBasis.js';

const angle = 0.83;
const s = (factor: number): number => Math.abs(Math.sin(factor * angle));

/** Known overheads gamma squared (Mitarai and Fujii 2021; Schmitt et al., arXiv:2312.11638, table 1). */
const OVERHEADS: readonly (readonly [name: string, params: readonly number[], overhead: number])[] = [
  ...['cx', 'cy', 'cz', 'ch', 'ecr'].map((name) => [name, [], 9] as const),
  ...['cs', 'csdg', 'csx'].map((name) => [name, [], 3 + 2 * Math.SQRT2] as const),
  ...['swap', 'iswap', 'dcx'].map((name) => [name, [], 49] as const),
  ...['rxx', 'ryy', 'rzz', 'rzx'].map((name) => [name, [angle], (1 + 2 * s(1)) ** 2] as const),
  ...['crx', 'cry', 'crz', 'cp'].map((name) => [name, [angle], (1 + 2 * s(0.5)) ** 2] as const),
  ...['xx_plus_yy', 'xx_minus_yy'].map(
    (name) => [name, [angle, 0.4], (1 + 4 * s(0.5) + 2 * s(0.5) ** 2) ** 2] as const,
  ),
];

/** A generic 4x4 unitary from three layers of random gates. */
const unitary = fc
  .array(fc.double({ min: -7, max: 7, noNaN: true }), { minLength: 24, maxLength: 24 })
  .map((angles) => {
    const gates = [0, 1, 2, 3].flatMap((layer) => [
      gateOf('u', [0], ...angles.slice(6 * layer, 6 * layer + 3)),
      gateOf('u', [1], ...angles.slice(6 * layer + 3, 6 * layer + 6)),
      ...(layer < 3 ? [gateOf('cx', [layer % 2, 1 - (layer % 2)])] : []),
    ]);
    return smallUnitary(gates, [0, 1]);
  });

const PAULI = ['id', 'x', 'y', 'z'].map((name) => gateMatrix(gateOf(name, [0])));

function kron(low: Float64Array, high: Float64Array): Float64Array {
  const result = new Float64Array(32);
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 4; column += 1) {
      const a = 2 * (2 * (row & 1) + (column & 1));
      const b = 2 * (2 * (row >> 1) + (column >> 1));
      const [ar = 0, ai = 0, br = 0, bi = 0] = [low[a], low[a + 1], high[b], high[b + 1]];
      result[2 * (4 * row + column)] = ar * br - ai * bi;
      result[2 * (4 * row + column) + 1] = ar * bi + ai * br;
    }
  }
  return result;
}

/** Divides by the phase of the largest entry of `like` relative to it. */
function samePhase(matrix: Float64Array, like: Float64Array): Float64Array {
  let [re, im] = [0, 0];
  for (let i = 0; i < 16; i += 1) {
    const [a = 0, b = 0, c = 0, d = 0] = [matrix[2 * i], matrix[2 * i + 1], like[2 * i], like[2 * i + 1]];
    re += a * c + b * d;
    im += a * d - b * c;
  }
  const size = Math.hypot(re, im);
  return matrix.map((value, i) =>
    i % 2 === 0
      ? (value * re - (matrix[i + 1] ?? 0) * im) / size
      : (value * re + (matrix[i - 1] ?? 0) * im) / size,
  );
}

describe('the basis of a gate cut', () => {
  test.each(OVERHEADS)('%s %j has the known overhead', (name, params, overhead) => {
    const { gamma, rank } = gateCutBasis(gateMatrix({ name, qubits: [0, 1], params }));
    expect(Math.abs(gamma ** 2 - overhead)).toBeLessThan(1e-10);
    const expected = ['swap', 'iswap', 'dcx', 'xx_plus_yy', 'xx_minus_yy'].includes(name) ? 4 : 2;
    expect(rank).toBe(expected);
  });

  test('angles of 0 and local gates are free', () => {
    for (const gates of [
      [gateOf('rzz', [0, 1], 0)],
      [gateOf('cp', [0, 1], 2 * Math.PI)],
      [gateOf('u', [0], 1, 2, 3), gateOf('u', [1], 3, 1, 2)],
      [gateOf('cx', [0, 1]), gateOf('h', [1]), gateOf('h', [1]), gateOf('cx', [0, 1])],
    ]) {
      expect(gateCutBasis(smallUnitary(gates, [0, 1]))).toMatchObject({ rank: 1, gamma: 1 });
    }
  });

  test('its terms add up to the unitary', () => {
    fc.assert(
      fc.property(unitary, (matrix) => {
        const { coefficients, before, after, gamma, rank } = gateCutBasis(matrix);
        const kernel = new Float64Array(32);
        coefficients.forEach(([re, im], k) => {
          const term = kron(PAULI[k] ?? identityMatrix(2), PAULI[k] ?? identityMatrix(2));
          for (let i = 0; i < 16; i += 1) {
            const [a = 0, b = 0] = [term[2 * i], term[2 * i + 1]];
            kernel[2 * i] = (kernel[2 * i] ?? 0) + re * a - im * b;
            kernel[2 * i + 1] = (kernel[2 * i + 1] ?? 0) + re * b + im * a;
          }
        });
        const product = multiplyMatrices(kron(...after), multiplyMatrices(kernel, kron(...before)));
        expect(maxDifference(samePhase(product, matrix), matrix)).toBeLessThan(1e-12);
        expect(gamma).toBeGreaterThanOrEqual(1);
        expect(gamma).toBeLessThanOrEqual(7 + 1e-12);
        expect([1, 2, 4]).toContain(rank);
      }),
    );
  });

  test('merged gates never cost more than one by one', () => {
    fc.assert(
      fc.property(unitary, unitary, (a, b) => {
        const merged = gateCutBasis(multiplyMatrices(a, b)).gamma;
        expect(merged).toBeLessThanOrEqual(gateCutBasis(a).gamma * gateCutBasis(b).gamma + 1e-9);
      }),
    );
  });

  test('branch qubits are as many as number the terms', () => {
    for (const [name, branches] of [
      ['cx', [1]],
      ['swap', [1, 2]],
    ] as const) {
      const basis = gateCutBasis(gateMatrix(gateOf(name, [0, 1])));
      const used = gateEndOperations(basis, 0, 0, branches).flatMap(({ qubits }) => qubits);
      expect(new Set(used)).toEqual(new Set([0, ...branches]));
    }
  });
});
