/**
 * What cutting produces and the later stages consume: subcircuits whose tensors share bonds.
 * A wire cut is a bond of 4 values (Pauli components I, X, Y, Z in this order); see Peng et al. 2019, Eq. 2.
 */
import type { Gate } from '../circuit/circuit.js';

/** A cut: one index shared by the tensors of two subcircuits (or two legs of the same one). */
export interface Cut {
  readonly kind: 'wire';
  /** Number of the cut, dense from 0; `cut_out_K` and `cut_in_K` carry it. */
  readonly index: number;
  /** The wire (qubit of the original circuit) that is cut. */
  readonly qubit: number;
  /** Subcircuit that holds the upstream end (it measures) and the downstream end (it prepares). */
  readonly from: number;
  readonly to: number;
}

/** The end of a cut inside a subcircuit: `qubit` is local, 0 .. width - 1. */
export interface CutEnd {
  readonly cut: number;
  readonly qubit: number;
}

export interface Subcircuit {
  readonly index: number;
  /** Number of local qubits. */
  readonly width: number;
  /** Gates on local qubits, in time order. */
  readonly gates: readonly Gate[];
  /** Wires that enter through a cut, ascending by cut; these qubits do not start in |0>. */
  readonly inputs: readonly CutEnd[];
  /** Wires that leave through a cut, ascending by cut. */
  readonly outputs: readonly CutEnd[];
  /** Local qubits that are outcomes of the circuit, ascending by outcome bit. */
  readonly outcomes: readonly { readonly bit: number; readonly qubit: number }[];
  /** Original qubit that each local qubit carries. */
  readonly wires: readonly number[];
}

export interface CutCircuit {
  /** Qubits of the original circuit. */
  readonly qubits: number;
  /** Number of outcome bits of the original circuit. */
  readonly outcomeBits: number;
  /** Outcome bits that are 0 by construction: idle qubits and classical bits never written. */
  readonly zeroBits: readonly number[];
  readonly subcircuits: readonly Subcircuit[];
  readonly cuts: readonly Cut[];
}
