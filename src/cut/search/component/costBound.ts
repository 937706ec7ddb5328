/** A lower bound on the predicted time of all cuts that satisfy the limits. */
import { evaluationSeconds, evaluationWork, movingSeconds, PASSES } from '../../../run/resources/costs.js';
import { shapesOf, type CostConstants } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import type { CutProblem } from '../problem/cutProblem.js';

/**
 * Seconds that no cut circuit undercuts, given a proven number of bonds `leastBonds`. With k parts and c cuts of the
 * wide components the exponents of the parts add up (inputs + widths to n + 2c, outcomes + 2 ends to N + 4c), so by
 * convexity the sums over parts are least where all are equal, but for rounding to whole numbers; c >= k - components.
 * What is not cut costs the same always. The answer is written once, and the last contraction passes over all of it; where the
 * circuit is connected, that sums over one bond at least.
 */
export function costLowerBound(
  cut: CutCircuit,
  wide: readonly { readonly problem: CutProblem; readonly leastParts: number }[],
  leastBonds: number,
  costs: CostConstants,
): number {
  const qubits = wide.reduce((sum, { problem }) => sum + problem.qubits, 0);
  const { terms } = costs;
  const isClosed = terms !== undefined;
  const all = wide.reduce((sum, { problem }) => sum + problem.outcomes.reduce((a, b) => a + b, 0), 0);
  const outcomes = isClosed ? 0 : all;
  const fewest = wide.reduce((sum, { leastParts }) => sum + leastParts, 0);
  const nodes = wide.reduce((sum, { problem }) => sum + problem.nodes, 0);
  const passes = PASSES.opened + PASSES.operand;
  // Where a gate is cut for nothing, what it joined might as well be one subcircuit.
  const local = cut.cuts.some(({ bonds }) => bonds.length === 0);
  const whole = shapesOf(cut).filter(({ inputs, outputs }) => !local && inputs + outputs === 0);
  let fixed = 0;
  for (const { gates, width, outcomes: own } of whole) {
    const shape = { gates, stateBits: width, legs: 0, outcomes: isClosed ? 0 : own, strings: terms };
    const { compute, store } = evaluationSeconds(shape, costs);
    fixed += compute + store + movingSeconds(passes * evaluationWork(shape).values, costs);
  }
  let least = Infinity;
  for (let parts = fewest; parts <= nodes; parts += 1) {
    const cuts = Math.max(leastBonds, parts - wide.length);
    const updates = balanced(qubits + 2 * cuts, parts);
    const values = balanced(outcomes + 4 * cuts, parts);
    // Two parts have all the ends each. A string of a term takes at least one addition a value.
    const legs = !isClosed && parts === 2 && wide.length === 1 ? cuts : 1;
    least = Math.min(
      least,
      costs.task * parts +
        costs.call * (2 * (parts + whole.length) - 1) +
        costs.amplitude * updates +
        (legs * costs.addition + 8 / costs.disk) * values +
        movingSeconds(passes * values, costs),
    );
  }
  const written = cut.subcircuits.reduce((sum, sub) => sum + sub.outcomes.length, 0);
  const answer = isClosed ? 1 : 2 ** Math.min(written, costs.outcomeBits);
  const connected = wide.length === 1 && cut.subcircuits.every((_, i) => isCut(cut, i));
  return fixed + least + answer * (costs.value + (connected ? 4 : 1) * costs.multiplyAdd);
}

function isCut(cut: CutCircuit, index: number): boolean {
  return cut.cuts.some(({ from, to, bonds }) => bonds.length > 0 && (from === index || to === index));
}

/** Least sum of 2^x over so many whole numbers x of a given sum. */
function balanced(sum: number, parts: number): number {
  const low = Math.floor(sum / parts);
  const higher = sum - low * parts;
  return (parts + higher) * 2 ** low;
}
