/**
 * A dense state-vector simulator that is slow and obvious: the reference for tests, to about 12 qubits.
 * States are complex interleaved; bit q of an index is qubit q.
 */
import type { Circuit, Gate } from '../../src/circuit/circuit.js';
import { gateMatrix } from '../../src/circuit/gates.js';

/** The state |0...0> of n qubits. */
export function zeroState(qubits: number): Float64Array {
  const state = new Float64Array(2 * 2 ** qubits);
  state[0] = 1;
  return state;
}

/** Applies a matrix on any number of qubits; bit i of its index is qubits[i]. */
export function applyMatrix(
  state: Float64Array,
  matrix: Float64Array,
  qubits: readonly number[],
): Float64Array {
  const order = 2 ** qubits.length;
  const result = new Float64Array(state.length);
  for (let index = 0; index < state.length / 2; index++) {
    let row = 0;
    let rest = index;
    for (const [bit, q] of qubits.entries()) {
      if ((index >> q) & 1) {
        row |= 1 << bit;
        rest -= 1 << q;
      }
    }
    for (let column = 0; column < order; column++) {
      let from = rest;
      for (const [bit, q] of qubits.entries()) {
        from += ((column >> bit) & 1) << q;
      }
      const re = matrix[2 * (row * order + column)]!;
      const im = matrix[2 * (row * order + column) + 1]!;
      result[2 * index] = result[2 * index]! + re * state[2 * from]! - im * state[2 * from + 1]!;
      result[2 * index + 1] = result[2 * index + 1]! + re * state[2 * from + 1]! + im * state[2 * from]!;
    }
  }
  return result;
}

/** Runs gates on a state (default |0...0>) and returns the new state. `gphase` gates multiply by a phase. */
export function runGates(qubits: number, gates: readonly Gate[], start = zeroState(qubits)): Float64Array {
  let state = start;
  for (const gate of gates) {
    if (gate.name === 'gphase') {
      const angle = gate.params[0] ?? 0;
      state = applyMatrix(state, Float64Array.of(Math.cos(angle), Math.sin(angle)), []);
    } else {
      state = applyMatrix(state, gateMatrix(gate), gate.qubits);
    }
  }
  return state;
}

/** The matrix of a list of gates on all n qubits: row-major, complex interleaved. */
export function unitaryOf(qubits: number, gates: readonly Gate[]): Float64Array {
  const order = 2 ** qubits;
  const result = new Float64Array(2 * order * order);
  for (let column = 0; column < order; column++) {
    const start = new Float64Array(2 * order);
    start[2 * column] = 1;
    const state = runGates(qubits, gates, start);
    for (let row = 0; row < order; row++) {
      result[2 * (row * order + column)] = state[2 * row]!;
      result[2 * (row * order + column) + 1] = state[2 * row + 1]!;
    }
  }
  return result;
}

/** |amplitude|^2 of every basis state of the qubits. */
export function probabilitiesOf(state: Float64Array): Float64Array {
  return Float64Array.from(
    { length: state.length / 2 },
    (_, i) => state[2 * i]! ** 2 + state[2 * i + 1]! ** 2,
  );
}

/** The distribution over the outcome bits of a circuit: 2^(outcome bits) probabilities. */
export function outcomeDistribution(circuit: Circuit): Float64Array {
  const all = probabilitiesOf(runGates(circuit.qubits, circuit.gates));
  const result = new Float64Array(2 ** circuit.outcomes.length);
  for (const [index, probability] of all.entries()) {
    let outcome = 0;
    for (const [bit, q] of circuit.outcomes.entries()) {
      if (q >= 0 && (index >> q) & 1) {
        outcome |= 1 << bit;
      }
    }
    result[outcome] = result[outcome]! + probability;
  }
  return result;
}
