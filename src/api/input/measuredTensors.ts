/** The tensors of a run that are measured, on a device or as one would. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { NamedSubcircuit } from '../../evaluate/evaluator.js';
import { namedSubcircuits } from '../../evaluate/tasks.js';
import { planObservable } from '../../reconstruct/queries/observables.js';
import { parsePauliSum } from '../../reconstruct/queries/pauliSum.js';

/** Those of all subcircuits, and with a sum of Pauli strings those in other bases that it needs. Throws `usage` for no such sum. */
export function measuredTensors(cut: CutCircuit, forExpect: string | null): NamedSubcircuit[] {
  const own = namedSubcircuits(cut);
  if (forExpect === null) return own;
  return [...own, ...planObservable(cut, parsePauliSum(forExpect, cut.qubits, 'forExpect')).variants];
}
