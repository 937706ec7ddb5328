/** Angles between circuits of any width, beside those of dense matrices, and of faults in wide circuits. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternatingAngle } from '../../../../src/api/verification/alternatingDistance.js';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { denseUnitary, distanceAngle, unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { randomCircuit } from '../../../support/compiledCircuits.js';

const limits = { mostWork: 2e7, tolerance: 1e-8 };

/** Layers of turns and of cx on neighbours. */
function brickwork(qubits: number, layers: number): Gate[] {
  const random = new Random(qubits, 'brickwork');
  return Array.from({ length: layers }, (_, layer) => [
    ...Array.from({ length: qubits }, (__, q) =>
      gateOf('u3', [q], random.angle(), random.angle(), random.angle()),
    ),
    ...Array.from({ length: Math.floor((qubits - (layer % 2)) / 2) }, (__, i) =>
      gateOf('cx', [2 * i + (layer % 2), 2 * i + (layer % 2) + 1]),
    ),
  ]).flat();
}

/** The same unitary by other gates, in another order. */
function rewritten(gates: readonly Gate[], seed: number): Gate[] {
  const random = new Random(seed, 'rewritten');
  return gates.flatMap((gate): Gate[] => {
    const [a = 0, b] = gate.qubits;
    if (gate.name !== 'cx' || b === undefined) return [gate];
    const turn = random.angle();
    const cz = [gateOf('h', [b]), gateOf('cz', [b, a]), gateOf('h', [b])];
    // A turn about z passes the control, one about x the target.
    return [
      gateOf('rz', [a], turn),
      gateOf('rx', [b], -turn),
      ...cz,
      gateOf('rz', [a], -turn),
      gateOf('rx', [b], turn),
    ];
  });
}

describe('the angle between circuits', () => {
  it('is that of their matrices', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 99 }),
        async (qubits, seed) => {
          const a = randomCircuit(seed, qubits, 30);
          for (const b of [
            randomCircuit(seed + 1, qubits, 30),
            a.toSpliced(seed % 30, 1),
            a.toSpliced(seed % 30, 0, gateOf('ry', [0], 1e-3)),
            rewritten(a, seed),
          ]) {
            const exact = distanceAngle(unitaryDistance(denseUnitary(qubits, a), denseUnitary(qubits, b)));
            const { least, most } = await alternatingAngle(qubits, [a, b], limits);
            expect(least - 1e-8).toBeLessThanOrEqual(exact);
            expect(most + 1e-8).toBeGreaterThanOrEqual(exact);
            expect(most - least).toBeLessThan(1e-7);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not mind a phase, nor swaps that come to nothing', async () => {
    const a = brickwork(40, 4);
    const b = [...rewritten(a, 1), gateOf('rz', [3], 1), gateOf('u1', [3], -1)];
    const cycle = Array.from({ length: 39 }, (_, q) => gateOf('swap', [q, q + 1]));
    const { most } = await alternatingAngle(40, [a, [...b, ...cycle, ...cycle.toReversed()]], limits);
    expect(most).toBeLessThan(1e-7);
  });

  it.each([
    ['swaps left over', (gates: Gate[]) => [...gates, gateOf('swap', [3, 4])]],
    [
      'qubits in another order',
      (gates: Gate[]) => [...gates, ...Array.from({ length: 29 }, (_, q) => gateOf('swap', [q, q + 1]))],
    ],
    ['a gate left out', (gates: Gate[]) => gates.toSpliced(201, 1)],
    ['a turn too many', (gates: Gate[]) => gates.toSpliced(150, 0, gateOf('rx', [17], 1e-3))],
    ['a turn in the first layer', (gates: Gate[]) => gates.toSpliced(5, 0, gateOf('rz', [5], 1e-3))],
  ])('shows %s in circuits of 30 and 60 qubits', async (_, change) => {
    for (const qubits of [30, 60]) {
      const a = brickwork(qubits, 8);
      const { least } = await alternatingAngle(qubits, [a, change(rewritten(a, 2))], limits);
      expect(least).toBeGreaterThan(1e-4);
    }
  });
});
