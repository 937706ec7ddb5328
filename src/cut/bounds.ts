/** Combinatorial lower bounds for the cut problem of one connected component. */
import { leastWeight, type CutProblem } from './cutProblem.js';

/**
 * Fewest parts that can hold a connected component. The widths of all parts add up to qubits + wire cuts, and k parts
 * of something connected take at least k - 1 cuts, so qubits + k - 1 <= k * maxWidth where only wires are cut.
 * Infinity where no number will do.
 */
export function leastParts({ qubits, wiresOnly }: CutProblem, maxWidth: number): number {
  if (qubits <= maxWidth) return 1;
  if (!wiresOnly) return Math.ceil(qubits / maxWidth);
  if (maxWidth < 2) return Infinity;
  return Math.ceil((qubits - 1) / (maxWidth - 1));
}

/** No partition into at most `maxParts` parts has a lower weight than this; Infinity where none exists. */
export function leastCuts(problem: CutProblem, maxWidth: number, maxParts: number): number {
  const parts = leastParts(problem, maxWidth);
  return parts > maxParts ? Infinity : (parts - 1) * leastWeight(problem);
}
