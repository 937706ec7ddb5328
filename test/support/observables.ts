/** Sums of Pauli strings, and their values by the dense simulation. */
import type { Circuit } from '../../src/circuit/circuit.js';
import { gateOf } from '../../src/circuit/gates.js';
import { parsePauliSum } from '../../src/reconstruct/queries/pauliSum.js';
import { runGates } from './denseSimulator.js';

/** <psi|P|psi> term by term, from the state and P|psi>. */
export function exactExpectation(circuit: Circuit, sum: string): number {
  const state = runGates(circuit.qubits, circuit.gates);
  return parsePauliSum(sum, circuit.qubits).reduce((total, { coefficient, paulis }) => {
    const gates = paulis.map(({ qubit, pauli }) => gateOf(pauli.toLowerCase(), [qubit]));
    const turned = runGates(circuit.qubits, gates, state);
    return total + coefficient * state.reduce((inner, value, i) => inner + value * (turned[i] ?? 0), 0);
  }, 0);
}

/** Numbers from 0 to below `most`, the same for a seed. */
function numbers(seed: number): (most: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** The identity, and random strings, each with a coefficient. */
export function randomSum(qubits: number, terms: number, seed: number): string {
  const next = numbers(seed);
  const strings = Array.from({ length: terms }, () =>
    Array.from({ length: qubits }, () => 'IIXYZ'[next(5)] ?? 'I').join(''),
  );
  return ['I'.repeat(qubits), ...strings]
    .map((string, i) => `${i % 3 === 0 ? '-' : '+'} ${0.5 + (i % 7)}*${string}`)
    .join(' ');
}
