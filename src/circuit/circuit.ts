/**
 * A quantum circuit after reading: gates on one or two qubits, then (optionally) final measurements.
 * Bit order is Qiskit's everywhere: qubit 0 is the lowest bit of an index.
 */

/**
 * One gate. `name` is a key of the gate table in `gates.ts`; `qubits` has the order of the OpenQASM call
 * (controls first); `params` are angles in radians.
 */
export interface Gate {
  readonly name: string;
  readonly qubits: readonly number[];
  readonly params: readonly number[];
}

/** A named register, as declared, for writing the circuit back and for messages. */
export interface Register {
  readonly name: string;
  readonly size: number;
}

/**
 * A circuit of gates on one and two qubits in order of time. Outcome bit i is qubit `outcomes[i]`; qubits that are
 * not among them are summed away.
 */
export interface Circuit {
  /** Number of qubits; gates use 0 .. qubits - 1. */
  readonly qubits: number;
  /** Gates on one or two qubits, in time order. Wider gates were decomposed while reading. */
  readonly gates: readonly Gate[];
  /** Quantum registers in the order declared; their sizes add up to `qubits`. */
  readonly qubitRegisters: readonly Register[];
  /** Classical registers in the order declared; empty if the source has none. */
  readonly bitRegisters: readonly Register[];
  /**
   * Outcome bit i is read from qubit `outcomes[i]`; -1 marks a classical bit that nothing is measured into
   * (always 0). Without measurements in the source this is 0, 1, ..., qubits - 1.
   */
  readonly outcomes: readonly number[];
  /** True where the source ends in measurements (`outcomes` then follows the classical bits). */
  readonly measured: boolean;
}

/** Wraps gates into a circuit with one register `q` and no measurements. */
export function makeCircuit(qubits: number, gates: readonly Gate[]): Circuit {
  return {
    qubits,
    gates,
    qubitRegisters: [{ name: 'q', size: qubits }],
    bitRegisters: [],
    outcomes: Array.from({ length: qubits }, (_, q) => q),
    measured: false,
  };
}
