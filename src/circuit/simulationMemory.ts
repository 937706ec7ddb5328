/** What simulating takes in memory: the figures that cutting, evaluating and comparing plan with. */
import type { Precision } from '../native/addon.js';

/** Bytes of one value of a tensor or a distribution while it is computed; files may hold fewer. */
export const VALUE_BYTES = 8;

/** Bytes of a state of 2^bits complex amplitudes. */
export function stateBytes(bits: number, precision: Precision): number {
  return 2 ** bits * (precision === 'double' ? 16 : 8);
}

/** Bytes of simulating `qubits` qubits without cuts: the state, and the probabilities of `outcomes` of them. */
export function uncutBytes(qubits: number, outcomes: number, precision: Precision): number {
  return stateBytes(qubits, precision) + VALUE_BYTES * 2 ** outcomes;
}

/**
 * Widest circuit, in qubits, that `memoryBytes` on one rank can simulate; at least 1. Wire ends multiply what a
 * subcircuit takes, so this is the least that a width can cost.
 */
export function widestWidth(memoryBytes: number): number {
  if (!(memoryBytes > 0)) return 1;
  return Math.max(1, Math.floor(Math.log2(memoryBytes / uncutBytes(0, 0, 'double'))));
}
