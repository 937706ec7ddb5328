/** Circuits for `compile`, and whether what it made of one is the same. */
import { expect } from 'vitest';
import type { CompileResult } from '../../src/api/compile.js';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { gateOf } from '../../src/circuit/gates.js';
import { Random } from '../../src/circuit/random.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { runGates, unitaryOf } from './denseSimulator.js';

export function textOf(circuit: Circuit, name = 'test.qasm'): { text: string; name: string } {
  return { text: writeQasm(circuit, 2), name };
}

/** Steps exp(-i t (sum XX + YY + ZZ)) along a line, in front of them a turn of every qubit. */
export function trotter(qubits: number, steps: number): Circuit {
  const gates: Gate[] = Array.from({ length: qubits }, (_, q) => gateOf('u', [q], 0.3 + q, 0.2 * q, 1 - q));
  for (let step = 0; step < steps; step += 1) {
    for (const name of ['rxx', 'ryy', 'rzz']) {
      for (let q = 0; q + 1 < qubits; q += 1) gates.push(gateOf(name, [q, q + 1], 0.25));
    }
  }
  return makeCircuit(qubits, gates);
}

/** A chain of Toffoli gates, there and back to all but the middle, between turns of every qubit. */
export function toffolis(qubits: number): Circuit {
  const turn = (angle: number): string[] =>
    Array.from({ length: qubits }, (_, q) => `u3(${angle + q},${0.1 * q},${angle}) q[${q}];`);
  const up = Array.from({ length: qubits - 2 }, (_, q) => `ccx q[${q}],q[${q + 1}],q[${q + 2}];`);
  const text = [
    `OPENQASM 2.0; include "qelib1.inc"; qreg q[${qubits}];`,
    ...turn(0.4),
    ...up,
    ...up.toReversed().slice(1),
    ...turn(1.1),
  ];
  return readQasm(text.join('\n'));
}

/** A random circuit of cx, u and rzz in turn. */
export function randomCircuit(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'circuit');
  return Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (__, q) => q));
    if (i % 3 === 0) return gateOf('cx', [a, b]);
    return i % 3 === 1
      ? gateOf('u', [a], random.angle(), random.angle(), random.angle())
      : gateOf('rzz', [a, b], random.angle());
  });
}

/** 1 - |Tr(A^dagger B)| / 2^n by its definition. */
export function matrixDistance(a: Circuit, b: Circuit): number {
  return overlapDistance(unitaryOf(a.qubits, a.gates), unitaryOf(b.qubits, b.gates), 2 ** a.qubits);
}

/** 1 - |<a|b>| of what two circuits make of a product state without symmetry. */
export function stateDistance(a: Circuit, b: Circuit): number {
  const front = Array.from({ length: a.qubits }, (_, q) =>
    gateOf('u', [q], 0.7 + 0.31 * q, 1.3 * q, 0.2 - q),
  );
  const [x, y] = [a, b].map(({ gates }) => runGates(a.qubits, [...front, ...gates]));
  return overlapDistance(x ?? new Float64Array(), y ?? new Float64Array(), 1);
}

export function overlapDistance(x: Float64Array, y: Float64Array, norm: number): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < x.length; i += 2) {
    re += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
    im += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
  }
  return 1 - Math.hypot(re, im) / norm;
}

/** The pairs of qubits that gates are on. */
export function pairsOf({ gates }: Circuit): Set<string> {
  const ends = gates.flatMap(({ qubits: [a = 0, b] }) => (b === undefined ? [] : [[a, b] as const]));
  return new Set(ends.map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`));
}

export const ROUNDING = 1e-11;

export function expectFaithful(circuit: Circuit, result: CompileResult): void {
  const apart =
    circuit.qubits <= 8 ? matrixDistance(circuit, result.circuit) : stateDistance(circuit, result.circuit);
  // A state may be off by more than the average that the trace is: here by no more than rounding anyway.
  expect(apart).toBeLessThan(circuit.qubits <= 8 ? result.errorBound + ROUNDING : 1e-6);
  if (result.distance !== null) expect(result.distance).toBeLessThanOrEqual(result.errorBound + ROUNDING);
  expect(result.distance === null).toBe(circuit.qubits > 12);
  expect(result.errorBound).toBeLessThan(1e-6);
}

export const cxOf = ({ gates }: { readonly gates: Readonly<Record<string, number>> }): number =>
  gates['cx'] ?? 0;
