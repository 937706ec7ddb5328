/** Circuits that are hard for one reason or another: they end with the right answer, or the right error. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../../src/circuit/circuit.js';
import { gateCutBasis } from '../../../src/circuit/gateCutBasis.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { findCommunicatingCuts } from '../../../src/cut/search/modes/communicationSearch.js';
import { predictCost } from '../../../src/cut/model/costModel.js';
import type { CutCircuit } from '../../../src/cut/model/cutCircuit.js';
import { findCuts } from '../../../src/cut/search/findCuts.js';
import { totalGamma } from '../../../src/cut/model/overhead.js';
import { pairRuns, runUnitary } from '../../../src/cut/model/pairRuns.js';
import { reusedWidth } from '../../../src/cut/reuse/planReuse.js';
import { allCuts, failure } from './bruteForce.js';
import { cxCircuit, gate, randomCircuit, twoQubitGates } from './circuits.js';
import { AMPLE, COUNTED } from '../../support/budget.js';

function widest({ subcircuits }: CutCircuit): number {
  return Math.max(0, ...subcircuits.map(({ width }) => width));
}

const star = cxCircuit(
  500,
  Array.from({ length: 499 }, (_, i) => [0, i + 1] as const),
);

/** Thousands of gates on qubits 0 and 1, which are no power of one another, then one on 1 and 2. */
function parallel(gates: number): Circuit {
  const list: Gate[] = [];
  for (let i = 0; i < gates; i += 1) {
    list.push(gate('cx', 0, 1), { name: 'rx', qubits: [0], params: [0.3] });
  }
  return makeCircuit(3, [...list, gate('cx', 1, 2)]);
}

describe('thousands of gates on one pair', () => {
  const circuit = parallel(2000);
  const [run] = pairRuns(circuit);
  if (run === undefined) throw new Error('no run');
  const { gamma } = gateCutBasis(runUnitary(circuit, run));

  test('are cut as one gate, or not at all', async () => {
    const narrow = await findCuts(circuit, { maxWidth: 1, objective: 'sampling', timeLimit: AMPLE });
    expect(narrow.proven).toBe(true);
    expect(totalGamma(narrow.cutCircuit.cuts) / (3 * gamma)).toBeCloseTo(1, 5);
    const wires = await findCuts(circuit, {
      maxWidth: 2,
      objective: 'sampling',
      wireCutsOnly: true,
      timeLimit: AMPLE,
    });
    expect(wires).toMatchObject({ proven: true, value: 16 });
    const cost = await findCuts(circuit, { maxWidth: 2, ...COUNTED });
    expect(cost.cutCircuit.cuts).toHaveLength(1);
  });

  test('with limits on gates, reuse and communication', async () => {
    const light = await findCuts(circuit, {
      maxWidth: 3,
      maxGates: 1500,
      wireCutsOnly: true,
      objective: 'sampling',
      timeLimit: 2,
    });
    expect(Math.max(...light.cutCircuit.subcircuits.map(({ gates }) => gates.length))).toBeLessThanOrEqual(
      1500,
    );
    const reused = await findCuts(circuit, { maxWidth: 2, reuseQubits: true, timeLimit: 2 });
    expect(reused.cutCircuit.cuts).toEqual([]);
    const communicating = await findCommunicatingCuts(circuit, {
      maxWidth: 2,
      objective: 'sampling',
      timeLimit: 1,
    });
    expect(widest(communicating.cutCircuit)).toBeLessThanOrEqual(2);
  });
});

