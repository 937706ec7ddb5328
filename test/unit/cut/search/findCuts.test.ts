import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit } from '../../../../src/circuit/circuit.js';
import { isCounted } from '../../../../src/cut/model/limits.js';
import { predictCost } from '../../../../src/cut/model/costModel.js';
import { totalGamma } from '../../../../src/cut/model/overhead.js';
import { findCuts } from '../../../../src/cut/search/findCuts.js';
import type { CutProgress } from '../../../../src/cut/search/component/findCutsOptions.js';
import { requireOrSkip } from '../../../support/requirements.js';
import { allCuts, countCuts, fewestCuts, failure, leastOfEnds } from '../bruteForce.js';
import { cxCircuit, gate, ghz, randomCircuit, sharedCircuit, twoQubitGates } from '../circuits.js';
import { COUNTED } from '../../../support/budget.js';

/** Known answers: file, width, limit on subcircuits, optimal number of wire cuts. */
const KNOWN = [
  ['supremacy_6qubit.qasm3', 5, undefined, 2],
  ['cutqc_supremacy_16.qasm', 12, 2, 4],
  ['adder10.qasm', 6, undefined, 2],
  ['adder10.qasm', 7, undefined, 2],
  ['adder10.qasm', 8, undefined, 2],
  ['hwea14.qasm', 10, 2, 1],
  ['bv_38qubit.qasm3', 6, 10, 7],
  ['cutqc_aqft_22.qasm', 20, 2, 5],
  ['cutqc_aqft_30.qasm', 20, 2, 5],
  ['su2_4.qasm', 3, undefined, 2],
  ['star7.qasm', 3, undefined, 2],
  ['star7.qasm', 4, undefined, 1],
  ['cutqc_regular_20.qasm', 15, 2, 4],
  ['ghz20.qasm', 10, undefined, 2],
  ['fig4_cz.qasm', 3, 2, 1],
  ['bv3.qasm', 2, undefined, 1],
] as const;

/** File, width, limit on subcircuits, least gamma with cuts of wires and gates after merging. */
const KNOWN_GAMMAS = [
  ['su2_4.qasm', 4, undefined, 1],
  ['su2_4.qasm', 3, undefined, 9],
  ['su2_4.qasm', 2, undefined, 9],
  ['star7.qasm', 2, undefined, 243],
  ['star7.qasm', 3, undefined, 16],
  ['star7.qasm', 4, undefined, 4],
  ['cliques8.qasm', 4, undefined, 27],
  ['cutqc_supremacy_20.qasm', 15, 2, 81],
  ['cutqc_regular_20.qasm', 15, 2, 77.9135],
  ['qft5.qasm', 4, 2, 7.0864],
  ['cutqc_aqft_22.qasm', 20, 2, 23.5416],
] as const;

/** Circuits of gates of every rank on few qubits. */
function mixedCircuit(maxQubits: number, maxGates: number): fc.Arbitrary<Circuit> {
  return randomCircuit(maxQubits, maxGates).chain((circuit) =>
    fc.array(fc.nat(4), { minLength: maxGates, maxLength: maxGates }).map((kinds) => ({
      ...circuit,
      gates: circuit.gates.map((each, i) => {
        if (each.qubits.length < 2) return each;
        const name = ['cx', 'swap', 'cp', 'rzz', 'iswap'][kinds[i] ?? 0] ?? 'cx';
        return { ...each, name, params: name === 'cp' || name === 'rzz' ? [0.1 + i] : [] };
      }),
    })),
  );
}

test('without any time the qubits are divided, and not every gate is cut', async () => {
  const layer = Array.from({ length: 199 }, (_, qubit) => gate('cx', qubit, qubit + 1));
  const circuit = makeCircuit(200, [...layer, ...layer, ...layer, ...layer]);
  const { cutCircuit } = await findCuts(circuit, { maxWidth: 50, timeLimit: 1e-3 });
  expect(cutCircuit.cuts.length).toBeLessThanOrEqual(3 * 4);
  expect(cutCircuit.subcircuits).toHaveLength(4);
});

