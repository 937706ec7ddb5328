import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { communication, leastCommunicating, wiresTogether } from '../../../../src/cut/joint/communication.js';
import {
  communicatingOverhead,
  findCommunicatingCuts,
} from '../../../../src/cut/search/modes/communicationSearch.js';
import type { GatePart } from '../../../../src/cut/model/cutGraph.js';
import type { Circuit } from '../../../../src/circuit/circuit.js';
import { totalGamma } from '../../../../src/cut/model/overhead.js';
import { KroncutError } from '../../../../src/error.js';
import { allCuts } from '../bruteForce.js';
import { cxCircuit, randomCircuit, reentrant3, twoQubitGates } from '../circuits.js';
import { COUNTED } from '../../../support/budget.js';

function partsOf(names: readonly number[], gates: number): GatePart[] {
  return Array.from({ length: gates }, (_, i): [number, number] => [
    names[2 * i] ?? 0,
    names[2 * i + 1] ?? 0,
  ]);
}

/** Whether wires are cut at one time: whatever the gates in between, one cut must not come after another. */
function inOneSlice(circuit: Circuit, parts: readonly GatePart[], group: readonly number[]): boolean {
  const { cuts } = buildCutCircuit(circuit, parts);
  // Cuts that each gate of each wire lies behind, gate by gate, with the numbering of the cut circuit.
  const behind: Set<number>[] = Array.from({ length: circuit.qubits }, () => new Set<number>());
  const places = wireCutPlaces(circuit, parts);
  let clash = false;
  circuit.gates.forEach(({ qubits }, position) => {
    for (const qubit of qubits) {
      const index = cuts.findIndex(
        (cut) => cut.kind === 'wire' && cut.index === places.get(`${position}:${qubit}`),
      );
      if (index < 0) continue;
      if (group.includes(index) && [...(behind[qubit] ?? [])].some((other) => group.includes(other)))
        clash = true;
      behind[qubit] = new Set([...(behind[qubit] ?? []), index]);
    }
    const [a = 0, b] = qubits;
    if (b === undefined) return;
    const part = parts[twoQubitBefore(circuit, position)];
    if (typeof part === 'object' && part[0] !== part[1]) return;
    behind[a] = behind[b] = new Set([...(behind[a] ?? []), ...(behind[b] ?? [])]);
  });
  return !clash;
}

/** Whether groups can come one after another: taking one away that waits for no other, until none is left. */
function haveOrder(
  circuit: Circuit,
  parts: readonly GatePart[],
  groups: readonly (readonly number[])[],
): boolean {
  const waits = (later: readonly number[], earlier: readonly number[]): boolean =>
    later.some((a) => earlier.some((b) => b < a && !inOneSlice(circuit, parts, [a, b])));
  let left = [...groups];
  while (left.length > 0) {
    const first = left.find((group) => left.every((other) => other === group || !waits(group, other)));
    if (first === undefined) return false;
    left = left.filter((group) => group !== first);
  }
  return true;
}

function twoQubitBefore(circuit: Circuit, position: number): number {
  return circuit.gates.slice(0, position).filter(({ qubits }) => qubits.length === 2).length;
}

/** Number of the cut in front of a gate on a qubit: cuts are counted as their gates come, wires before gates. */
function wireCutPlaces(circuit: Circuit, parts: readonly GatePart[]): Map<string, number> {
  const places = new Map<string, number>();
  const { cuts } = buildCutCircuit(circuit, parts);
  const wires = cuts.filter(({ kind }) => kind === 'wire').map(({ index }) => index);
  const current = new Map<number, number>();
  let met = 0;
  let gate = 0;
  circuit.gates.forEach(({ qubits }, position) => {
    if (qubits.length !== 2) return;
    const part = parts[gate++] ?? 0;
    qubits.forEach((qubit, end) => {
      const name = typeof part === 'number' ? part : (part[end] ?? 0);
      const before = current.get(qubit);
      current.set(qubit, name);
      if (before !== undefined && before !== name) places.set(`${position}:${qubit}`, wires[met++] ?? -1);
    });
  });
  return places;
}

/** A triangle of gates on three qubits. */
function block(a: number): [number, number][] {
  return [
    [a, a + 1],
    [a + 1, a + 2],
    [a, a + 2],
  ];
}

