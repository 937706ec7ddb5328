import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Circuit } from '../../../../src/circuit/circuit.js';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import { exceededLimits, LIMIT_KINDS, type CutLimits } from '../../../../src/cut/model/limits.js';
import { samplingOverhead } from '../../../../src/cut/model/overhead.js';
import {
  explainInfeasible,
  infeasiblePieces,
  infeasibleWidth,
  type InfeasibleCase,
} from '../../../../src/cut/search/infeasible.js';
import { Pace } from '../../../../src/run/resources/pace.js';
import { AMPLE, COUNTED } from '../../../support/budget.js';
import { allCuts } from '../bruteForce.js';
import { cxCircuit, ghz, randomCircuit, twoQubitGates } from '../circuits.js';

type Limits = CutLimits & { readonly maxWidth: number };

/** A search that looks at all cuts. */
function exhaustive(all: readonly CutCircuit[]): InfeasibleCase['find'] {
  return (_, options, price) => {
    const value = (cut: CutCircuit): number =>
      price === 'count'
        ? (LIMIT_KINDS.find(({ key }) => key === 'maxCuts')?.measure(cut, {}) ?? NaN)
        : samplingOverhead(cut.cuts);
    const fitting = all.filter((cut) => exceededLimits(cut, options, options).length === 0);
    const cutCircuit = fitting.sort((a, b) => value(a) - value(b))[0];
    return Promise.resolve({ cutCircuit, proven: true });
  };
}

function explained(
  circuit: Circuit,
  options: Limits,
  all: readonly CutCircuit[],
  proven = true,
): ReturnType<typeof explainInfeasible> {
  const pace = new Pace(AMPLE, undefined, COUNTED.clock);
  return explainInfeasible({ circuit, options, proven, pace, find: exhaustive(all) });
}

describe('what is said where no cuts keep to the limits', () => {
  test('names for every limit the least value that would do alone, as a search of all cuts does', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(4, 6).filter((circuit) => [1, 2, 3].includes(twoQubitGates(circuit).length)),
        fc.record({
          maxWidth: fc.integer({ min: 1, max: 3 }),
          maxCuts: fc.integer({ min: 0, max: 2 }),
          maxGates: fc.integer({ min: 1, max: 4 }),
          maxOverhead: fc.constantFrom(1, 9, 20),
        }),
        async (circuit, limits: Limits) => {
          const all = [...allCuts(circuit)];
          fc.pre(all.every((cut) => exceededLimits(cut, limits, {}).length > 0));
          const { message, details } = await explained(circuit, limits, all);
          expect(message).toContain('(proven); ');
          let alone = 0;
          for (const { key, measure, text } of LIMIT_KINDS) {
            if (limits[key] === undefined) {
              expect(details).not.toHaveProperty(key);
              continue;
            }
            const others = { ...limits, [key]: undefined };
            const values = all
              .filter((cut) => exceededLimits(cut, others, {}).length === 0)
              .map((cut) => measure(cut, {}));
            if (values.length === 0) expect(details[key]).toBeUndefined();
            else {
              alone += 1;
              const least = Math.min(...values);
              expect(details[key]).toBeCloseTo(least, 9);
              expect(message).toContain(`${key} ${text(least)} (proven least)`);
            }
          }
          if (alone === 0) expect(message).toMatch(/ with max|no limit alone was found/);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('names several limits where none alone is to blame', async () => {
    const circuit = ghz(3);
    const limits = { maxWidth: 1, maxCuts: 0, maxGates: 1, maxSubcircuits: 1 };
    const { message, details } = await explained(circuit, limits, [...allCuts(circuit)]);
    expect(message).toMatch(/; use maxSubcircuits 3 with maxCuts 2$/);
    expect(details['relax']).not.toEqual([]);
  });

  test('does not call proven what was not', async () => {
    const circuit = ghz(3);
    const { message, details } = await explained(
      circuit,
      { maxWidth: 2, maxCuts: 0 },
      [...allCuts(circuit)],
      false,
    );
    expect(message).toMatch(/\(not proven: the time limit came first, so a longer timeLimit may help\)/);
    expect(details['proven']).toBe(false);
  });

  test('speaks of the kind of cuts that was asked for', async () => {
    const circuit = cxCircuit(2, [[0, 1]]);
    const none = explained(circuit, { maxWidth: 1 }, []);
    expect((await none).message).toMatch(/^no cuts give .*; no limit alone was found that would help$/);
    const wires = { maxWidth: 1, wireCutsOnly: true };
    expect((await explained(circuit, wires, [])).message).toMatch(/^no wire cuts give/);
    const gates = { maxWidth: 1, gateCutsOnly: true };
    expect((await explained(circuit, gates, [])).message).toMatch(/^no gate cuts give/);
  });

  test('what no search is needed for is said at once', () => {
    expect(infeasibleWidth(1)).toMatchObject({ code: 'infeasible', details: { enough: 2 } });
    expect(infeasiblePieces(3, 2).message).toMatch(/3 parts that do not touch.*use maxSubcircuits 3 or more/);
  });
});
