/** Combinatorial lower bounds for the wire-cut problem of one connected component. */
import type { WireProblem } from './wireProblem.js';

/**
 * Fewest parts that can hold a connected component. The widths of all parts add up to qubits + cuts, and k parts of
 * something connected take at least k - 1 cuts, so qubits + k - 1 <= k * maxWidth. Infinity where no number will do.
 */
export function leastParts({ qubits }: WireProblem, maxWidth: number): number {
  if (qubits <= maxWidth) return 1;
  if (maxWidth < 2) return Infinity;
  return Math.ceil((qubits - 1) / (maxWidth - 1));
}

/** No partition into at most `maxParts` parts has fewer cuts than this; Infinity where none exists. */
export function leastCuts(problem: WireProblem, maxWidth: number, maxParts: number): number {
  const parts = leastParts(problem, maxWidth);
  return parts > maxParts ? Infinity : parts - 1;
}
