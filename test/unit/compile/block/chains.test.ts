import { describe, expect, it } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { chainsOf } from '../../../../src/compile/block/chains.js';
import { allPairs } from '../../../../src/compile/block/synthesis.js';
import { denseState } from '../../../../src/compile/gates/unitary.js';

/** One qubit of all is one, with random weights. */
function oneOf(qubits: number): Float64Array {
  const random = new Random(1, 'one of');
  const state = new Float64Array(2 ** (qubits + 1));
  for (let q = 0; q < qubits; q += 1) state[2 * 2 ** q] = 0.2 + random.next();
  return state;
}

describe('chains of qubits', () => {
  it('are all orders where a single one wanders, along allowed pairs', () => {
    expect(chainsOf({ qubits: 3, values: oneOf(3) }, allPairs(3))).toHaveLength(6);
    const line = [
      [0, 2],
      [2, 1],
      [1, 3],
    ] as const;
    expect(chainsOf({ qubits: 4, values: oneOf(4) }, line)).toEqual([
      [0, 2, 1, 3],
      [3, 1, 2, 0],
    ]);
    expect(
      chainsOf({ qubits: 4, values: oneOf(4) }, [
        [0, 1],
        [0, 2],
        [0, 3],
      ]),
    ).toEqual([]);
  });

  it('are found in a circuit along one, and nowhere in a random state', () => {
    const order = [2, 0, 3, 1];
    const gates = order
      .slice(1)
      .flatMap((q, i) => [
        gateOf('u', [order[i]!], 0.7 + i, 0.3, 1.1),
        gateOf('cry', [order[i]!, q], 0.9 - i),
        gateOf('u', [q], 1.3, 0.4 * i, 0.2),
        gateOf('cx', [q, order[i]!]),
      ]);
    const { qubits } = makeCircuit(4, gates);
    expect(chainsOf({ qubits, values: denseState(4, gates) }, allPairs(4))).toContainEqual(order);
    const random = new Random(2, 'state');
    const values = Float64Array.from({ length: 32 }, () => random.next() - 0.5);
    expect(chainsOf({ qubits: 4, values }, allPairs(4))).toEqual([]);
  });
});
