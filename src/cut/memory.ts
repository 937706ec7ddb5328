/** Memory that evaluating a subcircuit takes, and the width that a given memory allows. */

/**
 * Bytes per basis state of a subcircuit without cuts: one complex amplitude (16) and one probability (8). Wire ends
 * multiply it, so this is the least that a width can cost.
 */
export const BYTES_PER_BASIS_STATE = 24;

/**
 * Widest subcircuit, in qubits, that `memoryBytes` on one rank can evaluate; at least 1. This is the default of
 * `--max-width`, so that nothing is cut without need.
 */
export function widestWidth(memoryBytes: number): number {
  if (!(memoryBytes > 0)) return 1;
  return Math.max(1, Math.floor(Math.log2(memoryBytes / BYTES_PER_BASIS_STATE)));
}
