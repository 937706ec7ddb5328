/**
 * Maximum-likelihood fragments (Perlin, Saleem, Suchara, Osborn, npj Quantum Inf. 7, 64 (2021)): the tensor of counts is replaced
 * by the nearest one that some subcircuit could have. Where noise is normal, alike in all components and for each outcome as large
 * as its share of the shots says, that is the most likely one (Smolin, Gambetta, Smith, PRL 108, 070502 (2012)). It has Choi matrices without negative eigenvalues, and what is
 * certain of it, such as the trace of what comes out for anything that goes in, is as it was. Such tensors are what two convex
 * sets have in common, and Dykstra's projections find the nearest (Boyle and Dykstra 1986).
 */
import { hermitianEigen } from '../../circuit/hermitianEigen.js';
import type { Subcircuit } from '../../cut/model/cutCircuit.js';
import { numberAt } from '../../error.js';
import type { CutEndSettings } from '../subexperiments.js';
import { ChoiForm, transposedLegs } from './choi.js';
import { applyEach, endFrames, leastWeight } from './endFrames.js';
import { clipNegative } from './clipNegative.js';

const MOST_ROUNDS = 100;
/** Share of what is certain alone in the result, below which it is taken as found. */
const NEAR = 1e-3;
/** Of the largest: smaller weights of a branch are taken as none. */
const NO_WEIGHT = 1e-9;
/** Of an outcome, of what all have on average. */
const LEAST_SHARE = 1e-6;
/** Of the values of a tensor. */
const ROUNDING = 1e-14;

/**
 * The repaired tensor: [4] * legs + [2^outcomes], as `tensorOfCounts` gives it. `onWork` hears of progress from 0 to 1, and is
 * waited for.
 */
export async function repairedFragment(
  tensor: Float64Array,
  subcircuit: Pick<Subcircuit, 'gateEnds' | 'outcomes'>,
  ends: readonly CutEndSettings[],
  onWork: (fraction: number) => Promise<void> = async () => {},
): Promise<Float64Array> {
  const form = new ChoiForm(transposedLegs(subcircuit, ends));
  const frames = endFrames(subcircuit, ends);
  const certain = frames.map((frame) => frame.certain);
  const outcomes = 2 ** subcircuit.outcomes.length;
  const values = applyEach(
    frames.map(({ scale }) => scale),
    tensor.slice(),
  );
  const wanted = applyEach(certain, sums(values, outcomes));
  const shares = outcomeShares(form, values, outcomes);
  const spread = form.toMatrix(wanted, 0, 1);
  // What the projection on positive matrices took away in the round before.
  const taken = new Float64Array(values.length);
  // A branch that weighs little stands in the tensor as a difference of large numbers.
  const rounding = ROUNDING / leastWeight(frames);
  let share = 1;
  for (let round = 0; round < MOST_ROUNDS && share > NEAR; round += 1) {
    for (let outcome = 0; outcome < outcomes; outcome += 1) {
      clipOutcome(form, values, taken, outcome, outcomes);
      await onWork((round + outcome / outcomes) / MOST_ROUNDS);
    }
    const found = applyEach(certain, sums(values, outcomes));
    const change = wanted.map((value, i) => value - numberAt(found, i));
    for (let i = 0; i < values.length; i += 1)
      values[i] = values[i]! + shares[i % outcomes]! * change[Math.floor(i / outcomes)]!;
    share = shareToMend(form.toMatrix(change, 0, 1), spread, { n: form.size, rounding });
  }
  // Positive matrices plus `change` may have small negative eigenvalues; a little of what is certain lifts them.
  for (let i = 0; i < values.length; i += 1)
    values[i] = (1 - share) * values[i]! + share * shares[i % outcomes]! * wanted[Math.floor(i / outcomes)]!;
  return applyEach(
    frames.map(({ unscale }) => unscale),
    values,
  );
}

/** In place: one outcome's matrix plus what was taken from it loses its negative eigenvalues, and that is taken now. */
function clipOutcome(
  form: ChoiForm,
  values: Float64Array,
  taken: Float64Array,
  outcome: number,
  outcomes: number,
): void {
  for (let i = outcome; i < values.length; i += outcomes) {
    values[i] = values[i]! + taken[i]!;
    taken[i] = values[i]!;
  }
  const matrix = form.toMatrix(values, outcome, outcomes);
  clipNegative(matrix);
  form.toComponents(matrix, values, outcome, outcomes);
  for (let i = outcome; i < values.length; i += outcomes) taken[i] = taken[i]! - values[i]!;
}

/** Share of each outcome in all shots: the trace of its matrix. What was hardly seen keeps a little, so that nothing is divided by 0. */
export function outcomeShares(form: ChoiForm, values: Float64Array, outcomes: number): Float64Array {
  const traces = Float64Array.from({ length: outcomes }, (_, outcome) => {
    const matrix = form.toMatrix(values, outcome, outcomes);
    let trace = 0;
    for (let i = 0; i < form.size; i += 1) trace += matrix[2 * i * (form.size + 1)]!;
    return Math.max(0, trace);
  });
  const least = (LEAST_SHARE * traces.reduce((sum, trace) => sum + trace, 0)) / outcomes;
  const sum = traces.reduce((all, trace) => all + trace + least, 0);
  return traces.map((trace) => (trace + least) / sum);
}

/** Sums over outcomes. */
function sums(tensor: Float64Array, outcomes: number): Float64Array {
  const result = new Float64Array(tensor.length / outcomes);
  for (let i = 0; i < tensor.length; i += 1) {
    const at = Math.floor(i / outcomes);
    result[at] = result[at]! + tensor[i]!;
  }
  return result;
}

/** t with (1 - t) (Y + change) + t spread >= 0 for any Y >= 0, but for rounding; `spread` is diagonal. */
function shareToMend(
  change: Float64Array,
  spread: Float64Array,
  { n, rounding }: { readonly n: number; readonly rounding: number },
): number {
  const weights = Float64Array.from({ length: n }, (_, i) => numberAt(spread, 2 * i * (n + 1)));
  const least = NO_WEIGHT * weights.reduce((most, weight) => Math.max(most, weight), 0);
  const scaled = new Float64Array(2 * n * n);
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < n; column += 1) {
      const [one, other] = [numberAt(weights, row), numberAt(weights, column)];
      if (one <= least || other <= least) continue;
      const at = 2 * (row * n + column);
      const scale = 1 / Math.sqrt(one * other);
      scaled[at] = scale * change[at]!;
      scaled[at + 1] = scale * change[at + 1]!;
    }
  }
  const lowest = hermitianEigen(scaled).values.reduce((low, value) => Math.min(low, value + rounding), 0);
  return -lowest / (1 - lowest);
}
