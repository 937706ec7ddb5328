import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Circuit } from '../../../../../src/circuit/circuit.js';
import { leastCuts } from '../../../../../src/cut/search/exact/bounds.js';
import { findCuts } from '../../../../../src/cut/search/findCuts.js';
import { eliminate } from '../../../../../src/cut/search/exact/elimination.js';
import { gateProblem, joinedQubits, pricedRuns } from '../../../../../src/cut/search/problem/gateProblem.js';
import { branchAndBound } from '../../../../../src/cut/search/exact/branchAndBound.js';
import { candidate } from '../../../../../src/cut/search/problem/candidate.js';
import { buildCutGraph } from '../../../../../src/cut/model/cutGraph.js';
import { cutMip, partsFromSolution } from '../../../../../src/cut/search/exact/cutMip.js';
import { anneal, cutOrder, sweepOrders } from '../../../../../src/cut/search/heuristic/anneal.js';
import { solveMip } from '../../../../../src/cut/search/exact/highsSolver.js';
import { Pace } from '../../../../../src/run/resources/pace.js';
import { Placement } from '../../../../../src/cut/search/problem/placement.js';
import { gateWeights, type CutProblem } from '../../../../../src/cut/search/problem/cutProblem.js';
import { wireProblem } from '../../../../../src/cut/search/problem/wireProblem.js';
import { countCuts, fewestCuts, nodesOfGates } from '../../bruteForce.js';
import { cxCircuit, ghz, randomCircuit, twoQubitGates } from '../../circuits.js';
import { AMPLE, COUNTED } from '../../../../support/budget.js';

function problemOf(circuit: Circuit): CutProblem {
  const graph = buildCutGraph(circuit);
  return wireProblem(graph, graph.component[0] ?? 0, gateWeights(circuit, graph));
}

function sum(list: Int32Array): number {
  return list.reduce((a, b) => a + b, 0);
}

function ascending(list: Iterable<number>): number[] {
  return [...list].sort((a, b) => a - b);
}

/** Parts of the two-qubit gates from parts of the nodes. */
function spread(problem: CutProblem, part: Int32Array): number[] {
  return nodesOfGates(problem).map((node) => part[node] ?? -1);
}

/** Connected random circuits with at most seven two-qubit gates on all their wires. */
const connected = randomCircuit(5, 9).filter((circuit) => {
  const count = twoQubitGates(circuit).length;
  return count > 1 && count <= 7 && buildCutGraph(circuit).components === 1;
});

describe('the cut graph', () => {
  test('has two kinds of edges over gate ends', () => {
    const graph = buildCutGraph(
      cxCircuit(3, [
        [0, 1],
        [1, 2],
        [0, 1],
      ]),
    );
    expect(graph.ends.map(({ qubit }) => qubit)).toEqual([0, 1, 1, 2, 0, 1]);
    expect(graph.wires).toEqual([[0, 4], [1, 2, 5], [3]]);
    expect(graph.wireEdges).toEqual([
      { from: 1, to: 2, qubit: 1 },
      { from: 0, to: 4, qubit: 0 },
      { from: 2, to: 5, qubit: 1 },
    ]);
    expect(graph.gatePositions).toEqual([3, 4, 5]);
  });
});

describe('the wire problem', () => {
  test('contracts repeated gates on one pair, and what only feeds or follows one node', () => {
    // The second gate on (0,1), and the last gate on (0,1), follow the first with all their wires.
    expect(
      problemOf(
        cxCircuit(3, [
          [0, 1],
          [1, 0],
          [0, 1],
        ]),
      ).nodes,
    ).toBe(1);
    expect(problemOf(ghz(5)).nodes).toBe(4);
  });

  test('knows all gates and outcomes', () => {
    fc.assert(
      fc.property(connected, (circuit) => {
        const { gates, outcomes, sources } = problemOf(circuit);
        expect(sum(gates)).toBe(circuit.gates.length);
        expect(sum(outcomes)).toBe(circuit.outcomes.filter((qubit) => qubit >= 0).length);
        expect(sum(sources)).toBe(circuit.qubits);
      }),
    );
  });
});

