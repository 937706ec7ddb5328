/** Circuits for the tests of cutting: by hand, at random, and the shared ones. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { makeCircuit, type Circuit, type Gate } from '../../../src/circuit/circuit.js';
import { readQasm } from '../../../src/circuit/qasm/readQasm.js';
import { sharedFolder } from '../../support/requirements.js';

export function gate(name: string, ...qubits: number[]): Gate {
  return { name, qubits, params: [] };
}

/** A circuit of cx gates, with an h in front of every wire. */
export function cxCircuit(qubits: number, pairs: readonly (readonly [number, number])[]): Circuit {
  const front = Array.from({ length: qubits }, (_, qubit) => gate('h', qubit));
  return makeCircuit(qubits, [...front, ...pairs.map(([a, b]) => gate('cx', a, b))]);
}

/** A chain h, cx 0 1, cx 1 2, ...: the GHZ state. */
export function ghz(qubits: number): Circuit {
  const chain = Array.from({ length: qubits - 1 }, (_, i) => gate('cx', i, i + 1));
  return makeCircuit(qubits, [gate('h', 0), ...chain]);
}

export const reentrant3 = makeCircuit(3, [
  gate('h', 0),
  gate('h', 1),
  gate('h', 2),
  gate('cx', 2, 0),
  gate('t', 0),
  gate('cx', 1, 0),
  { ...gate('rx', 1), params: [0.3] },
  gate('cx', 1, 2),
  { ...gate('ry', 2), params: [0.7] },
  gate('cx', 1, 2),
  gate('h', 0),
  gate('h', 1),
  gate('h', 2),
]);

/** Random circuits of one- and two-qubit gates; wires may be idle, outcomes permuted or left out. */
export function randomCircuit(maxQubits: number, maxGates: number): fc.Arbitrary<Circuit> {
  return fc.integer({ min: 2, max: maxQubits }).chain((qubits) => {
    const qubit = fc.integer({ min: 0, max: qubits - 1 });
    const pair = fc.tuple(qubit, fc.integer({ min: 1, max: qubits - 1 }));
    const one = qubit.map((q) => gate('h', q));
    const two = pair.map(([a, step]) => gate('cx', a, (a + step) % qubits));
    const gates = fc.array(fc.oneof({ weight: 1, arbitrary: one }, { weight: 3, arbitrary: two }), {
      maxLength: maxGates,
    });
    const outcomes = fc.option(fc.shuffledSubarray([...Array.from({ length: qubits }, (_, q) => q), -1]), {
      nil: undefined,
      freq: 2,
    });
    return fc.tuple(gates, outcomes).map(([list, measured]) => ({
      ...makeCircuit(qubits, list),
      ...(measured === undefined ? {} : { outcomes: measured, measured: true }),
    }));
  });
}

export function twoQubitGates(circuit: Circuit): Gate[] {
  return circuit.gates.filter(({ qubits }) => qubits.length === 2);
}

/** A circuit of the shared folder. */
export function sharedCircuit(file: string): Circuit {
  const text = readFileSync(path.join(sharedFolder, 'circuits', file), 'utf8');
  return readQasm(text, { file });
}
