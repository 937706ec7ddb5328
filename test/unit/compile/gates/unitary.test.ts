import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { Random } from '../../../../src/circuit/random.js';
import { denseState, stateDistance } from '../../../../src/compile/gates/unitary.js';
import { runGates } from '../../../support/denseSimulator.js';

function circuit(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'circuit');
  return Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (__, q) => q));
    if (i % 3 === 0) return gateOf('cx', [a, b]);
    return i % 3 === 1
      ? gateOf('u', [a], random.angle(), random.angle(), random.angle())
      : gateOf('rzz', [a, b], random.angle());
  });
}

describe('states', () => {
  it('are what a simulation says, and as far apart as their overlap', () => {
    const [a, b] = [circuit(3, 4, 30), circuit(4, 4, 30)];
    const [x, y] = [denseState(4, a), denseState(4, b)];
    const reference = runGates(4, a);
    for (const [i, value] of x.entries()) expect(value).toBeCloseTo(reference[i] ?? Number.NaN, 12);
    let [re, im] = [0, 0];
    for (let i = 0; i < x.length; i += 2) {
      re += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
      im += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
    }
    expect(stateDistance(x, y)).toBeCloseTo(1 - Math.hypot(re, im), 12);
    expect(stateDistance(x, x)).toBeLessThan(1e-25);
    expect(
      stateDistance(
        x,
        x.map(() => Number.NaN),
      ),
    ).not.toBeLessThan(0.5);
  });
});
