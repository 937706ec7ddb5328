import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import {
  controlledTurns,
  diagonalGates,
  parityCoefficients,
  unwrapped,
} from '../../../../src/compile/block/parityTurns.js';
import { structuredGates } from '../../../../src/compile/block/structured.js';
import { unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const { PI } = Math;
const numbered = (count: number): number[] => [...Array(count).keys()];
const turns = (random: Random, qubits: readonly number[]): Gate[] =>
  qubits.map((q) => gateOf('u3', [q], random.angle(), random.angle(), random.angle()));

/** A diagonal matrix. */
function diagonal(phases: readonly number[]): Float64Array {
  const matrix = new Float64Array(2 * phases.length ** 2);
  for (const [i, phase] of phases.entries())
    matrix.set([Math.cos(phase), Math.sin(phase)], 2 * i * (phases.length + 1));
  return matrix;
}

function program(qubits: number, body: string): Gate[] {
  return [...readQasm(`OPENQASM 3.0; include "stdgates.inc"; qubit[${qubits}] q; ${body}`).gates];
}

/** Fourier's transform, without swaps. */
function fourier(qubits: number): Gate[] {
  return numbered(qubits).flatMap((i) => [
    gateOf('h', [i]),
    ...numbered(qubits)
      .filter((j) => j > i)
      .map((j) => gateOf('cp', [j, i], PI / 2 ** (j - i))),
  ]);
}

function expectTakenApart(qubits: number, gates: readonly Gate[], cx: number): void {
  const unitary = unitaryOf(qubits, gates);
  const found = structuredGates(unitary, numbered(qubits)) ?? [];
  expect(unitaryDistance(unitaryOf(qubits, found), unitary)).toBeLessThan(1e-24);
  expect(found.every(({ name }) => name === 'u3' || name === 'cx')).toBe(true);
  expect(countTwoQubitGates(found)).toBe(cx);
}

describe('parities and diagonals', () => {
  it('are the phases that they are of, as few turns as belong to separate gates', () => {
    const random = new Random(1, 'phases');
    for (let bits = 1; bits <= 4; bits += 1) {
      const phases = Array.from({ length: 2 ** bits }, () => random.angle());
      const [same, coefficients] = [unwrapped(phases), parityCoefficients(unwrapped(phases))];
      for (const [i, phase] of phases.entries()) {
        expect(Math.cos(valueOf(same, i) - phase)).toBeCloseTo(1, 12);
        let sum = 0;
        for (const [set, c] of coefficients) sum += onesOf(set & i) % 2 === 0 ? c : -c;
        expect(sum).toBeCloseTo(valueOf(same, i), 9);
      }
      const gates = diagonalGates(phases, numbered(bits));
      expect(unitaryDistance(unitaryOf(bits, gates), diagonal(phases))).toBeLessThan(1e-24);
      expect(countTwoQubitGates(gates)).toBe(2 ** bits - 2);
    }
    // Two cz: phases of pi that meet are a whole turn.
    const cz = numbered(16).map((i) => (((i & 3) === 3 ? PI : 0) + (i >> 2 === 3 ? PI : 0)) % (2 * PI));
    expect(countTwoQubitGates(diagonalGates(cz, [0, 1, 2, 3]))).toBe(4);
  });

  it('are walked through with as few cx as bits must change', () => {
    const walk = controlledTurns(
      3,
      [0, 1, 2],
      new Map([
        [1, 0.3],
        [2, 0.2],
        [4, 0.1],
      ]),
    );
    expect(countTwoQubitGates(walk)).toBe(6);
    expect(
      countTwoQubitGates(
        controlledTurns(
          3,
          [0, 1, 2],
          new Map([
            [7, 0.3],
            [3, 0.2],
          ]),
        ),
      ),
    ).toBe(6);
    expect(controlledTurns(3, [0, 1, 2], new Map([[0, 0.5]]))).toEqual([gateOf('rz', [3], -1)]);
  });
});

const onesOf = (mask: number): number => mask.toString(2).replaceAll('0', '').length;
const valueOf = (values: readonly number[], i: number): number => values[i] ?? Number.NaN;

describe('unitaries with structure', () => {
  const random = new Random(7, 'structure');
  const all = [0, 1, 2, 3];
  const anyPhases = numbered(16)
    .map((i) => {
      const flips = all
        .filter((q) => ((i >> q) & 1) === 0)
        .map((q) => `x q[${q}];`)
        .join('');
      return `${flips} ctrl(3) @ p(${random.angle()}) q[0],q[1],q[2],q[3]; ${flips}`;
    })
    .join('');

  it.each([
    ['CCCX', 4, program(4, 'ctrl(3) @ x q[2],q[0],q[3],q[1];'), 14],
    ['a controlled phase of four qubits', 4, program(4, 'ctrl(3) @ p(0.7) q[0],q[1],q[2],q[3];'), 14],
    ['a diagonal of four qubits', 4, program(4, anyPhases), 14],
    ['a Toffoli gate', 3, program(3, 'ccx q[0],q[1],q[2];'), 6],
    ["Fourier's transform of three qubits", 3, fourier(3), 6],
    ["Fourier's transform of four qubits", 4, fourier(4), 12],
    ['a product of a Toffoli gate and a turn', 4, program(4, 'ccx q[0],q[3],q[2]; rx(0.3) q[1];'), 6],
    ['two pairs side by side', 4, program(4, 'cx q[0],q[2]; rxx(0.4) q[1],q[3];'), 4],
    ['turns alone', 3, turns(random, [0, 1, 2]), 0],
  ] as const)('%s are taken apart, also between turns of every qubit', (_, qubits, gates, cx) => {
    expectTakenApart(qubits, gates, cx);
    const places = numbered(qubits);
    expectTakenApart(qubits, [...turns(random, places), ...gates, ...turns(random, places)], cx);
  });

  it('are exact with one control of any unitary of two qubits, and are none without a control', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const own = new Random(seed, 'controlled');
      const pair = (): Gate[] => [
        ...turns(own, [1, 2]),
        gateOf('cx', [1, 2]),
        ...turns(own, [1, 2]),
        gateOf('cx', [2, 1]),
      ];
      const gates = [...pair(), ...pair(), gateOf('cx', [0, 1]), ...pair(), gateOf('cx', [0, 2]), ...pair()];
      const unitary = unitaryOf(3, gates);
      const found = structuredGates(unitary, [0, 1, 2]) ?? [];
      expect(unitaryDistance(unitaryOf(3, found), unitary)).toBeLessThan(1e-20);
      expect(countTwoQubitGates(found)).toBeLessThanOrEqual(10);
      const more = unitaryOf(3, [
        ...gates,
        ...turns(own, [0, 1, 2]),
        gateOf('cx', [2, 0]),
        ...pair(),
        gateOf('cx', [1, 0]),
      ]);
      expect(structuredGates(more, [0, 1, 2])).toBeUndefined();
    }
  });
});
