/** A lower bound on the predicted time of all cuts that satisfy the limits. */
import { movingSeconds, PASSES } from '../run/costs.js';
import type { CostConstants } from './costModel.js';
import type { CutCircuit } from './cutCircuit.js';
import type { CutProblem } from './cutProblem.js';

/**
 * Seconds that no cut circuit undercuts, given a proven number of bonds `leastBonds`. With k parts and c cuts of the
 * wide components the exponents of the parts add up (inputs + widths to n + 2c, outcomes + 2 ends to N + 4c), so by
 * convexity the sums over parts are least where all are equal, but for rounding to whole numbers; c >= k - components. The answer is written once, and
 * the last contraction passes over all of it.
 */
export function costLowerBound(
  cut: CutCircuit,
  wide: readonly { readonly problem: CutProblem; readonly leastParts: number }[],
  leastBonds: number,
  costs: CostConstants,
): number {
  const qubits = wide.reduce((sum, { problem }) => sum + problem.qubits, 0);
  const outcomes = wide.reduce((sum, { problem }) => sum + problem.outcomes.reduce((a, b) => a + b, 0), 0);
  const fewest = wide.reduce((sum, { leastParts }) => sum + leastParts, 0);
  const nodes = wide.reduce((sum, { problem }) => sum + problem.nodes, 0);
  let evaluate = Infinity;
  for (let parts = fewest; parts <= nodes; parts += 1) {
    const cuts = Math.max(leastBonds, parts - wide.length);
    const updates = balanced(qubits + 2 * cuts, parts);
    const values = balanced(outcomes + 4 * cuts, parts);
    evaluate = Math.min(
      evaluate,
      (costs.task + costs.call) * parts +
        costs.amplitude * updates +
        (costs.addition + 8 / costs.disk) * values +
        movingSeconds((PASSES.opened + PASSES.operand) * values, costs),
    );
  }
  const written = cut.subcircuits.reduce((sum, sub) => sum + sub.outcomes.length, 0);
  const answer = 2 ** Math.min(written, costs.outcomeBits);
  return evaluate + answer * (costs.value + costs.multiplyAdd);
}

/** Least sum of 2^x over so many whole numbers x of a given sum. */
function balanced(sum: number, parts: number): number {
  const low = Math.floor(sum / parts);
  const higher = sum - low * parts;
  return (parts + higher) * 2 ** low;
}
