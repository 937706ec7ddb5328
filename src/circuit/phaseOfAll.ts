/** Phases on the state where all of several qubits are 1, as operations on one and two of them. */
import { controlledPhase } from './decompose.js';
import { gateMatrix, gateOf } from './gates.js';
import { valueAt } from '../error.js';
import { operationOf, type Operation } from './lower.js';

/** exp(i angle) where all the qubits are 1. */
export function phaseOfAll(qubits: readonly number[], angle: number): Operation[] {
  return controlledPhase(qubits, angle).map(operationOf);
}

/** Flips `target` where all the qubits are 1. */
export function allOnes(qubits: readonly number[], target: number): Operation[] {
  const h = operationOf(gateOf('h', [target]));
  return [h, ...phaseOfAll([...qubits, target], Math.PI), h];
}

/** The angle of a cp from its matrix. */
export function controlledPhaseAngle(matrix: ArrayLike<number>): number {
  return Math.atan2(valueAt(matrix, 31), valueAt(matrix, 30));
}

/** The matrix of cp, as in `gates.ts`. */
export function controlledPhaseMatrix(angle: number): Float64Array {
  return gateMatrix(gateOf('cp', [0, 1], angle));
}
