import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { Random } from '../../../../src/circuit/random.js';
import {
  crosses,
  schmidtNeeds,
  LeastGates,
  reaches,
  schmidtRank,
  type QubitPair,
} from '../../../../src/compile/block/schmidtNeeds.js';
import { denseUnitary } from '../../../../src/compile/gates/unitary.js';
import type { SynthesisTarget } from '../../../../src/native/addon.js';

const unitary = (qubits: number, gates: readonly Gate[]): SynthesisTarget => ({
  qubits,
  kind: 'unitary',
  values: denseUnitary(qubits, gates),
});

/** What gates make of |0...0>. */
function state(qubits: number, gates: readonly Gate[]): SynthesisTarget {
  const matrix = denseUnitary(qubits, gates);
  const values = new Float64Array(2 * 2 ** qubits);
  for (let row = 0; row < 2 ** qubits; row += 1) {
    values.set(matrix.subarray(2 * row * 2 ** qubits, 2 * row * 2 ** qubits + 2), 2 * row);
  }
  return { qubits, kind: 'state', values };
}

function pairsOf(qubits: number): QubitPair[] {
  const all = Array.from({ length: qubits }, (_, q) => q);
  return all.flatMap((a) => all.slice(a + 1).map((b): QubitPair => [a, b]));
}

function randomGates(seed: number, qubits: number, places: readonly number[]): Gate[] {
  const random = new Random(seed, 'cut ranks');
  const turn = (q: number): Gate => gateOf('u', [q], random.angle(), random.angle(), random.angle());
  const pairs = pairsOf(qubits);
  return [
    ...Array.from({ length: qubits }, (_, q) => turn(q)),
    ...places.flatMap((place) => {
      const pair = pairs[place % pairs.length] ?? [0, 1];
      return [gateOf('cx', pair), ...pair.map(turn)];
    }),
  ];
}

describe('Schmidt ranks', () => {
  it.each([
    ['cx', 2],
    ['cz', 2],
    ['swap', 4],
  ])('of %s is %i', (name, rank) => {
    expect(schmidtRank(unitary(2, [gateOf(name, [0, 1])]), 1, 1e-10)).toBe(rank);
  });

  it('of a GHZ state is 2 across each cut, of a product 1', () => {
    const ghz = [gateOf('h', [0]), gateOf('cx', [0, 1]), gateOf('cx', [1, 2])];
    const product = [gateOf('h', [0]), gateOf('t', [0]), gateOf('ry', [2], 0.3)];
    for (const group of [1, 2, 3]) {
      expect(schmidtRank(state(3, ghz), group, 1e-10)).toBe(2);
      expect(schmidtRank(state(3, product), group, 1e-10)).toBe(1);
      expect(schmidtRank(unitary(3, product), group, 1e-10)).toBe(1);
    }
  });

  it('counts what the threshold cannot leave out, and no more', () => {
    // exp(-i t/2 ZZ) is 1 - cos(t/2) away from the identity.
    for (const [angle, rank] of [
      [1e-5, 1],
      [1e-3, 2],
    ] as const) {
      expect(1 - Math.cos(angle / 2) <= 1e-8).toBe(rank === 1);
      expect(schmidtRank(unitary(2, [gateOf('rzz', [0, 1], angle)]), 1, 1e-8)).toBe(rank);
    }
  });

  it('take two cx where the coefficients are not those of one', () => {
    const least = (angle: number): number =>
      schmidtNeeds(unitary(2, [gateOf('rzz', [0, 1], angle)]), 1e-8)[0]?.least ?? 0;
    // exp(-i pi/4 ZZ) is a cx between one-qubit gates; near it, what the threshold allows is one still.
    expect([Math.PI / 2, Math.PI / 2 + 1e-5, Math.PI / 2 + 1e-3, 0.3].map(least)).toEqual([1, 1, 2, 2]);
    const toffoli = unitary(
      3,
      readQasm('OPENQASM 3; include "stdgates.inc"; qubit[3] q; ccx q[0],q[1],q[2];').gates,
    );
    expect(schmidtNeeds(toffoli, 1e-8).map((need) => need.least)).toEqual([2, 2, 2]);
    // A state with one cx may have any coefficients.
    const cheap = [gateOf('ry', [0], 0.3), gateOf('cx', [0, 1])];
    expect(schmidtNeeds(state(2, cheap), 1e-8)).toEqual([{ group: 1, least: 1 }]);
  });

  it('tell what has enough cx across each cut', () => {
    const gates = [gateOf('cx', [0, 1]), gateOf('h', [1]), gateOf('cx', [1, 2])];
    expect(reaches(gates, [])).toBe(true);
    expect(reaches(gates, [{ group: 2, least: 2 }])).toBe(true);
    expect(reaches(gates, [{ group: 1, least: 2 }])).toBe(false);
  });

  it('never ask for more gates across a cut than a circuit has', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.nat(5), { maxLength: 6 }),
        (seed, qubits, places) => {
          const gates = randomGates(seed, qubits, places);
          const pairs = pairsOf(qubits);
          for (const target of [unitary(qubits, gates), state(qubits, gates)]) {
            for (const { group, least } of schmidtNeeds(target, 1e-10)) {
              const there = places.filter((place) => crosses(pairs[place % pairs.length] ?? [0, 1], group));
              expect(least).toBeLessThanOrEqual(there.length);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the least number of gates', () => {
  it('is that of trying all choices', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }), fc.boolean(), (counts, line) => {
        const pairs: QubitPair[] = line
          ? [
              [0, 1],
              [1, 2],
            ]
          : pairsOf(3);
        const found = new LeastGates(
          counts.map((least, i) => ({ group: i + 1, least })),
          pairs,
        ).count([]);
        const enough = (choice: readonly number[]): boolean =>
          counts.every(
            (count, i) => choice.filter((place) => crosses(pairs[place] ?? [0, 1], i + 1)).length >= count,
          );
        let layer: number[][] = [[]];
        let least = 0;
        while (!layer.some(enough)) {
          layer = layer.flatMap((choice) => [...pairs.keys()].map((place) => [...choice, place]));
          least += 1;
        }
        expect(found).toBe(least);
      }),
      { numRuns: 60 },
    );
  });

  it('is infinite where the pairs do not connect what is entangled', () => {
    expect(new LeastGates([{ group: 1, least: 1 }], [[1, 2]]).count([])).toBe(Infinity);
  });
});
