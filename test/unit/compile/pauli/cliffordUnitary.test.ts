import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { cliffordGates } from '../../../../src/compile/pauli/cliffordUnitary.js';
import { allPairs, usedPairs } from '../../../../src/compile/block/synthesis.js';
import { denseUnitary } from '../../../../src/compile/gates/unitary.js';
import { distance, randomGates } from './randomGates.js';

describe('unitaries that are Clifford operations', () => {
  it('come out as few cx on any pairs: at most three, six and ten on two, three and four qubits', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 0, max: 60 }),
        (seed, qubits, count) => {
          const gates = randomGates(seed, 'clifford', qubits, count);
          const found = cliffordGates(denseUnitary(qubits, gates), qubits, allPairs(qubits))!;
          expect(distance(qubits, found, gates)).toBeLessThan(1e-20);
          expect(countTwoQubitGates(found)).toBeLessThanOrEqual([3, 6, 10][qubits - 2]!);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('stay on the pairs of a line', () => {
    const gates = [
      gateOf('cx', [0, 1]),
      gateOf('h', [1]),
      gateOf('cz', [1, 2]),
      gateOf('s', [2]),
      gateOf('cx', [2, 3]),
    ];
    const found = cliffordGates(denseUnitary(4, gates), 4, usedPairs(gates))!;
    expect(distance(4, found, gates)).toBeLessThan(1e-20);
    expect(usedPairs(found)).toEqual(usedPairs(gates));
    expect(countTwoQubitGates(found)).toBe(3);
  });

  it('are told from others', () => {
    const other = [gateOf('h', [0]), gateOf('cx', [0, 1]), gateOf('t', [1]), gateOf('cx', [1, 2])];
    expect(cliffordGates(denseUnitary(3, other), 3, allPairs(3))).toBeUndefined();
  });
});
