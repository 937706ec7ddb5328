/** Frequencies of a subexperiment by a state vector for each pattern of recorded bits: slow and obvious. */
import { gateMatrix } from '../../src/circuit/gates.js';
import type { SubexperimentCircuit } from '../../src/subexperiments/subexperimentCircuit.js';
import { applyMatrix, zeroState } from './denseSimulator.js';

/** [recorded bits, the first the lowest] x [outcomes]. */
export function subexperimentFrequencies({
  qubits,
  steps,
  recorded,
  outcomes,
}: SubexperimentCircuit): Float64Array {
  const result = new Float64Array(2 ** (recorded + outcomes.length));
  for (let pattern = 0; pattern < 2 ** recorded; pattern += 1) {
    let state = zeroState(qubits);
    for (const step of steps) {
      if (step.kind === 'gate') state = applyMatrix(state, gateMatrix(step.gate), step.gate.qubits);
      else if (step.kind === 'map') state = applyMatrix(state, step.matrix, step.qubits);
      else {
        const wanted = (pattern >> step.bit) & 1;
        state = state.map((value, i) => ((((i >> 1) >> step.qubit) & 1) === wanted ? value : 0));
      }
    }
    for (let i = 0; i < state.length / 2; i += 1) {
      const outcome = outcomes.reduce((sum, qubit, bit) => sum + ((i >> qubit) & 1) * 2 ** bit, 0);
      const at = pattern * 2 ** outcomes.length + outcome;
      result[at] = (result[at] ?? 0) + (state[2 * i] ?? 0) ** 2 + (state[2 * i + 1] ?? 0) ** 2;
    }
  }
  return result;
}
