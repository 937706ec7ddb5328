import { describe, expect, it } from 'vitest';
import { denseState, stateDistance } from '../../../../src/compile/gates/unitary.js';
import { randomCircuit } from '../../../support/compiledCircuits.js';
import { runGates } from '../../../support/denseSimulator.js';

describe('states', () => {
  it('are what a simulation says, and as far apart as their overlap', () => {
    const [a, b] = [randomCircuit(3, 4, 30), randomCircuit(4, 4, 30)];
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