describe('communication', () => {
  test('wires that leave side by side are one group, one after another they are not', () => {
    const side = cxCircuit(6, [
      [0, 1],
      [1, 2],
      [3, 4],
      [4, 5],
      [2, 5],
      [1, 4],
    ]);
    const cut = buildCutCircuit(side, [0, 0, 0, 0, 1, 1]);
    expect(cut.cuts).toHaveLength(4);
    expect(communication(cut)).toEqual({ groups: [[0, 1, 2, 3]], gamma: wiresTogether(4) });
    // reentrant3: out and back again, twice; those that come back wait for those that went out.
    const back = communication(buildCutCircuit(reentrant3, [0, 0, 1, 0]));
    expect(back.groups.map((group) => group.length)).toEqual([2, 2]);
    expect(back.gamma).toBe(49);
  });

  test('groups go one way, fit into one slice each, and never cost more than one by one', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 16),
        fc.array(fc.nat(2), { minLength: 32, maxLength: 32 }),
        (circuit, names) => {
          const parts = partsOf(names, twoQubitGates(circuit).length);
          const cut = buildCutCircuit(circuit, parts);
          const { groups, gamma } = communication(cut);
          const wires = cut.cuts.filter(({ kind }) => kind === 'wire');
          expect(groups.flat().sort((a, b) => a - b)).toEqual(wires.map(({ index }) => index));
          for (const group of groups) {
            const directions = group.map((index) => `${cut.cuts[index]?.from},${cut.cuts[index]?.to}`);
            expect(new Set(directions).size).toBe(1);
            expect(inOneSlice(circuit, parts, group)).toBe(true);
          }
          const one = totalGamma(cut.cuts);
          expect(gamma).toBeLessThanOrEqual(one * (1 + 1e-12));
          expect(gamma).toBeGreaterThanOrEqual(leastCommunicating(one) * (1 - 1e-12));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('groups have an order of time together', () => {
    // Two wires go from A to B, two from B to A, each pair at one time, but not both pairs.
    const crossed = cxCircuit(8, [
      [0, 4],
      [1, 5],
      [4, 2],
      [5, 6],
      [2, 1],
      [6, 3],
      [3, 7],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(1), { minLength: 14, maxLength: 14 }), (names) => {
        const parts = partsOf(names, 7);
        const { groups } = communication(buildCutCircuit(crossed, parts));
        expect(haveOrder(crossed, parts, groups)).toBe(true);
        for (const group of groups) expect(inOneSlice(crossed, parts, group)).toBe(true);
      }),
    );
  });
});

describe('findCommunicatingCuts', () => {
  test('random circuits: between its bound and the best of all cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomCircuit(5, 8).filter((circuit) => {
          const pairs = twoQubitGates(circuit).length;
          return pairs > 1 && pairs <= 3;
        }),
        fc.integer({ min: 2, max: 3 }),
        async (circuit, maxWidth) => {
          let least = Infinity;
          for (const cut of allCuts(circuit)) {
            if (cut.subcircuits.some(({ width }) => width > maxWidth)) continue;
            least = Math.min(least, communicatingOverhead(cut));
          }
          const options = { maxWidth, objective: 'sampling', timeLimit: 2 } as const;
          const found = await findCommunicatingCuts(circuit, options);
          expect(found.value).toBe(communicatingOverhead(found.cutCircuit));
          expect(found.lowerBound ?? Infinity).toBeLessThanOrEqual(least * (1 + 1e-9));
          expect(found.value).toBeGreaterThanOrEqual(least * (1 - 1e-9));
          if (found.proven) expect(found.value / least).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('wires side by side are proven, where gates one by one would do worse', async () => {
    // Two blocks joined by three wires at one time.
    const circuit = cxCircuit(7, [
      ...block(0),
      ...block(0),
      [0, 3],
      [1, 4],
      [2, 5],
      [3, 4],
      [4, 5],
      [5, 6],
      [3, 6],
    ]);
    const options = { maxWidth: 7, maxSubcircuits: 2, objective: 'sampling', wireCutsOnly: true } as const;
    const whole = await findCommunicatingCuts(circuit, options);
    expect(whole.cutCircuit.cuts).toEqual([]);
    const wide = await findCommunicatingCuts(circuit, { ...options, maxWidth: 6, timeLimit: 4 });
    expect(wide.value).toBe(communication(wide.cutCircuit).gamma ** 2);
    expect(wide.value).toBeLessThanOrEqual(totalGamma(wide.cutCircuit.cuts) ** 2);
    expect(wide.lowerBound).toBeLessThanOrEqual(wide.value);
  });

  test('a limit on the overhead counts communication', async () => {
    const circuit = cxCircuit(6, [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 3],
      [1, 4],
      [3, 4],
      [4, 5],
      [3, 5],
    ]);
    const options = {
      maxWidth: 5,
      objective: 'sampling',
      wireCutsOnly: true,
      timeLimit: 3,
      ...COUNTED,
    } as const;
    const { value } = await findCommunicatingCuts(circuit, options);
    const within = await findCommunicatingCuts(circuit, { ...options, maxOverhead: value });
    expect(within.value).toBe(value);
    try {
      await findCommunicatingCuts(circuit, { ...options, maxOverhead: value * 0.9 });
      throw new Error('the limit does not hold');
    } catch (error) {
      if (!(error instanceof KroncutError)) throw error;
      expect(error).toMatchObject({ code: 'infeasible' });
      expect(error.message).toMatch(/use maxOverhead/);
    }
  });
});
