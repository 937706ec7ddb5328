/** What gives tensors their values. Whoever drives evaluators knows nothing else of them. */
import type { Subcircuit } from '../cut/model/cutCircuit.js';
import type { Context } from '../run/context.js';
import type { EvaluationShape } from '../run/resources/costs.js';
import type { MadeTensor } from '../run/tensors/tensorStore.js';

/** A tensor to fill, and its name in a store. */
export interface NamedSubcircuit {
  readonly name: string;
  readonly subcircuit: Subcircuit;
  /**
   * Pauli strings on the subcircuit's qubits, qubit 0 last: the tensor is filled once for each of them, the outcomes that
   * are not named in `subcircuit` weighed by it. They act on qubits that are neither outputs nor outcomes.
   */
  readonly strings?: readonly string[] | undefined;
}

export interface EvaluateTask {
  /** Place of the subcircuit in the list of those to evaluate. */
  readonly index: number;
  /** Places of others whose tensors have the same values. */
  readonly twins?: readonly number[] | undefined;
  /** What its time depends on. */
  readonly shape: EvaluationShape;
  /** Predicted work: amplitude updates of the isometry and additions of the Pauli transform. */
  readonly work: number;
  /** Peak memory in bytes. */
  readonly bytes: number;
  /** Size of the tensor file in bytes, and of those of its twins. */
  readonly fileBytes: number;
}

export interface Evaluator {
  /** Identity of the values of a tensor: a hash of all that they depend on. */
  key(named: NamedSubcircuit): string;
  /** What there is to do, the largest work first, so that no rank starts a long task at the end. */
  tasks(named: readonly NamedSubcircuit[]): EvaluateTask[];
  /**
   * Not collective: makes a tensor, of shape [4] * legs + [2^outcomes] (before that an axis for strings), in `file` (.npy, there whole or not at all), or
   * in memory where none is named. `onWork` hears of progress from 0 to 1.
   */
  evaluate(
    context: Context,
    named: NamedSubcircuit,
    file: string | undefined,
    onWork: (fraction: number) => void,
  ): Promise<MadeTensor>;
}
