import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit } from '../../../../src/circuit/circuit.js';
import { branchAndBound } from '../../../../src/cut/search/exact/branchAndBound.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { candidate } from '../../../../src/cut/search/problem/candidate.js';
import { predictCost, shapeBytes, shapesOf } from '../../../../src/cut/model/costModel.js';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import { findCuts } from '../../../../src/cut/search/findCuts.js';
import { buildCutGraph } from '../../../../src/cut/model/cutGraph.js';
import { cutMip, partsFromSolution } from '../../../../src/cut/search/exact/cutMip.js';
import { gateWeights } from '../../../../src/cut/search/problem/cutProblem.js';
import { gateProblem, joinedQubits, pricedRuns } from '../../../../src/cut/search/problem/gateProblem.js';
import { solveMip } from '../../../../src/cut/search/exact/highsSolver.js';
import { exceededLimits, LIMIT_KINDS, type CutLimits } from '../../../../src/cut/model/limits.js';
import { Pace } from '../../../../src/run/resources/pace.js';
import { Placement } from '../../../../src/cut/search/problem/placement.js';
import { samplingOverhead, totalGamma } from '../../../../src/cut/model/overhead.js';
import { KroncutError } from '../../../../src/error.js';
import { parseBytes } from '../../../../src/options/readers.js';
import { allCuts, failure } from '../bruteForce.js';
import { cxCircuit, gate, ghz, randomCircuit, twoQubitGates } from '../circuits.js';
import { AMPLE, COUNTED } from '../../../support/budget.js';

function mostGates({ subcircuits }: CutCircuit): number {
  return Math.max(0, ...subcircuits.map(({ gates }) => gates.length));
}

function widest({ subcircuits }: CutCircuit): number {
  return Math.max(0, ...subcircuits.map(({ width }) => width));
}

/** Bytes of evaluating the largest subcircuit. */
function bytes(cut: CutCircuit): number {
  return Math.max(0, ...shapesOf(cut).map((shape) => shapeBytes(shape, 1)));
}

/** As if only the tensors of four subcircuits and more could be contracted. */
function fromFourOn(cut: CutCircuit): number {
  return cut.subcircuits.length < 4 ? Infinity : 100;
}

/** Circuits of one component with few two-qubit gates, no two of them in a row on a pair. */
const small = randomCircuit(5, 8).filter((circuit) => {
  const pairs = twoQubitGates(circuit).length;
  if (pairs < 2 || pairs > 3) return false;
  const { runs } = pricedRuns(circuit, 'gamma');
  return runs.length === pairs;
});

