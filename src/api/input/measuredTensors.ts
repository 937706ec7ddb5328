/** The tensors of a run that devices measure. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { MeasuredTensor } from '../../evaluate/exchange/experiments.js';
import { namedSubcircuits } from '../../evaluate/tasks.js';
import { planObservable } from '../../reconstruct/queries/observables.js';
import { parsePauliSum } from '../../reconstruct/queries/pauliSum.js';

/** Those of all subcircuits, and with a sum of Pauli strings those in other bases that it needs. Throws `usage` for no such sum. */
export function measuredTensors(cut: CutCircuit, forExpect: string | undefined): MeasuredTensor[] {
  const own = namedSubcircuits(cut);
  if (forExpect === undefined) return own;
  return [...own, ...planObservable(cut, parsePauliSum(forExpect, cut.qubits)).variants];
}