describe('a star of 500 qubits', () => {
  test('falls apart at its centre: the fewest cuts are those of counting', async () => {
    const options = { objective: 'sampling', timeLimit: AMPLE } as const;
    for (const [maxWidth, cuts] of [
      [2, 498],
      [5, 124],
      [400, 1],
    ] as const) {
      // All widths together are 500 and the cuts, so k parts of w qubits and k - 1 cuts hold (k - 1)(w - 1) + w.
      const wires = await findCuts(star, { ...options, maxWidth, wireCutsOnly: true });
      expect(wires.cutCircuit.cuts).toHaveLength(cuts);
      expect(wires.proven).toBe(true);
    }
    const gates = await findCuts(star, { ...options, maxWidth: 1 });
    expect(gates.cutCircuit.cuts).toHaveLength(499);
    expect(gates).toMatchObject({ proven: true, value: Infinity });
  });

  test('fits a device of two qubits that are used again', async () => {
    const { cutCircuit, proven } = await findCuts(star, { maxWidth: 2, reuseQubits: true });
    expect(cutCircuit.cuts).toEqual([]);
    expect(reusedWidth(cutCircuit)).toBe(2);
    expect(proven).toBe(true);
  });

  test('cannot be cut for less than a wire, which is said', async () => {
    const small = cxCircuit(
      40,
      Array.from({ length: 39 }, (_, i) => [0, i + 1] as const),
    );
    const options = { maxWidth: 24, maxOverhead: 8, ...COUNTED };
    const error = await failure(small, { ...options, objective: 'sampling' });
    expect(error.message).toMatch(/overhead of at most 8 \(proven\); use .*maxOverhead 16/);
    // Gates of overhead 9 are cheaper than a wire, but each of them frees one qubit only.
    expect(error.details['maxOverhead']).toBeCloseTo(16, 9);
    expect((await failure(small, options)).details['proven']).toBe(true);
  });
});

describe('hardly a circuit', () => {
  test('no two-qubit gate: nothing to cut at any width', async () => {
    const circuit = makeCircuit(4, [gate('h', 0), gate('t', 0), gate('h', 2)]);
    for (const options of [{}, { wireCutsOnly: true }, { gateCutsOnly: true }, { reuseQubits: true }]) {
      const { cutCircuit, proven } = await findCuts(circuit, { maxWidth: 1, ...options, ...COUNTED });
      expect(cutCircuit.subcircuits.map(({ wires }) => wires)).toEqual([[0], [2]]);
      expect(cutCircuit.cuts).toEqual([]);
      expect(proven).toBe(true);
    }
    expect((await failure(circuit, { maxWidth: 1, maxSubcircuits: 1, ...COUNTED })).message).toMatch(
      /maxSubcircuits 2/,
    );
  });

  test('one gate: whole, or its two ends', async () => {
    const circuit = makeCircuit(2, [gate('cx', 0, 1)]);
    expect((await findCuts(circuit, { maxWidth: 2 })).cutCircuit.cuts).toEqual([]);
    for (const objective of ['cost', 'sampling'] as const) {
      const { cutCircuit, proven } = await findCuts(circuit, { maxWidth: 1, objective, ...COUNTED });
      expect(cutCircuit.subcircuits).toHaveLength(2);
      expect(proven).toBe(true);
    }
    const error = await failure(circuit, { maxWidth: 1, wireCutsOnly: true, ...COUNTED });
    expect(error).toMatchObject({ code: 'infeasible', exitCode: 3 });
    expect(error.message).toMatch(/proven.*maxWidth 2/);
  });

  test('parts that do not touch are never joined, and each is cut by itself', async () => {
    const circuit = cxCircuit(9, [
      [0, 1],
      [1, 2],
      [4, 5],
      [6, 7],
      [7, 8],
    ]);
    const { cutCircuit, proven } = await findCuts(circuit, {
      maxWidth: 2,
      objective: 'sampling',
      ...COUNTED,
    });
    expect(totalGamma(cutCircuit.cuts)).toBeCloseTo(9, 9);
    expect(cutCircuit.subcircuits).toHaveLength(6);
    expect(proven).toBe(true);
    const one = await findCuts(circuit, { maxWidth: 1, objective: 'sampling', ...COUNTED });
    expect(totalGamma(one.cutCircuit.cuts)).toBeCloseTo(3 ** 5, 6);
  });
});