describe('a limit on gates', () => {
  test('random circuits: the least overhead is that of all cuts, or there are proven to be none', async () => {
    await fc.assert(
      fc.asyncProperty(
        small,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (circuit, maxWidth, maxGates, wireCutsOnly) => {
          let least = Infinity;
          for (const cut of allCuts(circuit, wireCutsOnly)) {
            if (widest(cut) <= maxWidth && mostGates(cut) <= maxGates) {
              least = Math.min(least, totalGamma(cut.cuts));
            }
          }
          const options = { maxWidth, maxGates, wireCutsOnly, objective: 'sampling', ...COUNTED } as const;
          if (least === Infinity) {
            const error = await failure(circuit, options);
            expect(error.details['proven']).toBe(true);
            return;
          }
          const { cutCircuit, proven } = await findCuts(circuit, options);
          expect(mostGates(cutCircuit)).toBeLessThanOrEqual(maxGates);
          expect(totalGamma(cutCircuit.cuts) / least).toBeCloseTo(1, 4);
          expect(proven).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('parts count their gates as the subcircuits do, after any moves', () => {
    fc.assert(
      fc.property(
        randomCircuit(5, 14).filter((circuit) => buildCutGraph(circuit).components === 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(2)), { maxLength: 30 }),
        (circuit, moves) => {
          const problem = limitedProblem(circuit, 3);
          const state = new Placement(problem, 3, 9, new Int32Array(problem.nodes));
          for (const [where, target] of moves) {
            const node = where % problem.nodes;
            if (state.part[node] === target) continue;
            state.probe(node, target);
            state.commit(node, target);
          }
          const parts = twoQubitGates(circuit).map((_, i): [number, number] => {
            const part = (end: number): number => state.part[problem.nodeOfEnd[2 * i + end] ?? 0] ?? 0;
            return [part(0), part(1)];
          });
          const counts = buildCutCircuit(circuit, parts).subcircuits.map(({ gates }) => gates.length);
          const used = [...state.load].filter((_, part) => (state.size[part] ?? 0) > 0);
          expect(Int32Array.from(used).sort()).toEqual(Int32Array.from(counts).sort());
          expect(state.overflow).toBe(used.reduce((sum, count) => sum + Math.max(0, count - 3) / 4, 0));
        },
      ),
    );
  });

  test('branch and bound and the program agree', async () => {
    await fc.assert(
      fc.asyncProperty(
        small.filter((circuit) => buildCutGraph(circuit).components === 1),
        fc.integer({ min: 1, max: 5 }),
        async (circuit, maxGates) => {
          const problem = limitedProblem(circuit, maxGates);
          const bound = { maxWidth: 4, maxParts: 3, fewerThan: 1e9, seconds: AMPLE };
          const { best, complete } = await branchAndBound(problem, bound, new Pace(AMPLE));
          expect(complete).toBe(true);
          const model = cutMip(problem, { parts: 3, maxWidth: 4, leastCuts: 0, mostCuts: 1e9 });
          const { status, solution } = await solveMip(model, { seconds: AMPLE });
          if (best === undefined) {
            expect(status).toBe('infeasible');
            return;
          }
          expect(status).toBe('optimal');
          const part = partsFromSolution(solution ?? new Float64Array(), problem.nodes, 3);
          expect(candidate(problem, part, 4)?.cuts).toBe(best.cuts);
        },
      ),
      { numRuns: 3 },
    );
  });

  test('gates in a row on a pair: the limit holds, and nothing is claimed to be proven', async () => {
    const row = cxCircuit(
      2,
      Array.from({ length: 13 }, () => [0, 1] as const),
    );
    const solution = await findCuts(row, { maxWidth: 2, maxGates: 5, objective: 'sampling', ...COUNTED });
    expect(mostGates(solution.cutCircuit)).toBeLessThanOrEqual(5);
    const wires = await findCuts(row, {
      maxWidth: 2,
      maxGates: 5,
      objective: 'sampling',
      wireCutsOnly: true,
      ...COUNTED,
    });
    // Fifteen gates, h on each wire included, in three parts.
    expect(wires).toMatchObject({ proven: true, value: 16 ** 4 });
    // Twelve of them are the identity, which is cut for nothing.
    const nothing = cxCircuit(
      2,
      Array.from({ length: 12 }, () => [0, 1] as const),
    );
    expect(
      await findCuts(nothing, { maxWidth: 2, maxGates: 5, objective: 'sampling', ...COUNTED }),
    ).toMatchObject({
      value: 1,
    });
  });
});

function limitedProblem(circuit: Circuit, maxGates: number): ReturnType<typeof gateProblem> {
  const graph = buildCutGraph(circuit);
  const priced = pricedRuns(circuit, 'count');
  expect(joinedQubits(circuit.qubits, priced).count).toBeGreaterThan(0);
  const input = { circuit, graph, weights: gateWeights(circuit, graph), priced, cutWires: true, maxGates };
  return gateProblem(input, [...input.priced.runs.keys()], (qubit) => graph.component[qubit] === 0);
}

describe('a limit on the overhead', () => {
  test('holds for both objectives, or is proven to be too low', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(6, 12),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom('cost', 'sampling'),
        async (circuit, maxWidth, objective) => {
          const least = await findCuts(circuit, {
            maxWidth,
            objective: 'sampling',
            timeLimit: 5,
            ...COUNTED,
          });
          const options = { maxWidth, objective, timeLimit: 5, ...COUNTED } as const;
          const within = await findCuts(circuit, { ...options, maxOverhead: least.value });
          expect(samplingOverhead(within.cutCircuit.cuts)).toBeLessThanOrEqual(least.value * (1 + 1e-6));
          if (least.value <= 1) return;
          const error = await failure(circuit, { ...options, maxOverhead: least.value * 0.99 });
          expect(error.details['proven']).toBe(least.proven);
          const enough = Number(error.details['maxOverhead']);
          expect(enough / least.value).toBeCloseTo(1, 6);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('a limit on memory', () => {
  test('is kept, or said to be too low', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(7, 14).filter((circuit) => twoQubitGates(circuit).length > 3),
        fc.integer({ min: 8, max: 12 }),
        fc.constantFrom('cost', 'sampling'),
        async (circuit, log, objective) => {
          const options = {
            maxWidth: 6,
            maxMemory: 2 ** log,
            memoryOf: bytes,
            objective,
            timeLimit: 1,
          } as const;
          try {
            const { cutCircuit } = await findCuts(circuit, options);
            expect(bytes(cutCircuit)).toBeLessThanOrEqual(2 ** log);
          } catch (error) {
            if (!(error instanceof KroncutError)) throw error;
            expect(error.message).toMatch(/at most .* of memory on a rank/);
            const enough = error.details['maxMemory'];
            if (typeof enough === 'number') expect(enough).toBeGreaterThan(2 ** log);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test('reconstruction counts too', async () => {
    const { cutCircuit } = await findCuts(ghz(12), { maxWidth: 8, maxMemory: 1 << 16, memoryOf: fromFourOn });
    expect(cutCircuit.subcircuits.length).toBeGreaterThanOrEqual(4);
  });
});

describe('when nothing fits', () => {
  test('the least values are those of all cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        small,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 5 }),
        async (circuit, maxWidth, maxCuts, maxGates) => {
          const limits: CutLimits & { maxWidth: number } = { maxWidth, maxCuts, maxGates };
          const all = [...allCuts(circuit)];
          if (all.some((cut) => exceededLimits(cut, limits, {}).length === 0)) {
            await findCuts(circuit, { ...limits, objective: 'sampling', ...COUNTED });
            return;
          }
          const { details, message } = await failure(circuit, {
            ...limits,
            objective: 'sampling',
            ...COUNTED,
          });
          for (const kind of LIMIT_KINDS) {
            const found = details[kind.key];
            if (limits[kind.key] === undefined) continue;
            const others = { ...limits, [kind.key]: undefined };
            const values = all
              .filter((cut) => exceededLimits(cut, others, {}).length === 0)
              .map((cut) => kind.measure(cut, {}));
            const least = Math.min(...values);
            if (found === undefined) continue;
            const claimed = message.includes(`${kind.key} ${Number(found)} (proven least)`);
            if (claimed) expect(found).toBe(least);
            else expect(found).toBeGreaterThanOrEqual(least);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a limit that no other can make up for is named with the others', async () => {
    const error = await failure(ghz(20), {
      maxWidth: 2,
      maxCuts: 1,
      maxSubcircuits: 2,
      maxGates: 3,
      ...COUNTED,
    });
    expect(error).toMatchObject({ code: 'infeasible' });
    expect(error.message).toMatch(/use maxSubcircuits \d+ with maxCuts \d+/);
    expect(error.details['relax']).not.toEqual([]);
  });

  test('lonely wires have gates too', async () => {
    const circuit = makeCircuit(2, [gate('h', 0), gate('t', 0), gate('h', 0), gate('x', 1)]);
    const error = await failure(circuit, { maxWidth: 2, maxGates: 2, ...COUNTED });
    expect(error.message).toMatch(/at most 2 gates in a subcircuit \(proven\); use maxGates 3/);
    expect(
      predictCost((await findCuts(circuit, { maxWidth: 2, maxGates: 3 })).cutCircuit).total,
    ).toBeGreaterThan(0);
  });
});

test('amounts of memory', () => {
  expect(['4e9', '512MiB', '1.5 GB', '2G', '7', '3KiB', '1TiB', '5b'].map(parseBytes)).toEqual([
    4e9,
    512 * 2 ** 20,
    1.5e9,
    2e9,
    7,
    3072,
    2 ** 40,
    5,
  ]);
  expect(['', 'x', '1.5.2GB', '-3', '4QB', '3iB'].map(parseBytes)).toEqual(Array(6).fill(undefined));
});
