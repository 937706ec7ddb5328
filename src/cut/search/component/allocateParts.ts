/** Shares a limit on subcircuits among the connected components of a circuit. */
import type { ComponentSearch, Outcome } from './componentSearch.js';
import type { Candidate } from '../problem/candidate.js';

/** The fewest cuts found for the whole circuit, one candidate per component, and the proven bound. */
export interface Allocation {
  readonly best: { readonly candidates: readonly Candidate[]; readonly cuts: number } | undefined;
  /** Infinity: no cuts satisfy the limits. */
  readonly lower: number;
}

/**
 * Fewest cuts of all components together with at most `maxParts` parts in all. Every component is first given all
 * that the others can spare; where the answers do not fit together, a dynamic program over numbers of parts decides.
 */
export async function allocateParts(
  searches: readonly ComponentSearch[],
  maxParts: number,
  seconds: number,
): Promise<Allocation> {
  const needed = searches.reduce((sum, { leastParts }) => sum + leastParts, 0);
  if (needed > maxParts) return { best: undefined, lower: Infinity };
  const wide = searches.filter(({ leastParts }) => leastParts > 1).length;
  const spare = maxParts - needed;
  const solve = (search: ComponentSearch, parts: number): Promise<Outcome> =>
    search.solve(parts, seconds / Math.max(1, wide));

  const free: Outcome[] = [];
  for (const search of searches) free.push(await solve(search, search.leastParts + spare));
  const lower = free.reduce((sum, outcome) => sum + outcome.lower, 0);
  const candidates = free.flatMap(({ best }) => best ?? []);
  const used = candidates.reduce((sum, { parts }) => sum + parts, 0);
  if (candidates.length < free.length) return { best: undefined, lower };
  if (used <= maxParts) return { best: { candidates, cuts: cutsOf(candidates) }, lower };

  // bound[p] and best[p]: components so far with at most p parts above the least.
  let bound = new Float64Array(spare + 1);
  let best: (readonly Candidate[] | undefined)[] = Array.from({ length: spare + 1 }, () => []);
  for (const search of searches) {
    const outcomes: Outcome[] = [];
    const most = search.leastParts > 1 ? spare : 0;
    for (let extra = 0; extra <= most; extra += 1)
      outcomes.push(await solve(search, search.leastParts + extra));
    const nextBound = new Float64Array(spare + 1).fill(Infinity);
    const nextBest = best.map((): readonly Candidate[] | undefined => undefined);
    for (let total = 0; total <= spare; total += 1) {
      outcomes.slice(0, total + 1).forEach((outcome, extra) => {
        nextBound[total] = Math.min(
          nextBound[total] ?? Infinity,
          (bound[total - extra] ?? Infinity) + outcome.lower,
        );
        const others = best[total - extra];
        if (outcome.best === undefined || others === undefined) return;
        const joined = [...others, outcome.best];
        const current = nextBest[total];
        if (current === undefined || cutsOf(joined) < cutsOf(current)) nextBest[total] = joined;
      });
    }
    bound = nextBound;
    best = nextBest;
  }
  const chosen = best[spare];
  return {
    best: chosen && { candidates: chosen, cuts: cutsOf(chosen) },
    lower: Math.max(lower, bound[spare] ?? 0),
  };
}

function cutsOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { cuts }) => sum + cuts, 0);
}
