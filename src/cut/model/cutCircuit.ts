/**
 * What cutting produces and the later stages consume: subcircuits whose tensors share bonds.
 * A wire cut is a bond of 4 values (Pauli components I, X, Y, Z in this order); see Peng et al. 2019, Eq. 2. A gate
 * cut is one of 1, 4 or 16 values, the square of the gate's operator Schmidt rank: as many Pauli components of the
 * qubits that number its terms (see circuit/gateCutBasis.ts).
 */
import type { Gate } from '../../circuit/circuit.js';

/** A cut: what the tensors of two subcircuits (or two legs of the same one) share. */
export type Cut = WireCut | GateCut;

/** A wire that is measured on one side and prepared on the other; gamma 4. */
export interface WireCut {
  readonly kind: 'wire';
  /** Number of the cut, dense from 0; `cut_out_K` and `cut_in_K` carry it. */
  readonly index: number;
  /** The wire (qubit of the original circuit) that is cut. */
  readonly qubit: number;
  /** Subcircuit that holds the upstream end (it measures) and the downstream end (it prepares). */
  readonly from: number;
  readonly to: number;
  /** The label of its one index of four values, dense from 0 over all cuts. */
  readonly bonds: readonly number[];
}

/**
 * A cut gate: one two-qubit gate, a run of them on one pair of qubits with the one-qubit gates in between, or a phase that
 * several qubits control: see `sides`.
 */
export interface GateCut {
  readonly kind: 'gate';
  /** Number of the cut, dense from 0; `cut_gate_K` carries it. */
  readonly index: number;
  /** Qubits of the original circuit that the gate acts on, and the subcircuits that hold its ends. */
  readonly qubits: readonly [number, number];
  /**
   * Where a phase is cut that three or more qubits control, its qubits on either side: the gate is `unitary`, a cp, on two bits,
   * each of which is 1 where all qubits of its side are. `qubits` are the first ones.
   */
  readonly sides?: readonly [readonly number[], readonly number[]] | undefined;
  readonly from: number;
  readonly to: number;
  /** Positions in the original circuit of the gates that are cut as one, ascending. */
  readonly gates: readonly number[];
  /** Their product: 4x4, row-major, complex interleaved; index = bit(qubits[0]) + 2 bit(qubits[1]). */
  readonly unitary: readonly number[];
  /** Labels of its indices of four values: log2 of its operator Schmidt rank; none where it shares another's. */
  readonly bonds: readonly number[];
  /** Where several cut gates have one bond: see sharedBonds.ts. */
  readonly shared?: SharedBond | undefined;
}

/** The part of one cut gate in a group that acts by one basis of one qubit, the control. */
export interface SharedBond {
  /** The first cut of the group, which has the bond. */
  readonly leader: number;
  /** The end of the gate that is its control. */
  readonly control: 0 | 1;
  /** The basis before the gate: 2x2, row-major, complex interleaved; its columns are the basis vectors. */
  readonly basis: readonly number[];
}

/** The end of a cut inside a subcircuit: `qubit` is local, 0 .. width - 1. */
export interface CutEnd {
  readonly cut: number;
  readonly qubit: number;
}

/** The end of a cut gate: it acts on `qubit` before gate number `position` of the subcircuit. */
export interface GateCutEnd extends CutEnd {
  readonly end: 0 | 1;
  readonly position: number;
  /** Further qubits of the end, where the gate has `sides`. */
  readonly others?: readonly number[] | undefined;
}

/** All local qubits of an end. */
export function qubitsOfEnd({ qubit, others = [] }: Pick<GateCutEnd, 'qubit' | 'others'>): readonly number[] {
  return [qubit, ...others];
}

/** A piece of the circuit on `width` qubits of its own, with its gates and the ends of cuts on them. */
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
  /** Ends of cut gates, in time order. */
  readonly gateEnds: readonly GateCutEnd[];
  /** Local qubits that are outcomes of the circuit, ascending by outcome bit. */
  readonly outcomes: readonly { readonly bit: number; readonly qubit: number }[];
  /** Original qubit that each local qubit carries. */
  readonly wires: readonly number[];
}

/** A circuit in pieces: its subcircuits, the cuts between them, and where each outcome bit lies. */
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
