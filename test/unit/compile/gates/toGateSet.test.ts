/** Gate sets: the same circuit in allowed gates alone, with as few of them on two qubits as there are. */
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { GATE_SETS, type GateSet } from '../../../../src/compile/gates/gateSets.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { toGateSet } from '../../../../src/compile/gates/toGateSet.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const QUBITS = 3;

function distanceOf(a: readonly Gate[], b: readonly Gate[]): number {
  const [x, y] = [unitaryOf(QUBITS, a), unitaryOf(QUBITS, b)];
  let [re, im] = [0, 0];
  for (let i = 0; i < x.length; i += 2) {
    re += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
    im += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
  }
  return 1 - Math.hypot(re, im) / 2 ** QUBITS;
}

function twoQubit(gates: readonly Gate[]): number {
  return gates.filter(({ qubits }) => qubits.length === 2).length;
}

/** Gates of all kinds on two qubits and turns of one, on pairs that stay together for a while or not. */
function randomGates(seed: number): Gate[] {
  const random = new Random(seed, 'gate sets');
  return Array.from({ length: 20 }, () => {
    const a = random.below(QUBITS);
    const b = (a + 1 + random.below(QUBITS - 1)) % QUBITS;
    const kind = random.below(9);
    if (kind < 3) return gateOf('u3', [a], random.angle(), random.angle(), random.angle());
    const name = ['cx', 'cz', 'swap', 'iswap', 'ecr', 'rzz'][kind - 3]!;
    return gateOf(name, [a, b], ...(name === 'rzz' ? [random.angle()] : []));
  });
}

/** A gate, one on two qubits of a gate set, and how many of these it takes. */
const COUNTS: readonly (readonly [string, string, number])[] = [
  ['cx', 'iswap', 2],
  ['iswap', 'iswap', 1],
  ['swap', 'iswap', 3],
  ['rzz', 'rzz', 1],
  ['iswap', 'rzz', 2],
  ['swap', 'rzz', 3],
  ['ecr', 'ecr', 1],
  ['swap', 'ecr', 3],
];

describe.each(GATE_SETS)('gate set %s', (gateSet: GateSet) => {
  const [one, two] = gateSet.split('-');
  const allowed = new Set([...(one === 'zsx' ? ['rz', 'sx', 'x'] : ['u3']), two]);

  it('has its gates alone, which are the circuit', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const gates = toU3Cx(randomGates(seed));
      const { gates: made, angle } = toGateSet(gates, gateSet);
      expect(made.filter(({ name }) => !allowed.has(name))).toEqual([]);
      expect(distanceOf(made, gates)).toBeLessThan(1e-12);
      expect(angle).toBeLessThan(1e-6);
      // Two iswaps may take the place of a cx, no other gate does.
      expect(twoQubit(made)).toBeLessThanOrEqual(twoQubit(gates) * (two === 'iswap' ? 2 : 1));
    }
  });

  it.each(COUNTS.filter(([, entangler]) => entangler === two))(
    'takes for %s so many %s: %i',
    (name, _, count) => {
      const gate = gateOf(name, [2, 0], ...(name === 'rzz' ? [0.3] : []));
      const { gates } = toGateSet(toU3Cx([gate]), gateSet);
      expect(twoQubit(gates)).toBe(count);
      expect(distanceOf(gates, [gate])).toBeLessThan(1e-12);
    },
  );
});