test('the bound on the cost holds for cuts of gates too', async () => {
  await fc.assert(
    fc.asyncProperty(
      randomCircuit(5, 7).filter((circuit) => twoQubitGates(circuit).length <= 3),
      fc.integer({ min: 1, max: 3 }),
      async (circuit, maxWidth) => {
        const { value, lowerBound, proven, cutCircuit } = await findCuts(circuit, { maxWidth });
        let least = Infinity;
        for (const cut of allCuts(circuit)) {
          // Circuits that fit are not cut, even where cutting them would be quicker.
          const needless = cutCircuit.cuts.length === 0 && cut.cuts.length > 0;
          if (!needless && widest(cut) <= maxWidth) least = Math.min(least, predictCost(cut).total);
        }
        expect(lowerBound ?? Infinity).toBeLessThanOrEqual(least * (1 + 1e-9));
        if (proven) expect(value / least).toBeCloseTo(1, 9);
      },
    ),
    { numRuns: 40 },
  );
});

describe('gates that are local', () => {
  const circuit = makeCircuit(4, [
    { name: 'cp', qubits: [0, 1], params: [0] },
    { name: 'rzz', qubits: [1, 2], params: [0] },
    { name: 'cp', qubits: [2, 3], params: [2 * Math.PI] },
    { name: 'rzz', qubits: [0, 3], params: [2 * Math.PI] },
    gate('cx', 0, 1),
    gate('cx', 0, 1),
  ]);

  test('are cut for nothing, and what they join may share a subcircuit', async () => {
    const parts = [0, [0, 1], 1, [0, 1], 0, 0] as const;
    const known = predictCost(buildCutCircuit(circuit, parts)).total;
    const found = await findCuts(circuit, { maxWidth: 2, ...COUNTED });
    expect(found.value).toBeLessThanOrEqual(known * (1 + 1e-9));
    expect(found.lowerBound ?? 0).toBeLessThanOrEqual(known);
    for (const limit of [{ maxSubcircuits: 2 }, { maxCuts: 0 }]) {
      const { cutCircuit } = await findCuts(circuit, { maxWidth: 2, ...limit, ...COUNTED });
      expect(cutCircuit.subcircuits.length).toBeLessThanOrEqual(2);
      expect(totalGamma(cutCircuit.cuts)).toBe(1);
    }
    const sampling = await findCuts(circuit, {
      maxWidth: 2,
      objective: 'sampling',
      maxSubcircuits: 2,
      ...COUNTED,
    });
    expect(sampling).toMatchObject({ value: 1, lowerBound: 1, proven: true });
    const error = await failure(circuit, { maxWidth: 2, maxSubcircuits: 1, timeLimit: 5 });
    expect(error.message).toMatch(/not proven|maxSubcircuits 2/);
  });
});

describe('width 1', () => {
  test('cuts every gate and no wire, proven, however often two pairs take turns', async () => {
    const turns = Array.from({ length: 300 }, (): Gate[] => [
      gate('cx', 0, 1),
      { name: 'rx', qubits: [1], params: [0.3] },
      gate('cx', 2, 1),
      { name: 'ry', qubits: [2], params: [0.1] },
    ]).flat();
    const found = await findCuts(makeCircuit(3, turns), { maxWidth: 1, objective: 'sampling', ...COUNTED });
    expect(found.proven).toBe(true);
    expect(found.cutCircuit.subcircuits).toHaveLength(3);
    expect(found.cutCircuit.cuts.every(({ kind }) => kind === 'gate')).toBe(true);
  });
});

test('an optimum that is proven for rounded weights alone is not called proven', async () => {
  const chains = Array.from({ length: 300 }, (_, i): Gate[] => [
    { name: 'cp', qubits: [3 * i, 3 * i + 1], params: [1.000_001] },
    { name: 'cp', qubits: [3 * i + 1, 3 * i + 2], params: [1] },
  ]).flat();
  const circuit = makeCircuit(900, chains);
  const found = await findCuts(circuit, { maxWidth: 2, objective: 'sampling', timeLimit: 5 });
  const better = Array.from({ length: 300 }, (_, i) => [2 * i, [2 * i, 2 * i + 1] as const]).flat();
  const least = totalGamma(buildCutCircuit(circuit, better).cuts) ** 2;
  expect(found.lowerBound ?? 0).toBeLessThanOrEqual(least);
  if (found.proven) expect(found.value / least).toBeCloseTo(1, 3);
});
