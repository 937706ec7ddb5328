/**
 * What can be done at an end of a cut when a subcircuit runs by itself, and what that tells. A *setting* is one local
 * operation; it may record a bit. Each of its outcomes (a *row*) has a frequency, which is a sum of the components that the
 * leg of the subcircuit's tensor has; the frequencies of all settings fix the components. Peng et al. (arXiv:1904.00102) for
 * wires; Mitarai and Fujii (arXiv:2006.11174) for gates, here with what their local operations tell in any frame.
 */
import type { Operation } from '../circuit/lower.js';
import type { RealMatrix } from './frame.js';
import { valueAt } from '../error.js';

/**
 * What a setting acts on: the qubit of the end, one of its further qubits by its place among `others`, or a qubit of its own
 * that starts in |0>.
 */
export type SettingQubit = 'end' | number | 'ancilla';

/** Where a cut acts in a subcircuit: local qubits, and for gates the place in `Subcircuit.gateEnds`. */
export interface SettingPlace {
  readonly qubit: number;
  readonly others?: readonly number[] | undefined;
  readonly gateEnd?: number;
}

/** The qubit that a setting means at a place. */
export function settingQubit(
  on: SettingQubit,
  { qubit, others = [] }: SettingPlace,
  ancilla: number,
): number {
  if (on === 'end') return qubit;
  return on === 'ancilla' ? ancilla : valueAt(others, on);
}

/** A step of a setting, in time order: a map on one or two qubits, or a measurement whose bit is recorded. */
export type SettingStep =
  | { readonly on: readonly SettingQubit[]; readonly matrix: Operation['matrix'] }
  | { readonly measure: SettingQubit };

/**
 * When a measurement takes place: not at all, when nothing else happens on its qubit afterwards, or in the middle of the
 * circuit.
 */
export type Recording = 'none' | 'final' | 'middle';

export interface Setting {
  /** For people and files: `Z`, `+i`, `apply X`, `measure Z`, `rotate Z 90`, ... */
  readonly label: string;
  readonly recording: Recording;
  readonly ancilla: boolean;
  /** For each place where the cut acts in the subcircuit, in time order: what is done there. */
  readonly steps: readonly (readonly SettingStep[])[];
}

/** The settings of an end, and what they tell. Rows are the outcomes of the first setting, of the second, and so on. */
export interface SettingTable {
  readonly settings: readonly Setting[];
  /** Rows of each setting: 2 where a bit is recorded (bit 0 first), else 1. */
  readonly rows: readonly number[];
  /** Frequency of a row = sum over the leg's components: rows x components. */
  readonly effects: RealMatrix;
  /** Components from frequencies, of which one row of each setting has the weight: components x rows. */
  readonly dual: (weights: readonly number[]) => RealMatrix;
}

export function rowsOf({ recording }: Setting): number {
  return recording === 'none' ? 1 : 2;
}

/** The weight of each row, where each setting has one. */
export function rowWeights(rows: readonly number[], weights: readonly number[]): number[] {
  return rows.flatMap((count, setting) => Array.from({ length: count }, () => valueAt(weights, setting)));
}
