import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cartanDecomposition } from '../../../../src/circuit/cartan.js';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { findCuts } from '../../../../src/cut/search/findCuts.js';
import { findJointCuts } from '../../../../src/cut/search/modes/jointSearch.js';
import { pricedRuns, runsByName } from '../../../../src/cut/search/problem/gateProblem.js';
import { Pace, randomNumbers } from '../../../../src/run/resources/pace.js';
import { COUNTED } from '../../../support/budget.js';

vi.mock(import('../../../../src/circuit/cartan.js'), async (original) => {
  const module = await original();
  return { ...module, cartanDecomposition: vi.fn(module.cartanDecomposition) };
});

/** Two rings of turned qubits, joined by one cx. */
function twoRings(qubits: number, layers: number): Circuit {
  const random = randomNumbers(7);
  const gates: Gate[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const first of [0, qubits]) {
      for (let i = 0; i < qubits; i += 1) gates.push(gateOf('ry', [first + i], 6 * random()));
      for (let i = 0; i < qubits; i += 1) gates.push(gateOf('cx', [first + i, first + ((i + 1) % qubits)]));
    }
  }
  gates.push(gateOf('cx', [0, qubits]));
  return makeCircuit(2 * qubits, gates);
}

describe('the time for a search', () => {
  const circuit = twoRings(6, 40);

  beforeEach(() => {
    vi.mocked(cartanDecomposition).mockClear();
  });

  it.each([
    ['cost', false],
    ['sampling', false],
    ['cost', true],
    ['sampling', true],
  ] as const)('ends it, by the work that is counted (%s, together: %s)', async (objective, joint) => {
    for (const timeLimit of [0.02, 0.4]) {
      const options = { maxWidth: 6, objective, timeLimit, ...COUNTED };
      const { seconds, cutCircuit } = await (joint ? findJointCuts : findCuts)(circuit, options);
      expect(seconds).toBeLessThan(timeLimit + 0.3);
      expect(cutCircuit.cuts.length).toBeGreaterThan(0);
    }
  });

  it('does not go into taking the same gate apart again and again', async () => {
    const { cutCircuit } = await findCuts(circuit, {
      maxWidth: 6,
      objective: 'sampling',
      timeLimit: 0.4,
      ...COUNTED,
    });
    expect(cutCircuit.cuts).toHaveLength(1);
    // One kind of two-qubit gate.
    expect(vi.mocked(cartanDecomposition).mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('keeps what was reserved for its end', () => {
    let now = 0;
    const pace = new Pace(10, undefined, { now: () => now });
    pace.reserve(3);
    pace.reserve(2);
    expect(pace.left).toBe(7);
    now = 6_900;
    expect(pace.over).toBe(false);
    expect(pace.until(9).left).toBeCloseTo(0.1, 9);
    now = 7_000;
    expect(pace.over).toBe(true);
  });
});

describe('runs of gates by the names of their qubits', () => {
  it('are those that touch a qubit of that name, in order', () => {
    const circuit = twoRings(4, 2);
    const priced = pricedRuns(circuit, 'gamma');
    const names = [5, 5, 3, 3, 8, 8, 8, 9];
    const found = runsByName(priced, names);
    for (const name of [3, 5, 8, 9]) {
      const touching = [...priced.runs.keys()].filter((run) =>
        priced.runs[run]?.qubits.some((qubit) => names[qubit] === name),
      );
      expect(found.get(name)).toEqual(touching);
    }
    expect([...found.keys()].toSorted((a, b) => a - b)).toEqual([3, 5, 8, 9]);
  });
});
