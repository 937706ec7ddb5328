/** How many shots each subexperiment gets of those that there are in all. */
import { KroncutError, numberAt, valueAt } from '../error.js';
import { optionName } from '../options/optionName.js';
import { entry } from './frame.js';
import { settingNumbers, subexperimentCount, type CutEndSettings } from './subexperiments.js';

/**
 * `even`: to all alike; `weight`: by how much a subexperiment's frequencies weigh in the tensor, whatever is asked; `query`:
 * by how much they spread in the answer to a question, as far as shots before have told.
 */
export type Allocation = 'even' | 'weight' | 'query';

/**
 * Shots of each subexperiment, for each of several subcircuits, in proportion to weights: whole numbers of the given sum, at
 * least one each, the largest remainders rounded up. Throws `usage` where there are fewer shots than subexperiments.
 */
export function allocate(weights: readonly Float64Array[], shots: number): Float64Array[] {
  const all = joined(weights);
  requireShots(all.length, shots);
  const sum = all.reduce((total, weight) => total + weight, 0);
  const left = shots - all.length;
  const shares = all.map((weight) => (sum > 0 ? (left * weight) / sum : left / all.length));
  const more = wholeNumbers(shares, left);
  return divided(
    more.map((each) => 1 + each),
    weights,
  );
}

/** Throws `usage` where there are fewer shots than subexperiments. */
export function requireShots(subexperiments: number, shots: number): void {
  if (shots >= subexperiments) return;
  throw new KroncutError(
    'usage',
    `${optionName('shots')} ${shots} is fewer than one for each of ${subexperiments} subexperiments; give at least ${subexperiments}`,
  );
}

/** Of all shots, those of a pilot. */
const PILOT_SHARE = 0.1;
/** Shots of each subexperiment that tell enough of how much it spreads, where half of all shots are as many. */
const PILOT_EACH = 10;

/** Shots of a pilot, of so many in all. */
export function pilotShots(subexperiments: number, shots: number): number {
  const enough = Math.min(PILOT_EACH * subexperiments, Math.floor(shots / 2));
  return Math.max(subexperiments, enough, Math.round(PILOT_SHARE * shots));
}

/**
 * Shots to add to those that subexperiments had, so that there are `shots` in all and the variance of an answer, the sum of
 * deviation^2 / shots, is least (Neyman 1934): shots in proportion to deviations, but none taken back.
 */
export function allocateMore(
  deviations: readonly Float64Array[],
  before: readonly Float64Array[],
  shots: number,
): Float64Array[] {
  const [spread, had] = [joined(deviations), joined(before)];
  const left = shots - had.reduce((sum, each) => sum + each, 0);
  if (left <= 0) return before.map(({ length }) => new Float64Array(length));
  if (!spread.some((deviation) => deviation > 0)) return allocateEvenly(before, left);
  // Those with the most shots already for their deviation get none, the others come to one ratio.
  const ratio = (i: number): number => numberAt(had, i) / numberAt(spread, i);
  const order = Array.from(spread.keys())
    .filter((i) => numberAt(spread, i) > 0)
    .sort((a, b) => ratio(a) - ratio(b) || a - b);
  let [together, sum, level] = [0, left, 0];
  for (const [place, i] of order.entries()) {
    together += numberAt(spread, i);
    sum += numberAt(had, i);
    level = sum / together;
    const next = order[place + 1];
    if (next === undefined || level <= ratio(next)) break;
  }
  const shares = spread.map((deviation, i) => Math.max(0, level * deviation - numberAt(had, i)));
  return divided(wholeNumbers(shares, left), deviations);
}

function allocateEvenly(like: readonly Float64Array[], shots: number): Float64Array[] {
  const all = joined(like);
  return divided(wholeNumbers(all.fill(shots / all.length), shots), like);
}

/** Shots that bring the standard error of an answer to a value, divided as they are best (Neyman). */
export function shotsForError(deviations: readonly Float64Array[], standardError: number): number {
  const sum = joined(deviations).reduce((total, deviation) => total + deviation, 0);
  return Math.ceil((sum / standardError) ** 2);
}

/** Whole numbers that add up to `sum`, as the shares do up to rounding: the largest remainders are rounded up. */
function wholeNumbers(shares: Float64Array, sum: number): Float64Array {
  const given = shares.map(Math.floor);
  const byRemainder = Array.from(shares.keys()).sort(
    (a, b) => (numberAt(shares, b) % 1) - (numberAt(shares, a) % 1) || a - b,
  );
  let rest = sum - given.reduce((total, each) => total + each, 0);
  for (const i of byRemainder) {
    if (rest <= 0) break;
    given[i] = numberAt(given, i) + 1;
    rest -= 1;
  }
  return given;
}

function joined(lists: readonly Float64Array[]): Float64Array {
  return Float64Array.from(lists.flatMap((each) => [...each]));
}

/** Numbers in pieces of the lengths of these. */
function divided(all: Float64Array, like: readonly { readonly length: number }[]): Float64Array[] {
  let begin = 0;
  return like.map(({ length }) => all.slice(begin, (begin += length)));
}

/** What allocation by a rule goes by, for each subexperiment of a subcircuit. */
export function allocationWeights(ends: readonly CutEndSettings[], rule: 'even' | 'weight'): Float64Array {
  const count = subexperimentCount(ends);
  if (rule === 'even') return new Float64Array(count).fill(1);
  const norms = ends.map(({ table }) => {
    const dual = table.dual(table.settings.map(() => 1));
    let begin = 0;
    return table.rows.map((rows) => {
      let norm = 0;
      for (let row = begin; row < begin + rows; row += 1) {
        for (let component = 0; component < dual.rows; component += 1)
          norm += Math.abs(entry(dual, component, row));
      }
      begin += rows;
      return norm / rows;
    });
  });
  return Float64Array.from({ length: count }, (_, subexperiment) =>
    settingNumbers(ends, subexperiment).reduce(
      (product, setting, end) => product * valueAt(valueAt(norms, end), setting),
      1,
    ),
  );
}
