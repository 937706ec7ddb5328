/** Gates in fewer layers are the same circuit, by dense matrices. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoQubitDepth } from '../../../../src/circuit/circuitFacts.js';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { inFewerLayers } from '../../../../src/compile/gates/commuting.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const QUBITS = 5;

const on = fc.uniqueArray(fc.integer({ min: 0, max: QUBITS - 1 }), { minLength: 2, maxLength: 2 });
const gate = fc.oneof(
  fc
    .record({ name: fc.constantFrom('cx', 'cz', 'rzz', 'rxx', 'swap'), pair: on })
    .map(({ name, pair }) => gateOf(name, pair, ...(name.startsWith('r') ? [0.4] : []))),
  fc
    .record({ name: fc.constantFrom('h', 't', 'rx', 'ry', 'sx'), pair: on })
    .map(({ name, pair: [q = 0] }) => gateOf(name, [q], ...(name.startsWith('r') ? [0.7] : []))),
);

const key = ({ name, qubits }: Gate): string => [name, ...qubits].join(' ');

function depthOf(gates: readonly Gate[]): number {
  return twoQubitDepth({ qubits: QUBITS, gates });
}

describe('gates in fewer layers', () => {
  it('are the same circuit', () => {
    fc.assert(
      fc.property(fc.array(gate, { maxLength: 24 }), (gates) => {
        const ordered = inFewerLayers(QUBITS, gates);
        expect(ordered.map(key).toSorted()).toEqual(gates.map(key).toSorted());
        const [before, after] = [unitaryOf(QUBITS, gates), unitaryOf(QUBITS, ordered)];
        const apart = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0);
        expect(apart).toBeLessThan(1e-12);
      }),
    );
  });

  it('take two layers where a chain of turns ZZ took as many as it has links', () => {
    const chain = Array.from({ length: QUBITS - 1 }, (_, q) => gateOf('rzz', [q, q + 1], 0.3));
    expect(depthOf(chain)).toBe(QUBITS - 1);
    expect(depthOf(inFewerLayers(QUBITS, chain))).toBe(2);
  });

  it('go around gates that they do not commute with', () => {
    const gates = [gateOf('rzz', [0, 1], 0.3), gateOf('h', [1]), gateOf('rzz', [1, 2], 0.3)];
    expect(inFewerLayers(3, gates)).toEqual(gates);
  });

  it('find the one order of a triangle of turns that goes with a fourth beside it', () => {
    const gates = [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 3],
    ].map((pair) => gateOf('cz', pair));
    expect(depthOf(gates)).toBe(4);
    expect(depthOf(inFewerLayers(4, gates))).toBe(3);
  });
});
