import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { predictCost } from '../../../src/cut/model/costModel.js';
import type { CutCircuit } from '../../../src/cut/model/cutCircuit.js';
import { jointGamma } from '../../../src/cut/joint/jointGamma.js';
import { samplingOverhead } from '../../../src/cut/model/overhead.js';
import { communicatingOverhead } from '../../../src/cut/search/modes/communicationSearch.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import type { CutChoices } from '../../../src/predict/cutChoices.js';
import { overheadOf, solveCuts } from '../../../src/predict/solveCuts.js';
import { AMPLE } from '../../support/budget.js';
import { testContext } from '../../support/context.js';
import { allCuts } from '../cut/bruteForce.js';
import { cxCircuit, ghz, randomCircuit, twoQubitGates } from '../cut/circuits.js';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-cuts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const context = testContext();
const widest = ({ subcircuits }: CutCircuit): number => Math.max(0, ...subcircuits.map(({ width }) => width));

function cutsFile(content: unknown, name = 'cuts'): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('cuts that a user chose', () => {
  test('in full are those, at their price, and nothing is claimed about them', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(5, 8).filter((circuit) => twoQubitGates(circuit).length > 0),
        fc.array(fc.oneof(fc.nat(2), fc.tuple(fc.nat(2), fc.nat(2))), { minLength: 8, maxLength: 8 }),
        fc.constantFrom<CutChoices>(
          {},
          { objective: 'sampling' },
          { objective: 'sampling', classicalCommunication: true },
        ),
        async (circuit, pool, choices) => {
          const parts = twoQubitGates(circuit).map((_, i) => pool[i] ?? 0);
          const found = await solveCuts(circuit, context, { ...choices, cuts: cutsFile({ parts }) });
          const cut = buildCutCircuit(circuit, parts);
          expect(found.cutCircuit).toEqual(cut);
          expect(found).toMatchObject({ proven: false, lowerBound: null });
          const value =
            choices.objective !== 'sampling'
              ? predictCost(cut).total
              : choices.classicalCommunication === true
                ? communicatingOverhead(cut)
                : samplingOverhead(cut.cuts);
          expect(found.value).toBe(value);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('in part are completed within the width, and never for less than the best completion', async () => {
    // Its ends are kept apart: of all cuts that do so, the cheapest is looked up.
    for (const [circuit, labels] of [
      [ghz(4), 'A??B'],
      [
        cxCircuit(3, [
          [0, 1],
          [1, 2],
          [2, 0],
        ]),
        'A?B',
      ],
    ] as const) {
      for (const maxWidth of [2, 3]) {
        const choices = { labels, maxWidth, objective: 'sampling', timeLimit: AMPLE } as const;
        const found = await solveCuts(circuit, context, choices);
        expect(widest(found.cutCircuit)).toBeLessThanOrEqual(maxWidth);
        const named = labels
          .split('')
          .flatMap((label, qubit) => (/[A-Z]/.test(label) ? [{ label, qubit }] : []));
        const granted = (cut: CutCircuit): boolean => {
          const places = named.map(({ qubit }) =>
            cut.subcircuits.flatMap(({ index, wires }) => (wires.includes(qubit) ? [index] : [])),
          );
          // Every segment of a named wire lies in its part, which no wire of another name enters.
          return places.every((own, i) =>
            places.every((other, j) => i === j || own.every((place) => !other.includes(place))),
          );
        };
        expect(granted(found.cutCircuit)).toBe(true);
        const all = [...allCuts(circuit)].filter((cut) => widest(cut) <= maxWidth && granted(cut));
        const least = Math.min(...all.map(({ cuts }) => samplingOverhead(cuts)));
        expect(found.value).toBeGreaterThanOrEqual(least * (1 - 1e-9));
        expect(found.lowerBound ?? 0).toBeLessThanOrEqual(least * (1 + 1e-9));
        if (found.proven) expect(found.value / least).toBeCloseTo(1, 9);
      }
    }
  });

  test('in part keep whole what an option forbids to cut', async () => {
    const choices = { labels: 'A???B', maxWidth: 4, objective: 'sampling', timeLimit: AMPLE } as const;
    const wires = await solveCuts(ghz(5), context, { ...choices, wireCutsOnly: true });
    expect(new Set(wires.cutCircuit.cuts.map(({ kind }) => kind))).toEqual(new Set(['wire']));
    const gates = await solveCuts(ghz(5), context, { ...choices, gateCutsOnly: true });
    expect(new Set(gates.cutCircuit.cuts.map(({ kind }) => kind))).toEqual(new Set(['gate']));
  });

  test('that contradict one another are refused', async () => {
    const cuts = cutsFile({ parts: [0, 1] });
    await expect(solveCuts(ghz(3), context, { cuts, labels: 'AAB' })).rejects.toThrow(/cuts and labels both/);
    await expect(solveCuts(ghz(3), context, { cuts: cutsFile({ parts: [0] }, 'short') })).rejects.toThrow(
      /"parts" has 1 entr/,
    );
    await expect(solveCuts(ghz(3), context, { cuts, maxWidth: 1 })).rejects.toThrow(/cuts\.json.*maxWidth/);
  });
});

test('overheads count cuts as they are made: one by one, together, or with communication', () => {
  const circuit = cxCircuit(4, [
    [0, 2],
    [1, 3],
    [0, 1],
    [2, 3],
  ]);
  const cut = buildCutCircuit(circuit, [[0, 1], [0, 1], 0, 1], { joint: true });
  expect(overheadOf(cut, {})).toBe(samplingOverhead(cut.cuts));
  expect(overheadOf(cut, { joint: true })).toBe(jointGamma(cut) ** 2);
  expect(overheadOf(cut, { joint: true })).toBeLessThan(overheadOf(cut, {}));
  const wires = buildCutCircuit(ghz(4), [0, 1, 2]);
  expect(overheadOf(wires, { classicalCommunication: true })).toBe(communicatingOverhead(wires));
});

test('without a width what fits into the memory is not cut', async () => {
  const found = await solveCuts(ghz(6), context, {});
  expect(found).toMatchObject({ proven: true, cutCircuit: { cuts: [] } });
  const tight = await solveCuts(ghz(12), { ...context, memory: 2 ** 12 }, { timeLimit: AMPLE });
  expect(tight.cutCircuit.cuts.length).toBeGreaterThan(0);
});

test('parts are much narrower than allowed where that width is beyond anybody', async () => {
  const { cutCircuit } = await solveCuts(ghz(200), context, { maxWidth: 150, timeLimit: AMPLE });
  expect(Math.max(...cutCircuit.subcircuits.map(({ width }) => width))).toBeLessThan(30);
});
