import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { classOf } from '../../../../src/compile/block/targetClass.js';
import { denseUnitary } from '../../../../src/compile/gates/unitary.js';

function turns(random: Random, qubits: number): Gate[] {
  return Array.from({ length: qubits }, (_, q) =>
    gateOf('u', [q], random.angle(), random.angle(), random.angle()),
  );
}

/** `cx` on these pairs, with turns between. */
function circuit(seed: number, qubits: number, pairs: readonly (readonly [number, number])[]): Gate[] {
  const random = new Random(seed, 'class');
  return pairs.flatMap((pair) => [...turns(random, qubits), gateOf('cx', pair)]);
}

const nameOf = (qubits: number, gates: readonly Gate[]): string =>
  classOf({ qubits, values: denseUnitary(qubits, gates) }).name;

describe('the class of a target', () => {
  it('is the same for other gates at its ends and another order of qubits', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(2, 3, 4), (seed, qubits) => {
        const random = new Random(seed, 'ends');
        const all = Array.from({ length: qubits }, (_, q) => q);
        const pairs = Array.from({ length: 2 * qubits }, () => {
          const [a = 0, b = 1] = random.shuffle(all);
          return [a, b] as const;
        });
        const gates = circuit(seed, qubits, pairs);
        const order = random.shuffle(all);
        const moved = [...turns(random, qubits), ...gates, ...turns(random, qubits)].map((gate) => ({
          ...gate,
          qubits: gate.qubits.map((q) => order[q] ?? -1),
        }));
        const [a, b] = [gates, moved].map((each) => classOf({ qubits, values: denseUnitary(qubits, each) }));
        expect(b?.name).toBe(a?.name);
        expect(b?.order.toSorted((x, y) => x - y)).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  it('differs where entanglement does', () => {
    const line = [
      [0, 1],
      [1, 2],
    ] as const;
    expect(nameOf(3, circuit(1, 3, line))).not.toBe(nameOf(3, circuit(1, 3, [[0, 1], ...line])));
    expect(nameOf(2, [gateOf('cp', [0, 1], 0.3)])).not.toBe(nameOf(2, [gateOf('cp', [0, 1], 0.31)]));
    expect(nameOf(2, [gateOf('cp', [0, 1], 0.3)])).toBe(nameOf(2, [gateOf('cp', [1, 0], 0.3)]));
    // In-going and out-going legs are told apart: a swap is no identity.
    expect(nameOf(2, [gateOf('swap', [0, 1])])).not.toBe(nameOf(2, []));
  });
});
