import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateCircuit } from '../../../../../src/circuit/families/families.js';
import type { Circuit } from '../../../../../src/circuit/circuit.js';
import { buildCutGraph } from '../../../../../src/cut/model/cutGraph.js';
import { gateWeights, type CutProblem } from '../../../../../src/cut/search/problem/cutProblem.js';
import { gateProblem, pricedRuns } from '../../../../../src/cut/search/problem/gateProblem.js';
import { levelledSearch } from '../../../../../src/cut/search/heuristic/levelledSearch.js';
import { multilevel } from '../../../../../src/cut/search/heuristic/multilevel.js';
import { Pace } from '../../../../../src/run/resources/pace.js';
import { Placement } from '../../../../../src/cut/search/problem/placement.js';
import { StartPool, type SharedProblem } from '../../../../../src/cut/search/heuristic/startPool.js';
import { ghz } from '../../circuits.js';
import { AMPLE } from '../../../../support/budget.js';

function sharedProblem(circuit: Circuit): SharedProblem {
  const graph = buildCutGraph(circuit);
  const weights = gateWeights(circuit, graph);
  const priced = pricedRuns(circuit, 'gamma');
  const problem = gateProblem(
    { circuit, graph, weights, priced, cutWires: true },
    [...priced.runs.keys()],
    () => true,
  );
  const qubits = Array.from({ length: problem.nodes }, () => new Set<number>());
  problem.nodeOfEnd.forEach((node, end) => qubits[node]?.add(graph.ends[end]?.qubit ?? 0));
  return { problem, qubitsOfNode: qubits.map((set) => [...set]) };
}

/** Weight and overflow of parts, counted from scratch. */
function recounted(problem: CutProblem, part: Int32Array, maxWidth: number): [number, number] {
  const slots = part.reduce((most, name) => Math.max(most, name + 1), 0);
  const { cuts, overflow } = new Placement(problem, slots, maxWidth, part);
  return [cuts, overflow];
}

describe('partitions on several levels', () => {
  test('keep to the width, and weigh what they say, for random circuits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 12, max: 40 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 2, max: 5 }),
        async (qubits, depth, seed, slots) => {
          const circuit = generateCircuit('random', { qubits, depth, seed });
          fc.pre(buildCutGraph(circuit).components === 1);
          const shared = sharedProblem(circuit);
          const maxWidth = Math.ceil(qubits / slots) + 4;
          const { problem, qubitsOfNode } = shared;
          const settings = { slots, maxWidth, seed, qubitsOfNode };
          const found = await multilevel(problem, settings, new Pace(AMPLE));
          if (found === undefined) return;
          expect(recounted(problem, found.part, maxWidth)).toEqual([found.cuts, 0]);
          expect(found.parts).toBeLessThanOrEqual(slots);
          const again = await multilevel(problem, settings, new Pace(AMPLE), found);
          expect(again?.cuts ?? Infinity).toBeLessThanOrEqual(found.cuts);
          expect(recounted(problem, again?.part ?? found.part, maxWidth)[1]).toBe(0);
          expect(await multilevel(problem, settings, new Pace(AMPLE))).toEqual(found);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('a long chain: the search finds the fewest cuts that there can be', async () => {
    const shared = sharedProblem(ghz(400));
    const limits = { maxWidth: 50, leastParts: 8, maxParts: Infinity, lower: 0 };
    const found = await levelledSearch(shared, limits, { seed: 1 }, new Pace(AMPLE));
    expect(found?.parts).toBe(8);
    // Seven cx at a gamma of 3, in units of a wire's 4.
    expect((found?.cuts ?? 0) / shared.problem.unit).toBeCloseTo((7 * Math.log(3)) / Math.log(4), 3);
  });

  test('starts come back in order; those of other processes count as well as own ones', async () => {
    const shared = sharedProblem(generateCircuit('regular', { qubits: 60, depth: 2, seed: 3 }));
    const limits = { maxWidth: 24, leastParts: 3, maxParts: 6, lower: 0 };
    const alone = await levelledSearch(shared, limits, { seed: 5 }, new Pace(AMPLE));
    const elsewhere = await levelledSearch(
      shared,
      limits,
      {
        seed: 5,
        elsewhere: (given) => (starts, pace) => new StartPool(given, 1).run(starts, pace),
      },
      new Pace(AMPLE),
    );
    expect(alone).toBeDefined();
    expect(elsewhere).toEqual(alone);
    const none = await levelledSearch(shared, limits, { seed: 5 }, new Pace(0));
    expect(none).toBeUndefined();
  });
});
