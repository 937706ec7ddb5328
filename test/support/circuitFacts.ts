/** Facts about circuits that tests alone ask for. */
import type { Circuit, Gate } from '../../src/circuit/circuit.js';

export function countTwoQubitGates(gates: readonly Gate[]): number {
  return gates.reduce((count, gate) => count + (gate.qubits.length === 2 ? 1 : 0), 0);
}

/** Qubits that no gate acts on, ascending. */
export function idleQubits(circuit: Pick<Circuit, 'qubits' | 'gates'>): number[] {
  const used = new Uint8Array(circuit.qubits);
  for (const { qubits } of circuit.gates) {
    for (const q of qubits) {
      used[q] = 1;
    }
  }
  return Array.from(used.keys()).filter((q) => used[q] === 0);
}
