import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { reversibleGates } from '../../../../src/compile/block/reversible.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const numbered = (count: number): number[] => [...Array(count).keys()];

/** The matrix that takes state x to exp(i phases[x]) images[x]. */
function monomial(images: readonly number[], phases: readonly number[] = []): Float64Array {
  const order = images.length;
  const matrix = new Float64Array(2 * order ** 2);
  for (const [column, row] of images.entries()) {
    const phase = phases[column] ?? 0;
    matrix.set([Math.cos(phase), Math.sin(phase)], 2 * (row * order + column));
  }
  return matrix;
}

const permutation = (bits: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(numbered(2 ** bits), { minLength: 2 ** bits });

function expectMade(bits: number, unitary: Float64Array, most = 1): Gate[][] {
  const found = reversibleGates(unitary, numbered(bits), most) ?? [];
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThanOrEqual(most);
  for (const gates of found)
    expect(unitaryDistance(unitaryOf(bits, toU3Cx(gates)), unitary)).toBeLessThan(1e-10);
  return found;
}

describe('permutations of basis states', () => {
  it('are made exactly, on one to four qubits, with phases or without', () => {
    const given = fc.integer({ min: 1, max: 4 }).chain((bits) =>
      fc.record({
        images: permutation(bits),
        phases: fc.oneof(
          fc.constant([]),
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 2 ** bits }),
        ),
      }),
    );
    fc.assert(
      fc.property(given, ({ images, phases }) => {
        expectMade(Math.log2(images.length), monomial(images, phases), 3);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['nothing', [0, 1, 2, 3, 4, 5, 6, 7], 0],
    ['a cx', [0, 3, 2, 1, 4, 7, 6, 5], 1],
    ['a Toffoli gate', [0, 1, 2, 3, 4, 5, 7, 6], 6],
    ['a Toffoli gate that waits for zeros', [1, 0, 2, 3, 4, 5, 6, 7], 6],
    ['a swap', [0, 2, 1, 3, 4, 6, 5, 7], 3],
  ])('%s takes what it is', (_, images, cx) => {
    const [gates = []] = expectMade(3, monomial(images));
    expect(countTwoQubitGates(toU3Cx(gates))).toBe(cx);
  });

  it('are seen behind what their matrix is off by', () => {
    const images = [3, 6, 0, 5, 1, 2, 7, 4];
    const exact = monomial(images);
    const near = monomial(
      images,
      images.map((_, i) => 0.3 + 1e-7 * Math.sin(i)),
    ).map((value, i) => value + 1e-8 * Math.cos(i));
    const [gates = []] = reversibleGates(near, numbered(3), 1) ?? [];
    expect(unitaryDistance(unitaryOf(3, toU3Cx(gates)), exact)).toBeLessThan(1e-24);
  });

  it('are put on the qubits that are named', () => {
    const [gates = []] = reversibleGates(monomial([0, 3, 2, 1]), [5, 2], 1) ?? [];
    expect(gates).toEqual([gateOf('cx', [5, 2])]);
  });

  it('are told from other unitaries', () => {
    expect(reversibleGates(unitaryOf(3, [gateOf('h', [1])]), [0, 1, 2], 1)).toBeUndefined();
    // Two columns in one row.
    const same = monomial([0, 1, 2, 3]);
    same.copyWithin(8, 0, 8);
    expect(reversibleGates(same, [0, 1], 1)).toBeUndefined();
  });
});