describe('Placement', () => {
  test('widths and cuts after any moves are those of the definition', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 16).filter((circuit) => buildCutGraph(circuit).components === 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(3)), { maxLength: 40 }),
        (circuit, moves) => {
          const problem = problemOf(circuit);
          const state = new Placement(problem, 4, 3, new Int32Array(problem.nodes));
          for (const [where, target] of moves) {
            const node = where % problem.nodes;
            if (state.part[node] === target) continue;
            state.probe(node, target);
            state.commit(node, target);
          }
          const { cuts, widths } = countCuts(circuit, spread(problem, state.part));
          expect(state.cuts).toBe(cuts);
          expect(ascending(state.width).filter((width) => width > 0)).toEqual(ascending(widths));
          expect(state.overflow).toBe(widths.reduce((sum, width) => sum + Math.max(0, width - 3), 0));
        },
      ),
    );
  });
});

describe('exact solvers', () => {
  test('branch and bound finds the optimum of all partitions, or proves that there is none', async () => {
    await fc.assert(
      fc.asyncProperty(
        connected,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (circuit, maxWidth, maxParts) => {
          const problem = problemOf(circuit);
          const limits = { maxWidth, maxParts, fewerThan: problem.from.length + 1, seconds: AMPLE };
          const { best, complete } = await branchAndBound(problem, limits, new Pace(AMPLE));
          expect(complete).toBe(true);
          const least = fewestCuts(circuit, maxWidth, maxParts);
          expect(best?.cuts).toBe(least);
          if (best !== undefined) {
            const counted = countCuts(circuit, spread(problem, best.part));
            expect(counted.cuts).toBe(least);
            expect(Math.max(...counted.widths)).toBeLessThanOrEqual(maxWidth);
            expect(leastCuts(problem, maxWidth, maxParts)).toBeLessThanOrEqual(best.cuts);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('branch and bound says when it gave up', async () => {
    const problem = problemOf(
      cxCircuit(6, [
        [0, 1],
        [2, 3],
        [4, 5],
        [1, 2],
        [3, 4],
        [0, 5],
        [1, 4],
        [0, 3],
        [2, 5],
      ]),
    );
    const limits = { maxWidth: 4, maxParts: 5, fewerThan: 20, seconds: 0 };
    expect((await branchAndBound(problem, limits, new Pace(AMPLE))).complete).toBe(false);
  });

  test('the mixed-integer program agrees', async () => {
    await fc.assert(
      fc.asyncProperty(
        connected,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 2, max: 4 }),
        async (circuit, maxWidth, parts) => {
          const problem = problemOf(circuit);
          const model = cutMip(problem, { parts, maxWidth, leastCuts: 0, mostCuts: problem.from.length });
          const { status, solution } = await solveMip(model, { seconds: AMPLE });
          const least = fewestCuts(circuit, maxWidth, parts);
          expect(status).toBe(least === undefined ? 'infeasible' : 'optimal');
          if (solution === undefined) return;
          expect(candidate(problem, partsFromSolution(solution, problem.nodes, parts), maxWidth)?.cuts).toBe(
            least,
          );
        },
      ),
      { numRuns: 12 },
    );
  });

  test('the solver stops at its time limit and on a signal', async () => {
    const pairs = [...Array(300).keys()].map(
      (i) => [(i * 17) % 30, (i * 29 + 7 * (i >> 5) + 1) % 30] as const,
    );
    const problem = problemOf(
      cxCircuit(
        30,
        pairs.filter(([a, b]) => a !== b),
      ),
    );
    const model = cutMip(problem, { parts: 4, maxWidth: 20, leastCuts: 2, mostCuts: 50 });
    expect((await solveMip(model, { seconds: 0.5 })).status).toBe('stopped');
    expect((await solveMip(model, { seconds: AMPLE }, AbortSignal.timeout(100))).status).toBe('stopped');
  });
});

describe('elimination', () => {
  test('gives the least weight of all partitions, of wires and of both kinds of cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        connected,
        fc.integer({ min: 2, max: 4 }),
        fc.boolean(),
        async (circuit, maxWidth, wires) => {
          const graph = buildCutGraph(circuit);
          const priced = pricedRuns(circuit, 'gamma');
          const weights = gateWeights(circuit, graph);
          const whole = joinedQubits(circuit.qubits, priced).count === 1;
          fc.pre(wires || whole);
          const problem = wires
            ? problemOf(circuit)
            : gateProblem(
                { circuit, graph, weights, priced, cutWires: true },
                [...priced.runs.keys()],
                () => true,
              );
          const all = problem.weight.reduce((sum, weight) => sum + weight, 0);
          const limits = { maxWidth, maxParts: problem.nodes, fewerThan: all + 1, seconds: AMPLE };
          const { best } = await branchAndBound(problem, limits, new Pace(AMPLE));
          const found = await eliminate(problem, maxWidth, new Pace(AMPLE));
          fc.pre(found !== undefined || best === undefined);
          expect(found?.cuts).toBe(best?.cuts);
          if (found === undefined) return;
          const state = new Placement(problem, found.parts, maxWidth, found.part);
          expect([state.cuts, state.overflow]).toEqual([found.cuts, 0]);
          expect((await eliminate(problem, maxWidth, new Pace(AMPLE), found.cuts))?.cuts).toBe(found.cuts);
          expect(await eliminate(problem, maxWidth, new Pace(AMPLE), found.cuts - 1)).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });

  test('proves long rings, ladders and trees, and gives up on thick graphs', async () => {
    const pairs = {
      ring: Array.from({ length: 200 }, (_, i) => [i, (i + 1) % 200] as const),
      ladder: Array.from({ length: 200 }, (_, i) => [
        [i, i + 2] as const,
        ...(i % 2 === 0 ? [[i, i + 1] as const] : []),
      ]).flat(),
      tree: Array.from({ length: 200 }, (_, i) => [i >> 1, i + 1] as const),
    };
    // Rings lose two edges and one more for each further part; ladders two for each boundary.
    for (const [kind, edges] of Object.entries(pairs)) {
      const circuit = cxCircuit(202, edges);
      const solution = await findCuts(circuit, { maxWidth: 20, objective: 'sampling', ...COUNTED });
      expect(solution.proven, kind).toBe(true);
      if (kind === 'ring') expect(solution.cutCircuit.cuts).toHaveLength(10);
    }
    const wide = cxCircuit(
      600,
      Array.from({ length: 598 }, (_, i) => [
        [i, i + 2] as const,
        ...(i % 2 === 0 ? [[i, i + 1] as const] : []),
      ]).flat(),
    );
    const ladder = await findCuts(wide, { maxWidth: 140, objective: 'sampling', ...COUNTED });
    expect(ladder.proven).toBe(true);
    expect(ladder.cutCircuit.cuts).toHaveLength(8);
    const all = Array.from({ length: 14 }, (_, a) => Array.from({ length: a }, (_, b) => [a, b] as const));
    const dense = cxCircuit(14, [...all.flat(), ...all.flat()]);
    expect(await eliminate(problemOf(dense), 6, new Pace(AMPLE))).toBeUndefined();
  });
});

describe('heuristics', () => {
  test('keep the limits and count their cuts rightly', async () => {
    await fc.assert(
      fc.asyncProperty(
        connected,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (circuit, maxWidth, maxParts) => {
          const problem = problemOf(circuit);
          const pace = new Pace(AMPLE);
          const qubits = Array.from({ length: problem.nodes }, (_, node) =>
            twoQubitGates(circuit).flatMap(({ qubits }, i) =>
              problem.nodeOfEnd[2 * i] === node ? qubits : [],
            ),
          );
          const settings = { slots: maxParts, maxWidth, proposals: 2000, hot: 1, cold: 0.1, seed: 1 };
          const found = [await anneal(problem, new Int32Array(problem.nodes), settings, pace)];
          for (const order of sweepOrders(problem, qubits)) {
            found.push(await cutOrder(problem, order, maxWidth, maxParts, pace));
            expect(ascending(order)).toEqual([...Array(problem.nodes).keys()]);
          }
          for (const result of found) {
            if (result === undefined) continue;
            const { cuts, widths } = countCuts(circuit, spread(problem, result.part));
            expect(result.cuts).toBe(cuts);
            expect(Math.max(...widths)).toBeLessThanOrEqual(maxWidth);
            expect(result.parts).toBe(widths.length);
            expect(widths.length).toBeLessThanOrEqual(maxParts);
          }
        },
      ),
    );
  });

  test('a sweep cuts a chain optimally', async () => {
    const problem = problemOf(ghz(30));
    const order = Int32Array.from({ length: problem.nodes }, (_, node) => node);
    for (const maxParts of [6, Infinity]) {
      expect((await cutOrder(problem, order, 6, maxParts, new Pace(AMPLE)))?.cuts).toBe(5);
    }
    expect(await cutOrder(problem, order, 6, 5, new Pace(AMPLE))).toBeUndefined();
    // Of so many parts the sweep minds the cuts alone.
    const many = problemOf(ghz(200));
    const inTime = Int32Array.from({ length: many.nodes }, (_, node) => node);
    expect(await cutOrder(many, inTime, 3, 98, new Pace(AMPLE))).toBeUndefined();
    expect((await cutOrder(many, inTime, 3, 100, new Pace(AMPLE)))?.parts).toBeLessThanOrEqual(100);
  });
});
