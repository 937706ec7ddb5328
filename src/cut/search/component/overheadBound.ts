/** A lower bound on the sampling overhead of all cuts, from one on weights that are rounded to whole numbers. */
import { WIRE_GAMMA, wireOverhead } from '../../model/overhead.js';
import type { CutProblem } from '../problem/cutProblem.js';

type Edges = Pick<CutProblem, 'weight' | 'logGamma' | 'unit'>;

/** Kinds of edges, and numbers of edges of each that are tried; where there are more, weights count as they are. */
const MOST_KINDS = 1000;
const MOST_STEPS = 100_000;

/** Products of many gammas, and powers of sums of their logarithms, differ by their rounding. */
const ROUNDED_DOWN = 1 - 1e-12;

/** What an edge weighs, and what it would weigh if it had not been rounded down. */
interface Kind {
  readonly weight: number;
  readonly exact: number;
}

/** The least overhead that cuts of weight `lower` or more can have. */
export function leastOverhead(problems: readonly Edges[], lower: number): number {
  const unit = problems[0]?.unit ?? 1;
  const weight = Math.ceil(lower);
  const kinds = new Map<number, number>();
  let raised = 0;
  for (const problem of problems) {
    problem.weight.forEach((rounded, edge) => {
      if (rounded === 0) return;
      const exact = (unit * (problem.logGamma[edge] ?? 0)) / Math.log(WIRE_GAMMA);
      // An edge that weighs next to nothing was raised to 1.
      raised += Math.max(0, rounded - exact);
      kinds.set(rounded, Math.min(kinds.get(rounded) ?? Infinity, Math.max(rounded, exact)));
    });
  }
  const least = leastExact(
    [...kinds].map(([rounded, exact]) => ({ weight: rounded, exact })),
    weight,
  );
  return Math.max(1, ROUNDED_DOWN * wireOverhead((least - raised) / unit));
}

/** Least exact weight of edges, any number of each kind, whose rounded weights are `total` together or more. */
function leastExact(kinds: readonly Kind[], total: number): number {
  if (kinds.length > MOST_KINDS) return total;
  const descending = kinds.toSorted((a, b) => b.weight - a.weight);
  let least = Infinity;
  let steps = 0;
  const add = (index: number, left: number, exact: number): void => {
    steps += 1;
    // Nothing is lighter than its rounded weight.
    if (exact + Math.max(0, left) >= least || steps > MOST_STEPS) return;
    if (left <= 0) {
      least = exact;
      return;
    }
    const kind = descending[index];
    if (kind === undefined) return;
    const most = Math.ceil(left / kind.weight);
    const fewest = index + 1 === descending.length ? most : 0;
    for (let count = most; count >= fewest; count -= 1) {
      add(index + 1, left - count * kind.weight, exact + count * kind.exact);
    }
  };
  add(0, total, 0);
  return steps > MOST_STEPS || least === Infinity ? total : least;
}
