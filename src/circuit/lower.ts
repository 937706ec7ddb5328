/** Gates as flat arrays, the form in which they cross to the native addon. */
import { KroncutError } from '../error.js';
import { checkGates } from './checkCircuit.js';
import type { Gate } from './circuit.js';
import { gateMatrix } from './gates.js';

/** Gates of a circuit as flat arrays. */
export interface LoweredGates {
  /** Two per gate: the qubits in the gate's order; the second is -1 for a one-qubit gate. */
  readonly targets: Int32Array;
  /**
   * 32 doubles per gate: the matrix, row-major and complex interleaved, index = bit(first) + 2 bit(second);
   * a one-qubit gate uses the first 8, the others are 0.
   */
  readonly matrices: Float64Array;
}

/** A linear map on one or two qubits; `matrix` has 8 or 32 doubles as in `LoweredGates`. */
export interface Operation {
  readonly qubits: readonly number[];
  readonly matrix: Float64Array;
}

/** Lowers gates on one or two qubits. Throws `input` for what is no gate of the table. */
export function lowerCircuit(gates: readonly Gate[]): LoweredGates {
  checkGates(gates);
  return lowerOperations(gates.map(operationOf));
}

/** What a gate of the table does. */
export function operationOf(gate: Gate): Operation {
  return { qubits: gate.qubits, matrix: gateMatrix(gate) };
}

export function lowerOperations(operations: readonly Operation[]): LoweredGates {
  const targets = new Int32Array(2 * operations.length);
  const matrices = new Float64Array(32 * operations.length);
  for (const [i, { qubits, matrix }] of operations.entries()) {
    const [first, second] = qubits;
    if (first === undefined) throw new KroncutError('internal', `operation ${i} acts on no qubit`);
    targets[2 * i] = first;
    targets[2 * i + 1] = second ?? -1;
    matrices.set(matrix, 32 * i);
  }
  return { targets, matrices };
}
