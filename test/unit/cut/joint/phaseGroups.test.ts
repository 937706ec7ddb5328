/** Phases of several qubits, found again among the gates that they were taken apart into. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { controlGates, decomposeGate } from '../../../../src/circuit/decompose.js';
import { gateMatrix, gateOf } from '../../../../src/circuit/gates.js';
import { phaseGroups } from '../../../../src/cut/joint/phaseGroups.js';
import { applyMatrix, runGates } from '../../../support/denseSimulator.js';

/** The phase on all of `qubits`, as the reader takes it apart. */
function phase(qubits: readonly number[], angle: number): Gate[] {
  return controlGates([gateOf('p', [qubits.at(-1) ?? 0], angle)], qubits.slice(0, -1));
}

describe('phases of several qubits', () => {
  test.each([3, 4, 5, 6])('of %d qubits are found with their angle', (count) => {
    const qubits = [4, 1, 6, 3, 0, 5].slice(0, count);
    for (const angle of [0.7, -2.1, Math.PI]) {
      const circuit = makeCircuit(7, phase(qubits, angle));
      const [group, ...more] = phaseGroups(circuit);
      expect(more).toEqual([]);
      expect(group?.qubits).toEqual(qubits.toSorted((a, b) => a - b));
      expect(group?.positions).toEqual([...circuit.gates.keys()]);
      expect(Math.cos((group?.angle ?? 0) - angle)).toBeCloseTo(1, 12);
    }
  });

  test('ccx, ccz, c3x and cswap hold one each, and rccx none', () => {
    const counts = Object.entries({ ccx: 3, ccz: 3, c3x: 4, cswap: 3, rccx: 3 }).map(
      ([name, width]) =>
        phaseGroups(makeCircuit(5, decomposeGate(gateOf(name, [3, 0, 2, 4].slice(0, width))))).length,
    );
    expect(counts).toEqual([1, 1, 1, 1, 0]);
  });

  test('gates on other qubits may come in between, gates on its own may not', () => {
    const gates = phase([0, 1, 2], 0.4);
    const between = (gate: Gate): Circuit => makeCircuit(5, [...gates.slice(0, 2), gate, ...gates.slice(2)]);
    expect(phaseGroups(between(gateOf('cx', [3, 4])))).toHaveLength(1);
    expect(phaseGroups(between(gateOf('h', [1])))).toEqual([]);
    expect(phaseGroups(between(gateOf('cx', [4, 1])))).toEqual([]);
  });

  test('a phase of 0 is none, nor are gates that leave more than a phase of all', () => {
    expect(phaseGroups(makeCircuit(3, phase([0, 1, 2], 0)))).toEqual([]);
    expect(phaseGroups(makeCircuit(3, phase([0, 1, 2], 1).slice(0, -1)))).toEqual([]);
    const pair = gateOf('cp', [0, 1], 0.3);
    expect(phaseGroups(makeCircuit(3, [pair, ...phase([0, 1, 2], 1)]))[0]?.positions[0]).toBe(1);
  });

  test('random circuits: with each group in one place, as a phase, the circuit stays what it was', () => {
    let groups = 0;
    fc.assert(
      fc.property(fc.array(gateOnFive(), { minLength: 1, maxLength: 9 }), (lists) => {
        const circuit = makeCircuit(5, lists.flat());
        const found = phaseGroups(circuit);
        groups += found.length;
        expect(new Set(found.flatMap(({ positions }) => positions)).size).toBe(
          found.reduce((sum, { positions }) => sum + positions.length, 0),
        );
        expect(overlap(circuit, found)).toBeCloseTo(1, 12);
      }),
      { numRuns: 150 },
    );
    expect(groups).toBeGreaterThan(100);
  });
});

function gateOnFive(): fc.Arbitrary<Gate[]> {
  const qubits = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 4, maxLength: 4 });
  return fc
    .tuple(qubits, fc.nat(6), fc.double({ min: 0.1, max: 3, noNaN: true }))
    .map(([on, kind, angle]) => {
      const [a = 0, b = 1, c = 2] = on;
      const choices: Gate[][] = [
        phase(on, angle),
        decomposeGate(gateOf('ccx', [a, b, c])),
        decomposeGate(gateOf('ccz', [a, b, c])),
        phase([a, b, c], angle),
        [gateOf('cx', [a, b])],
        [gateOf('u', [a], angle, 1, 0.3)],
        [gateOf('cp', [b, c], angle)],
      ];
      return choices[kind] ?? [];
    });
}

/** |<a|b>| for a generic state through the circuit, and through the phases in place of the gates of each group. */
function overlap(circuit: Circuit, groups: ReturnType<typeof phaseGroups>): number {
  const turns = Array.from({ length: 5 }, (_, q) => gateOf('u', [q], 0.4 + q, 0.3 * q, 1 - q));
  const before = runGates(5, turns);
  let [one, other] = [before, before];
  circuit.gates.forEach((gate, position) => {
    one = applyMatrix(one, gateMatrix(gate), gate.qubits);
    const group = groups.find(({ positions }) => positions.includes(position));
    if (group === undefined) other = applyMatrix(other, gateMatrix(gate), gate.qubits);
    else if (group.positions[0] === position) {
      const order = 2 ** group.qubits.length;
      const matrix = new Float64Array(2 * order * order);
      for (let i = 0; i < order; i += 1) matrix[2 * (i * order + i)] = 1;
      matrix[2 * order * order - 2] = Math.cos(group.angle);
      matrix[2 * order * order - 1] = Math.sin(group.angle);
      other = applyMatrix(other, matrix, group.qubits);
    }
  });
  let [re, im] = [0, 0];
  for (let i = 0; i < one.length; i += 2) {
    const [a = 0, b = 0, c = 0, d = 0] = [one[i], one[i + 1], other[i], other[i + 1]];
    re += a * c + b * d;
    im += a * d - b * c;
  }
  return Math.hypot(re, im);
}
