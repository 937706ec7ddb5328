import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCircuit, type Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { adjointMatrix, maxDifference, multiplyMatrices } from '../../../../src/circuit/matrix.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { rewriteCircuit } from '../../../../src/compile/pauli/rewriteCircuit.js';
import { gatesOf, sequenceOf } from '../../../../src/compile/pauli/gateSequence.js';
import { mergeTurns } from '../../../../src/compile/pauli/mergeTurns.js';
import { countPairs, rebuild, type Operation } from '../../../../src/compile/pauli/sequence.js';
import { denseUnitary } from '../../../../src/compile/gates/unitary.js';

import { distance, KINDS, pairsUsed, randomGates } from './randomGates.js';

const circuits = (runs: (seed: number, qubits: number, count: number, kind: string) => void): void => {
  for (const kind of Object.keys(KINDS)) {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 0, max: 40 }),
        (seed, qubits, count) => {
          runs(seed, qubits, count, kind);
        },
      ),
      { numRuns: 40 },
    );
  }
};

describe('a circuit as turns and controlled Paulis', () => {
  it('is the same circuit, with at most a cx for each controlled Pauli', () => {
    circuits((seed, qubits, count, kind) => {
      const gates = toU3Cx(randomGates(seed, kind, qubits, count));
      const sequence = sequenceOf(qubits, gates);
      const written = gatesOf(sequence).gates;
      expect(distance(qubits, written, gates)).toBeLessThan(1e-20);
      // Fewer where the turns between two of them are none only when they are multiplied.
      expect(countTwoQubitGates(written)).toBeLessThanOrEqual(countPairs(sequence.operations));
      expect(countTwoQubitGates(written)).toBeLessThanOrEqual(countTwoQubitGates(gates));
    });
  });

  it('stays the same when turns are merged, and when it is built again', () => {
    circuits((seed, qubits, count, kind) => {
      const gates = randomGates(seed, kind, qubits, count);
      const sequence = sequenceOf(qubits, gates);
      for (const where of ['first', 'last'] as const) {
        const merged = mergeTurns(sequence, where);
        expect(distance(qubits, gatesOf(merged).gates, gates)).toBeLessThan(1e-20);
        expect(merged.operations.length).toBeLessThanOrEqual(sequence.operations.length);
        const again = rebuild(merged);
        expect(distance(qubits, gatesOf(again).gates, gates)).toBeLessThan(1e-20);
        expect(again.operations.length).toBeLessThanOrEqual(merged.operations.length);
      }
    });
  });
});

/** The product of Paulis that a turn is about, as a matrix: U^dagger P U with what stands before it but the turns. */
function turnMatrix(qubits: number, operations: readonly Operation[], place: number): Float64Array {
  const { a, p } = operations[place]!;
  const pairs = operations.slice(0, place).filter(({ kind }) => kind === 'pair');
  const before = gatesOf({ qubits, operations: pairs, frame: new Uint8Array(qubits), angle: 0 }).gates;
  const pauli = denseUnitary(qubits, [gateOf(['x', 'y', 'z'][p] ?? 'x', [a])]);
  const u = denseUnitary(qubits, before);
  return multiplyMatrices(adjointMatrix(u), multiplyMatrices(pauli, u));
}

/** How many turns are left where every two about one product become one that have none between which anticommutes. */
function turnsLeft(qubits: number, operations: readonly Operation[]): number {
  const left: Float64Array[] = [];
  for (const [place, { kind }] of operations.entries()) {
    if (kind !== 'turn') continue;
    const matrix = turnMatrix(qubits, operations, place);
    const same = (other: Float64Array): boolean =>
      maxDifference(other, matrix) < 1e-9 ||
      maxDifference(
        other,
        matrix.map((x) => -x),
      ) < 1e-9;
    const commutes = (other: Float64Array): boolean =>
      maxDifference(multiplyMatrices(other, matrix), multiplyMatrices(matrix, other)) < 1e-9;
    const last = left.findLastIndex(same);
    if (last < 0 || !left.slice(last + 1).every(commutes)) left.push(matrix);
  }
  return left.length;
}

const parity = (angle: number): Gate[] => [
  gateOf('cx', [0, 1]),
  gateOf('rz', [1], angle),
  gateOf('cx', [0, 1]),
];

describe('rewriting a circuit', () => {
  it('merges all turns that matrices show to be about one product', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 3 }),
        fc.integer({ min: 0, max: 30 }),
        (seed, qubits, count) => {
          for (const kind of ['clifford and t', 'parities']) {
            const sequence = sequenceOf(qubits, randomGates(seed, kind, qubits, count));
            const merged = mergeTurns(sequence, 'first').operations;
            expect(merged.filter(({ kind: is }) => is === 'turn')).toHaveLength(
              turnsLeft(qubits, sequence.operations),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds parities that meet again, whatever happens elsewhere, and the cx around them', () => {
    const elsewhere = [
      gateOf('h', [2]),
      gateOf('cx', [2, 3]),
      gateOf('cx', [0, 2]),
      gateOf('t', [2]),
      gateOf('h', [2]),
    ];
    const { gates } = rewriteCircuit(makeCircuit(4, [...parity(0.3), ...elsewhere, ...parity(-0.3)]));
    expect(countTwoQubitGates(gates)).toBe(2);
  });

  it('makes one cx of two with a Hadamard gate between, and nothing of what undoes itself behind Cliffords', () => {
    const twice = [gateOf('cx', [0, 1]), gateOf('h', [0]), gateOf('cx', [0, 1])];
    expect(countTwoQubitGates(rewriteCircuit(makeCircuit(2, twice)).gates)).toBe(1);
    const around = [
      gateOf('cx', [0, 1]),
      gateOf('h', [0]),
      gateOf('h', [1]),
      gateOf('s', [1]),
      gateOf('u3', [0], Math.PI / 2, 0.4, Math.PI),
      gateOf('cx', [1, 2]),
      gateOf('u3', [0], Math.PI / 2, 0, Math.PI - 0.4),
      gateOf('cx', [1, 0]),
    ];
    expect(countTwoQubitGates(rewriteCircuit(makeCircuit(3, around)).gates)).toBe(1);
  });

  it('takes a hundred thousand gates', () => {
    const gates = randomGates(7, 'clifford and t', 16, 100_000);
    const { gates: rewritten } = rewriteCircuit(makeCircuit(16, gates));
    expect(countTwoQubitGates(rewritten)).toBeLessThan(countTwoQubitGates(gates));
  });

  it('leaves it what it was, with no more cx and no new pair of qubits', () => {
    circuits((seed, qubits, count, kind) => {
      const gates = randomGates(seed, kind, qubits, count);
      const { gates: rewritten, angle } = rewriteCircuit(makeCircuit(qubits, gates));
      expect(distance(qubits, rewritten, gates)).toBeLessThan(1e-20);
      expect(angle).toBeLessThan(1e-9);
      expect(countTwoQubitGates(rewritten)).toBeLessThanOrEqual(countTwoQubitGates(toU3Cx(gates)));
      expect([...pairsUsed(rewritten)].filter((pair) => !pairsUsed(gates).has(pair))).toEqual([]);
    });
  });
});
