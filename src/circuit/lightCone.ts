/** The part of a circuit that some outcome bits depend on. */
import type { Circuit, Gate } from './circuit.js';

/**
 * The circuit without the gates that cannot reach the outcome bits `bits`: a gate is kept if, later on, one of its
 * qubits is read into one of them or meets a gate that is kept. Other outcome bits are no longer read (they count as
 * 0), so the result answers questions about `bits` alone.
 */
export function lightCone(circuit: Circuit, bits: readonly number[]): Circuit {
  const asked = new Set(bits);
  const reached = new Set<number>();
  for (const bit of asked) reached.add(circuit.outcomes[bit] ?? -1);
  const gates: Gate[] = [];
  for (const gate of circuit.gates.toReversed()) {
    if (!gate.qubits.some((qubit) => reached.has(qubit))) continue;
    gates.push(gate);
    for (const qubit of gate.qubits) reached.add(qubit);
  }
  const outcomes = circuit.outcomes.map((qubit, bit) => (asked.has(bit) ? qubit : -1));
  return {
    ...circuit,
    gates: gates.toReversed(),
    outcomes,
    // Registers that nothing is measured into may have fewer bits than there are outcomes.
    bitRegisters: circuit.measured ? circuit.bitRegisters : [{ name: 'c', size: outcomes.length }],
    measured: true,
  };
}
