import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Circuit } from '../../../../../src/circuit/circuit.js';
import { buildCutCircuit } from '../../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../../src/cut/solution/checker.js';
import {
  completeParts,
  isComplete,
  type CutWishes,
  type PartialPart,
} from '../../../../../src/cut/search/moves/completeParts.js';
import { findCuts } from '../../../../../src/cut/search/findCuts.js';
import type { CutCircuit } from '../../../../../src/cut/model/cutCircuit.js';
import { partOfEnd, type GatePart } from '../../../../../src/cut/model/cutGraph.js';
import { partsFromLabels, readManualCuts } from '../../../../../src/cut/search/modes/manualCuts.js';
import { Pace } from '../../../../../src/run/resources/pace.js';
import { samplingOverhead } from '../../../../../src/cut/model/overhead.js';
import { KroncutError } from '../../../../../src/error.js';
import { ghz, randomCircuit, twoQubitGates } from '../../circuits.js';
import { AMPLE, COUNTED } from '../../../../support/budget.js';

const whole = (circuit: Circuit): GatePart[] => twoQubitGates(circuit).map(() => 0);

function overhead(cut: CutCircuit): number {
  return samplingOverhead(cut.cuts);
}

async function complete(circuit: Circuit, wishes: CutWishes, maxWidth?: number): Promise<GatePart[]> {
  return completeParts(circuit, wishes, whole(circuit), { maxWidth, price: overhead }, new Pace(AMPLE));
}

const someWishes = randomCircuit(5, 8).chain((circuit) => {
  const gates = twoQubitGates(circuit).length;
  const number = fc.option(fc.nat(2), { nil: null, freq: 1 });
  const part = fc.oneof(number, fc.tuple(number, number)) satisfies fc.Arbitrary<PartialPart>;
  return fc
    .record({
      parts: fc.array(part, { minLength: gates, maxLength: gates }),
      wholeGates: gates === 0 ? fc.constant<number[]>([]) : fc.array(fc.nat(gates - 1), { maxLength: 2 }),
      wholeWires: fc.array(fc.nat(circuit.qubits - 1), { maxLength: 1 }),
      source: fc.constant('my.json'),
    })
    .map((wishes) => ({ circuit, wishes }));
});

describe('completeParts', () => {
  test('random wishes are granted, or contradict one another', async () => {
    let granted = 0;
    await fc.assert(
      fc.asyncProperty(someWishes, async ({ circuit, wishes }) => {
        let parts: GatePart[];
        try {
          parts = await complete(circuit, wishes);
        } catch (error) {
          expect(error).toMatchObject({
            code: 'input',
            message: expect.stringMatching(/^my\.json: two-qubit gate \d/),
          });
          return;
        }
        granted += 1;
        expect(isComplete(parts)).toBe(true);
        checkCutCircuit(circuit, buildCutCircuit(circuit, parts));
        const ends = new Map<number, Set<number>>();
        twoQubitGates(circuit).forEach(({ qubits }, gate) => {
          const got = parts[gate] ?? -1;
          const wanted = wishes.parts[gate] ?? null;
          for (const end of [0, 1] as const) {
            const fixed = wanted === null || typeof wanted === 'number' ? wanted : wanted[end];
            if (fixed !== null) expect(partOfEnd(got, end)).toBe(fixed);
            const qubit = qubits[end] ?? -1;
            ends.set(qubit, (ends.get(qubit) ?? new Set<number>()).add(partOfEnd(got, end)));
          }
          if (wishes.wholeGates.includes(gate)) expect(typeof got).toBe('number');
        });
        for (const qubit of wishes.wholeWires) expect(ends.get(qubit)?.size ?? 1).toBe(1);
      }),
      { numRuns: 80, seed: 7 },
    );
    expect(granted).toBeGreaterThan(20);
  });

  test('the rest is chosen well', async () => {
    const chain = ghz(6);
    // Two ends of a chain are kept apart: one cx is cut in between, whichever the width leaves.
    const { parts: start } = await findCuts(chain, { maxWidth: 4, objective: 'sampling', ...COUNTED });
    const labels = partsFromLabels('A????B', chain);
    const parts = await completeParts(
      chain,
      labels,
      start,
      { maxWidth: 4, price: overhead },
      new Pace(AMPLE),
    );
    const cut = buildCutCircuit(chain, parts);
    expect(cut.cuts.map(({ kind }) => kind)).toEqual(['gate']);
    expect(Math.max(...cut.subcircuits.map(({ width }) => width))).toBeLessThanOrEqual(4);
    // Gates that must stay whole leave the wires to be cut.
    const wires = readManualCuts('{ "wholeGates": [0, 1, 2, 3, 4] }', 'my.json', chain);
    const byWires = buildCutCircuit(chain, await complete(chain, wires, 5));
    expect(byWires.cuts.every(({ kind }) => kind === 'wire')).toBe(true);
    expect(byWires.subcircuits.every(({ width }) => width <= 5)).toBe(true);
  });

  test('says which limit to relax', async () => {
    const chain = ghz(5);
    await expect(complete(chain, partsFromLabels('AAAA?', chain), 3)).rejects.toMatchObject({
      code: 'infeasible',
      message: expect.stringMatching(/complete labels AAAA\? within.*maxWidth 4/),
    });
  });

  test('ends with its time, with the best so far', async () => {
    const chain = ghz(5);
    const wishes = partsFromLabels('A???B', chain);
    const parts = await completeParts(chain, wishes, whole(chain), { price: overhead }, new Pace(0));
    expect(partOfEnd(parts[0] ?? -1, 0)).toBe(0);
    expect(partOfEnd(parts[3] ?? -1, 1)).toBe(1);
  });
});

describe('wishes', () => {
  const chain = ghz(4);

  test('labels may leave qubits open', () => {
    expect(partsFromLabels('A?.B', chain).parts).toEqual([[0, null], null, [null, 1]]);
  });

  test('files may leave gates open', () => {
    const { parts, wholeWires } = readManualCuts(
      '{ "parts": [null, [0, null], 1], "wholeWires": [3] }',
      'f',
      chain,
    );
    expect(parts).toEqual([null, [0, null], 1]);
    expect(wholeWires).toEqual([3]);
    expect(isComplete(parts)).toBe(false);
    expect(isComplete([0, [0, 1]])).toBe(true);
  });

  test.each([
    ['{ "wholeGates": [0, 3] }', /^f: entry 1 of "wholeGates" is 3.*two-qubit gate, 0 to 2/],
    ['{ "wholeWires": ["q"] }', /^f: entry 0 of "wholeWires" is "q".*qubit, 0 to 3/],
    ['{ "parts": [null, [null], 1] }', /^f: entry 1 of "parts" is \[null\].*null lets the finder decide/],
    ['{}', /^f: no list "parts"/],
  ])('%s is refused with what would be right', (text, message) => {
    expect(() => readManualCuts(text, 'f', chain)).toThrow(message);
    expect(() => readManualCuts(text, 'f', chain)).toThrow(KroncutError);
  });
});
