/** Any circuit as `u3` and `cx`. */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix } from '../../circuit/gates.js';
import { consolidatedGates, cxCount, pairUnitary } from './consolidate.js';
import { mergeOneQubit } from './merge.js';
import { pairRuns } from './pairRuns.js';

/** Gates on one and two qubits as `u3` and `cx`, one-qubit gates merged. */
export function toU3Cx(gates: readonly Gate[]): Gate[] {
  const result: Gate[] = [];
  for (const gate of gates) {
    const [a, b] = gate.qubits;
    if (a !== undefined && b !== undefined && gate.name !== 'cx') {
      result.push(...consolidatedGates(gateMatrix(gate), [a, b]));
    } else {
      result.push(gate);
    }
  }
  return mergeOneQubit(result).gates;
}

/** Replaces runs of `cx` and `u3` on one pair of qubits that have more `cx` than their product needs. */
export function consolidatePairs(gates: readonly Gate[]): Gate[] {
  const result = pairRuns(gates).flatMap((run) => {
    const { pair } = run;
    const before = run.gates.filter(({ qubits }) => qubits.length === 2).length;
    if (pair === undefined || before < 2) return run.gates;
    const unitary = pairUnitary(run.gates, pair);
    return cxCount(unitary) < before ? consolidatedGates(unitary, pair) : run.gates;
  });
  return mergeOneQubit(result).gates;
}
