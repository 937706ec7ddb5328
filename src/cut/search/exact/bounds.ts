/** Combinatorial lower bounds for the cut problem of one connected component. */
import { leastWeight, type CutProblem } from '../problem/cutProblem.js';

/**
 * Fewest parts that can hold a connected component. The widths of all parts add up to qubits + wire cuts, and k parts
 * of something connected take at least k - 1 cuts, so qubits + k - 1 <= k * maxWidth where only wires are cut.
 * Infinity where no number will do. Gates are the same in any number of parts, but for those that are cut.
 */
export function leastParts(problem: CutProblem, maxWidth: number): number {
  const { qubits, wiresOnly, load, edgeLoad, maxLoad } = problem;
  const heaviest = load.reduce((most, value) => Math.max(most, value), 0);
  const uncut = load.reduce((sum, value) => sum + value, 0);
  const whole = edgeLoad.reduce((sum, value) => sum + value, uncut);
  if (qubits <= maxWidth && whole <= maxLoad && problem.tooLarge !== true) return 1;
  if (problem.exactLoads && heaviest > maxLoad) return Infinity;
  const byGates = maxLoad < Infinity && problem.exactLoads ? Math.ceil(uncut / maxLoad) : 1;
  return Math.max(2, byGates, byWidth());

  function byWidth(): number {
    if (qubits <= maxWidth) return 1;
    if (!wiresOnly) return Math.ceil(qubits / maxWidth);
    if (maxWidth < 2) return Infinity;
    return Math.ceil((qubits - 1) / (maxWidth - 1));
  }
}

/** No partition into at most `maxParts` parts has a lower weight than this; Infinity where none exists. */
export function leastCuts(problem: CutProblem, maxWidth: number, maxParts: number): number {
  const parts = leastParts(problem, maxWidth);
  if (parts > maxParts) return Infinity;
  if (maxWidth > 1 || problem.wiresOnly) return (parts - 1) * leastWeight(problem);
  // The two ends of a gate take two qubits.
  return problem.weight.reduce((sum, weight, edge) => sum + (problem.enters[edge] === 1 ? 0 : weight), 0);
}
