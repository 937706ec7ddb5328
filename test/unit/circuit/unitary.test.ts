import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateMatrix, gateOf, GATES } from '../../../src/circuit/gates.js';
import { phasedU } from '../../../src/circuit/gateMatrices.js';
import { identityMatrix, maxDifference, multiplyMatrices } from '../../../src/circuit/matrix.js';
import { oneQubitAngles, synthesizeTwoQubits, unitaryPower } from '../../../src/circuit/unitary.js';
import { unitaryOf } from '../../support/denseSimulator.js';

const NARROW = [...GATES.values()].filter((spec) => spec.matrix);

/** Lists of gates on two qubits; quarter turns make many zeros and equal eigenvalues. */
const gates = fc.array(
  fc
    .tuple(
      fc.constantFrom(...NARROW),
      fc.boolean(),
      fc.array(
        fc.oneof(
          fc.double({ min: -7, max: 7, noNaN: true }),
          fc.integer({ min: -4, max: 4 }).map((n) => (n * Math.PI) / 2),
          fc.constant(1e-9),
        ),
        { minLength: 4, maxLength: 4 },
      ),
    )
    .map(([spec, flip, angles]) =>
      gateOf(spec.name, (flip ? [1, 0] : [0, 1]).slice(0, spec.qubits), ...angles.slice(0, spec.params)),
    ),
  { maxLength: 6 },
);

describe('synthesizeTwoQubits', () => {
  it('gives back every unitary, phase included, with at most seven two-qubit gates', () => {
    fc.assert(
      fc.property(gates, (list) => {
        const matrix = unitaryOf(2, list);
        const made = synthesizeTwoQubits(matrix, [0, 1]);
        expect(maxDifference(unitaryOf(2, made), matrix)).toBeLessThan(1e-13);
        expect(made.filter((gate) => gate.qubits.length === 2).length).toBeLessThanOrEqual(7);
      }),
      { numRuns: 300 },
    );
  });

  it('needs nothing for the identity', () => {
    expect(synthesizeTwoQubits(identityMatrix(4), [0, 1])).toEqual([]);
  });
});

describe('oneQubitAngles', () => {
  it('finds the angles of products of gates, diagonal and off-diagonal ones too', () => {
    fc.assert(
      fc.property(gates, (list) => {
        const matrix = list
          .filter((gate) => gate.qubits.length === 1)
          .reduce((product, gate) => multiplyMatrices(gateMatrix(gate), product), identityMatrix(2));
        const { theta, phi, lambda, gamma } = oneQubitAngles(matrix);
        expect(maxDifference(phasedU(theta, phi, lambda, gamma), matrix)).toBeLessThan(1e-13);
      }),
      { numRuns: 300 },
    );
  });
});

describe('unitaryPower', () => {
  it('adds up: a third three times, and whole powers as products', () => {
    fc.assert(
      fc.property(gates, (list) => {
        const matrix = unitaryOf(2, list);
        const third = unitaryPower(matrix, 1 / 3);
        expect(maxDifference(multiplyMatrices(third, multiplyMatrices(third, third)), matrix)).toBeLessThan(
          1e-12,
        );
        expect(maxDifference(unitaryPower(matrix, 2), multiplyMatrices(matrix, matrix))).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });
});
