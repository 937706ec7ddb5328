/** How much the shots of each subexperiment spread in an answer: what divides further shots best. */
import { gradientsOf, momentsOf, shotEvents, type ClosedTerm } from './gradients.js';
import type { SampledMember } from './sampledMember.js';

/** Shots at either end of what one can give that each subexperiment is taken to have had: nothing seen is not nothing there. */
const PSEUDO = 0.5;

/**
 * The standard deviation of g for one shot (see `estimate.ts`) of the sum of the terms, for each subexperiment of each of the
 * members; 0 for those that no term reads.
 */
export function shotDeviations(
  terms: readonly ClosedTerm[],
  members: readonly SampledMember[],
): Float64Array[] {
  const parts = gradientsOf(terms);
  return members.map((member) => {
    const gradients = parts.get(member);
    const deviations = new Float64Array(member.counts.shots.length);
    if (gradients === undefined) return deviations;
    let at = 0;
    for (const { events, range, shots } of shotEvents(member, gradients)) {
      const { mean, second } = momentsOf(events);
      const more = shots + 2 * PSEUDO;
      const [least, most] = range;
      const smoothMean = (shots * mean + PSEUDO * (least + most)) / more;
      const smoothSecond = (shots * second + PSEUDO * (least ** 2 + most ** 2)) / more;
      deviations[at] = Math.sqrt(Math.max(0, smoothSecond - smoothMean ** 2));
      at += 1;
    }
    return deviations;
  });
}
