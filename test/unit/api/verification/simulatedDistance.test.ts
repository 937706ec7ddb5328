/** Distances from the simulator beside those of dense matrices. */
import { describe, expect, it } from 'vitest';
import { comparisonWithin, simulatedDistance } from '../../../../src/api/verification/simulatedDistance.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { randomCircuit } from '../../../support/compiledCircuits.js';
import { testContext } from '../../../support/context.js';

const whole = (qubits: number) => ({ kind: 'whole', bits: 2 * qubits }) as const;
const state = (qubits: number) => ({ kind: 'state', bits: qubits }) as const;
const context = testContext();

describe('distances by simulation', () => {
  it.each([1, 2, 5])('of two circuits of %d qubits are those of their matrices', async (qubits) => {
    const lists = [1, 2, 3].map((seed) =>
      qubits === 1 ? [gateOf('u', [0], seed, 0.3, -0.2)] : randomCircuit(seed, qubits, 40),
    );
    for (const a of lists) {
      for (const b of lists) {
        const exact = unitaryDistance(denseUnitary(qubits, a), denseUnitary(qubits, b));
        expect(await simulatedDistance(context, qubits, [a, b], whole(qubits))).toBeCloseTo(exact, 12);
      }
    }
  });

  it('keep what is far below rounding, and do not see a global phase', async () => {
    const gates = randomCircuit(4, 4, 40);
    const turned = [...gates.slice(0, 20), gateOf('rz', [2], 2e-9), ...gates.slice(20)];
    const distance = await simulatedDistance(context, 4, [gates, turned], whole(4));
    expect(Math.abs(distance / 5e-19 - 1)).toBeLessThan(1e-4);
    const phase = [...gates, gateOf('rz', [0], 1), gateOf('u1', [0], -1)];
    expect(await simulatedDistance(context, 4, [gates, phase], whole(4))).toBeLessThan(1e-24);
  });

  it.each([0, 1e-4, 0.01, 0.3, 2])('of one state show by how much a turn of %d is off', async (angle) => {
    const gates = randomCircuit(1, 10, 60);
    const other = [...gates.slice(0, 30), gateOf('rz', [3], angle), ...gates.slice(30)];
    const exact = 1 - Math.cos(angle / 2);
    const estimate = await simulatedDistance(context, 10, [gates, other], state(10));
    expect(estimate).toBeLessThanOrEqual(2 * exact + 1e-24);
    expect(estimate).toBeGreaterThanOrEqual(exact / 2 - 1e-24);
  });

  it('of one state tell circuits apart that have nothing in common', async () => {
    const [a, b] = [randomCircuit(1, 11, 60), randomCircuit(2, 11, 60)];
    expect(await simulatedDistance(context, 11, [a, b], state(11))).toBeGreaterThan(0.5);
  });
});

describe('the comparison that is made', () => {
  const memory = 2 ** 34;
  it.each([
    ['whole to twelve qubits', 12, 500, 'whole'],
    ['of one state where there are too many gates for that', 12, 2000, 'state'],
    ['of one state to twenty-four', 24, 1000, 'state'],
    ['none beyond', 25, 1, undefined],
    ['none with too many gates', 24, 2000, undefined],
  ])('is %s', (_, qubits, gates, kind) => {
    expect(comparisonWithin({ memory }, qubits, gates, 2e10)?.kind).toBe(kind);
  });

  it('fits the memory', () => {
    expect(comparisonWithin({ memory: 2 ** 29 }, 12, 10, 1e12)?.kind).toBe('whole');
    expect(comparisonWithin({ memory: 2 ** 29 - 1 }, 12, 10, 1e12)?.kind).toBe('state');
    expect(comparisonWithin({ memory: 2 ** 16 }, 12, 10, 1e12)).toBeUndefined();
  });
});