describe('findCuts with the objective sampling', () => {
  for (const [file, maxWidth, maxSubcircuits, cuts] of KNOWN) {
    test(`${file}, width ${maxWidth}, subcircuits ${maxSubcircuits ?? 'any'}: ${cuts} cuts, proven`, async (context) => {
      requireOrSkip(context, 'shared');
      const solution = await findCuts(sharedCircuit(file), {
        maxWidth,
        maxSubcircuits,
        objective: 'sampling',
        wireCutsOnly: true,
        ...COUNTED,
      });
      expect(solution.cutCircuit.cuts).toHaveLength(cuts);
      expect(solution).toMatchObject({ proven: true, value: 16 ** cuts, lowerBound: 16 ** cuts });
    });
  }

  for (const [file, maxWidth, maxSubcircuits, gamma] of KNOWN_GAMMAS) {
    test(`${file}, width ${maxWidth}, subcircuits ${maxSubcircuits ?? 'any'}: gamma ${gamma}, proven`, async (context) => {
      requireOrSkip(context, 'shared');
      const solution = await findCuts(sharedCircuit(file), {
        maxWidth,
        maxSubcircuits,
        objective: 'sampling',
        ...COUNTED,
      });
      expect(totalGamma(solution.cutCircuit.cuts) / gamma).toBeCloseTo(1, 4);
      expect(solution.proven).toBe(true);
      expect(solution.lowerBound).toBe(solution.value);
    });
  }

  test('random circuits: the least overhead is that of all partitions of gate ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        mixedCircuit(4, 6).filter((circuit) => twoQubitGates(circuit).length <= 4),
        fc.integer({ min: 1, max: 3 }),
        async (circuit, maxWidth) => {
          const least = leastOfEnds(circuit, maxWidth, (cut) => totalGamma(cut.cuts));
          const solution = await findCuts(circuit, { maxWidth, objective: 'sampling', ...COUNTED });
          expect(solution.proven).toBe(true);
          expect(totalGamma(solution.cutCircuit.cuts) / least).toBeCloseTo(1, 4);
          const gatesOnly = await findCuts(circuit, {
            maxWidth,
            objective: 'sampling',
            gateCutsOnly: true,
            ...COUNTED,
          });
          expect(gatesOnly.cutCircuit.cuts.every(({ kind }) => kind === 'gate')).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gates only: a chain is cut at its boundaries, for nothing less', async () => {
    const solution = await findCuts(ghz(60), {
      maxWidth: 10,
      objective: 'sampling',
      gateCutsOnly: true,
      ...COUNTED,
    });
    expect(solution.cutCircuit.cuts).toHaveLength(5);
    expect(solution.value).toBeCloseTo(9 ** 5, 6);
    expect(solution.proven).toBe(true);
  });

  test('a limit on cuts holds for both kinds', async () => {
    const limited = await findCuts(ghz(12), { maxWidth: 4, maxCuts: 2, objective: 'sampling', ...COUNTED });
    expect(limited.cutCircuit.cuts).toHaveLength(2);
    const error = await failure(ghz(12), { maxWidth: 4, maxCuts: 1, objective: 'sampling', ...COUNTED });
    expect(error.message).toMatch(/at most 1 cut \(proven\); use .*maxCuts 2 \(proven least\)/);
  });

  test('random circuits, wires only: the optimum is that of all partitions', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(5, 9).filter((circuit) => twoQubitGates(circuit).length <= 7),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        async (circuit, maxWidth, maxSubcircuits) => {
          const least = fewestCuts(circuit, maxWidth, maxSubcircuits);
          const wires = { objective: 'sampling', wireCutsOnly: true, ...COUNTED } as const;
          const options = { maxWidth, maxSubcircuits, ...wires };
          if (least === undefined) {
            const error = await failure(circuit, options);
            expect(error.code).toBe('infeasible');
            expect(error.details['proven']).toBe(true);
            return;
          }
          const solution = await findCuts(circuit, options);
          expect(solution.cutCircuit.cuts).toHaveLength(least);
          expect(solution).toMatchObject({ proven: true, value: 16 ** least, lowerBound: 16 ** least });
          const parts = solution.parts.map((part) => (typeof part === 'number' ? part : -1));
          expect(countCuts(circuit, parts).cuts).toBe(least);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('long chains need one cut per boundary', async () => {
    const solution = await findCuts(ghz(60), {
      maxWidth: 10,
      objective: 'sampling',
      wireCutsOnly: true,
      ...COUNTED,
    });
    expect(solution.cutCircuit.cuts).toHaveLength(6);
    expect(solution.proven).toBe(true);
  });

  test('components share a limit on subcircuits', async () => {
    // Two chains of five qubits at width 3: each takes two subcircuits (5 + 1 <= 6), so four in all.
    const chains = [0, 5].flatMap((base) => [0, 1, 2, 3].map((i) => [base + i, base + i + 1] as const));
    const circuit = cxCircuit(10, chains);
    const wires = { maxWidth: 3, objective: 'sampling', wireCutsOnly: true, ...COUNTED } as const;
    const solution = await findCuts(circuit, { ...wires, maxSubcircuits: 4 });
    expect(solution.cutCircuit.subcircuits.map(({ width }) => width)).toEqual([3, 3, 3, 3]);
    const error = await failure(circuit, { ...wires, maxSubcircuits: 3 });
    expect(error.message).toMatch(
      /proven.*maxSubcircuits 4 \(proven least\), or maxWidth 5 \(proven least\)/,
    );
  });
});

describe('findCuts', () => {
  test('cuts nothing that fits: one subcircuit per component', async () => {
    const circuit = makeCircuit(6, [gate('cx', 0, 1), gate('cx', 2, 3), gate('h', 4)]);
    const solution = await findCuts(circuit, { maxWidth: 2, ...COUNTED });
    expect(solution.cutCircuit.cuts).toEqual([]);
    expect(solution.cutCircuit.subcircuits.map(({ wires }) => wires)).toEqual([[0, 1], [2, 3], [4]]);
    expect(solution.cutCircuit.zeroBits).toEqual([5]);
    expect(solution.proven).toBe(true);
    expect(solution.lowerBound).toBe(solution.value);
    expect((await findCuts(makeCircuit(3, []), { maxWidth: 1 })).cutCircuit.subcircuits).toEqual([]);
  });

  test('says what stands in the way, and what to relax', async () => {
    const narrow = await failure(ghz(4), { maxWidth: 1, wireCutsOnly: true, ...COUNTED });
    expect(narrow).toMatchObject({ code: 'infeasible', exitCode: 3 });
    expect(narrow.message).toMatch(/proven.*maxWidth 2/);
    const single = await failure(ghz(4), { maxWidth: 3, maxSubcircuits: 1, ...COUNTED });
    expect(single.message).toMatch(/1 subcircuit .*proven.*maxWidth 4 \(proven least\), or maxSubcircuits 2/);
    const cuts = await failure(ghz(9), { maxWidth: 3, maxCuts: 2, wireCutsOnly: true, ...COUNTED });
    expect(cuts.message).toMatch(/at most 2 cuts \(proven\); use .*maxCuts 3/);
    const pieces = await failure(makeCircuit(3, [gate('cx', 0, 1), gate('h', 2)]), {
      maxWidth: 2,
      maxSubcircuits: 1,
    });
    expect(pieces.message).toMatch(/2 parts that do not touch.*maxSubcircuits 2/);
  });

  test('what the message advises is enough', async () => {
    const dense = cxCircuit(
      6,
      [0, 1].flatMap(() =>
        [0, 1, 2, 3, 4, 5].flatMap((a) => [...Array(a).keys()].map((b) => [a, b] as const)),
      ),
    );
    const wires = { wireCutsOnly: true, timeLimit: 1, ...COUNTED };
    const error = await failure(dense, { ...wires, maxWidth: 4, maxSubcircuits: 2 });
    const { maxSubcircuits, maxWidth } = error.details;
    expect(typeof maxSubcircuits).toBe('number');
    expect(typeof maxWidth).toBe('number');
    await findCuts(dense, { ...wires, maxWidth: 4, maxSubcircuits: Number(maxSubcircuits) });
    await findCuts(dense, { ...wires, maxWidth: Number(maxWidth), maxSubcircuits: 2 });
  });

  test('refuses options out of range', async () => {
    for (const options of [
      { maxWidth: 0 },
      { maxWidth: 2.5 },
      { maxWidth: 2, maxSubcircuits: 0 },
      { maxWidth: 2, maxCuts: -1 },
      { maxWidth: 2, timeLimit: 0 },
      { maxWidth: 2, ...JSON.parse('{ "objective": "speed" }') },
    ]) {
      expect((await failure(ghz(3), options)).code).toBe('usage');
    }
  });

  test('the objective cost never predicts more time than the sampling optimum, within the limits', async () => {
    await fc.assert(
      fc.asyncProperty(randomCircuit(6, 12), fc.integer({ min: 3, max: 4 }), async (circuit, maxWidth) => {
        const options = { maxWidth, timeLimit: 2, ...COUNTED };
        const sampling = await findCuts(circuit, { ...options, objective: 'sampling' });
        const cost = await findCuts(circuit, options);
        const slack = 1 + 1e-9;
        expect(cost.value).toBeLessThanOrEqual(predictCost(sampling.cutCircuit).total * slack);
        expect(cost.lowerBound ?? 0).toBeLessThanOrEqual(predictCost(sampling.cutCircuit).total * slack);
        expect(cost.lowerBound ?? 0).toBeLessThanOrEqual(cost.value);
        expect(cost.value).toBe(predictCost(cost.cutCircuit).total);
        // Two equal cx in a row are a local gate, whose cut does not count.
        const { length: maxCuts } = sampling.cutCircuit.cuts.filter(isCounted);
        const within = await findCuts(circuit, { ...options, maxCuts });
        expect(within.cutCircuit.cuts.filter(isCounted)).toHaveLength(maxCuts);
      }),
      { numRuns: 12 },
    );
  });

  test('the bound on the cost is below that of every partition', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(5, 8).filter((circuit) => twoQubitGates(circuit).length <= 6),
        fc.integer({ min: 2, max: 4 }),
        async (circuit, maxWidth) => {
          const { value, lowerBound, proven, cutCircuit } = await findCuts(circuit, {
            maxWidth,
            wireCutsOnly: true,
            ...COUNTED,
          });
          let least = Infinity;
          // Circuits that fit are not cut, even where cutting them would be quicker.
          for (const cut of allCuts(circuit, true)) {
            const needless = cutCircuit.cuts.length === 0 && cut.cuts.length > 0;
            if (needless || cut.subcircuits.some(({ width }) => width > maxWidth)) continue;
            least = Math.min(least, predictCost(cut).total);
          }
          expect(lowerBound ?? Infinity).toBeLessThanOrEqual(least * (1 + 1e-9));
          if (proven) expect(value).toBeCloseTo(least, 12);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('is deterministic for a seed', async () => {
    const circuit = cxCircuit(
      9,
      [...Array(40).keys()].map((i) => [(i * 5) % 9, (i * 7 + 3) % 9] as const).filter(([a, b]) => a !== b),
    );
    const options = { maxWidth: 7, seed: 5, objective: 'cost', ...COUNTED } as const;
    const first = await findCuts(circuit, options);
    const second = await findCuts(circuit, options);
    expect(second.cutCircuit).toEqual(first.cutCircuit);
  });

  test('ends within its time limit with an answer and an honest bound', async () => {
    const pairs = [...Array(600).keys()].map(
      (i) => [(i * 17) % 40, (i * 29 + 7 * (i >> 5) + 1) % 40] as const,
    );
    const circuit = cxCircuit(
      40,
      pairs.filter(([a, b]) => a !== b),
    );
    const solution = await findCuts(circuit, { maxWidth: 30, timeLimit: 1, objective: 'sampling' });
    expect(solution.proven).toBe(false);
    expect(solution.lowerBound).toBeLessThan(solution.value);
    expect(Math.max(...solution.cutCircuit.subcircuits.map(({ width }) => width))).toBeLessThanOrEqual(30);
  });

  test('reports what it knows on the way', async () => {
    const seen: CutProgress[] = [];
    const options = {
      maxWidth: 5,
      objective: 'sampling',
      wireCutsOnly: true,
      ...COUNTED,
      onProgress: (progress: CutProgress) => seen.push(progress),
    } as const;
    await findCuts(ghz(12), options);
    expect(seen.at(-1)).toMatchObject({ stage: 'search', cuts: 2, lowerBound: 2 });
    for (const { cuts, lowerBound } of seen) expect(lowerBound).toBeLessThanOrEqual(cuts ?? Infinity);
  });

  test('a signal ends the search, with the best cuts so far', async () => {
    const pairs = [...Array(600).keys()].map(
      (i) => [(i * 17) % 40, (i * 29 + 7 * (i >> 5) + 1) % 40] as const,
    );
    const circuit = cxCircuit(
      40,
      pairs.filter(([a, b]) => a !== b),
    );
    const abort = new AbortController();
    const found = await findCuts(circuit, {
      maxWidth: 30,
      timeLimit: 600,
      signal: abort.signal,
      onProgress: ({ cuts }) => {
        if (cuts !== undefined) abort.abort();
      },
    });
    expect(found).toMatchObject({ interrupted: true, proven: false });
    expect(found.cutCircuit.subcircuits.every(({ width }) => width <= 30)).toBe(true);
    const early = { maxWidth: 30, wireCutsOnly: true, signal: AbortSignal.abort() };
    expect((await failure(circuit, early)).code).toBe('cancelled');
  });
});
