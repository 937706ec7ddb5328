import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { cancelInverses } from '../../../../src/compile/gates/cancel.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';

const NAMES = ['cx', 'cx', 'cx', 'cz', 'swap', 'rzz', 'rxx', 'cp', 'rz', 'rx', 'h', 'id', 't', 'u'] as const;
const ANGLES: Readonly<Record<string, number>> = { rzz: 1, rxx: 1, cp: 1, rz: 1, rx: 1, u: 3 };

/** Gates many of which commute. */
function mixed(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'cancel');
  return Array.from({ length: count }, () => {
    const name = NAMES[random.below(NAMES.length)] ?? 'h';
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (_, q) => q));
    const pair = ['cx', 'cz', 'swap', 'rzz', 'rxx', 'cp'].includes(name);
    const angles = Array.from({ length: ANGLES[name] ?? 0 }, () => random.angle());
    return gateOf(name, pair ? [a, b] : [a], ...angles);
  });
}

const pairsOf = (gates: readonly Gate[]): number => gates.filter(({ qubits }) => qubits.length === 2).length;

describe('cancelling what undoes itself', () => {
  it('leaves the circuit what it was, and finds no more a second time', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 0, max: 30 }),
        (seed, qubits, count) => {
          const gates = mixed(seed, qubits, count);
          const { gates: left, angle } = cancelInverses(gates);
          expect(pairsOf(left)).toBeLessThanOrEqual(pairsOf(gates));
          expect(unitaryDistance(denseUnitary(qubits, left), denseUnitary(qubits, gates))).toBeLessThan(
            1e-26,
          );
          expect(angle).toBeLessThan(1e-12);
          expect(cancelInverses(left).gates).toEqual(left);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes planted pairs out, whatever commutes with them between', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, pick) => {
        const gates = mixed(seed, 4, 16);
        const place = pick % (gates.length + 1);
        const planted = [
          gateOf('cx', [0, 1]),
          gateOf('cx', [0, 2]),
          gateOf('rz', [0], 0.3),
          gateOf('cx', [3, 1]),
          gateOf('u3', [1], 0.7, -Math.PI / 2, Math.PI / 2),
          gateOf('cx', [3, 2]),
          gateOf('cx', [0, 1]),
        ];
        const kept = planted.slice(1, -1);
        const cancelled = cancelInverses([...gates.slice(0, place), ...planted, ...gates.slice(place)]).gates;
        const without = cancelInverses([...gates.slice(0, place), ...kept, ...gates.slice(place)]).gates;
        expect(pairsOf(cancelled)).toBeLessThanOrEqual(pairsOf(without));
      }),
      { numRuns: 100 },
    );
  });

  it('does not touch what does not commute, and gives a circuit without pairs as it was', () => {
    for (const between of [
      gateOf('h', [0]),
      gateOf('rx', [0], 0.1),
      gateOf('rz', [1], 0.1),
      gateOf('cx', [1, 0]),
      gateOf('cx', [2, 0]),
      gateOf('cx', [1, 2]),
      gateOf('cz', [1, 2]),
      gateOf('swap', [0, 2]),
    ]) {
      const gates = [gateOf('cx', [0, 1]), between, gateOf('cx', [0, 1])];
      expect(cancelInverses(gates)).toEqual({ gates, angle: 0 });
    }
    for (const between of [
      gateOf('id', [0]),
      gateOf('rz', [0], 0.1),
      gateOf('rx', [1], 0.1),
      gateOf('cx', [2, 1]),
    ]) {
      const gates = [gateOf('cx', [0, 1]), between, gateOf('cx', [0, 1])];
      expect(pairsOf(cancelInverses(gates).gates)).toBe(pairsOf([between]));
    }
  });
});
