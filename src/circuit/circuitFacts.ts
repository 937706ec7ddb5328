/** Simple facts about circuits. */
import type { Circuit, Gate } from './circuit.js';
import { valueAt } from '../error.js';

/** How often each gate occurs, by name, most frequent first. */
export function countGates(gates: readonly Gate[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of gates) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

export function countTwoQubitGates(gates: readonly Gate[]): number {
  return gates.reduce((count, gate) => count + (gate.qubits.length === 2 ? 1 : 0), 0);
}

/** Number of layers when every gate runs as early as it can. */
export function circuitDepth(circuit: Pick<Circuit, 'qubits' | 'gates'>): number {
  return depthOf(circuit, 1);
}

/** The same of two-qubit gates alone: gates on one qubit take no time. */
export function twoQubitDepth(circuit: Pick<Circuit, 'qubits' | 'gates'>): number {
  return depthOf(circuit, 2);
}

/** Layers of gates on so many qubits or more. */
function depthOf(circuit: Pick<Circuit, 'qubits' | 'gates'>, least: 1 | 2): number {
  const ready = new Int32Array(circuit.qubits);
  let depth = 0;
  for (const { qubits } of circuit.gates) {
    if (qubits.length < least) continue;
    const layer = qubits.reduce((latest, q) => Math.max(latest, valueAt(ready, q)), 0) + 1;
    for (const q of qubits) {
      ready[q] = layer;
    }
    depth = Math.max(depth, layer);
  }
  return depth;
}
