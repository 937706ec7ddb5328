/**
 * What can be repaired in which way. `nearest`: the closest probability distribution takes the place of an answer that is one
 * (Smolin, Gambetta, Smith, PRL 108, 070502 (2012)); `mlft`: before anything is asked, tensors are replaced by the closest that
 * subcircuits can have (Perlin, Saleem, Suchara, Osborn, npj Quantum Inf. 7, 64 (2021)).
 */
import { optionError, optionName } from '../../options/optionName.js';
import type { CutFacts } from './outcomeBits.js';
import { MOST_ARRAY_BITS } from './full.js';
import type { Repair } from '../network/repair.js';

/** Queries whose answers are distributions as a whole. */
const DISTRIBUTIONS = ['full', 'marginal', 'bins'] as const;

/** Throws `usage` where some of what is asked cannot be repaired so. */
export function checkRepair(repair: Repair, asked: readonly string[], { outcomeBits }: CutFacts): void {
  if (repair !== 'nearest') return;
  const whole: readonly string[] = DISTRIBUTIONS;
  const other = asked.find((key) => !whole.includes(key));
  if (other !== undefined) {
    const names = DISTRIBUTIONS.map((key) => optionName(key)).join(', ');
    throw optionError(
      'repair',
      ` nearest takes all values of a distribution, which ${optionName(other)} does not have; ask for ${names}, or take mlft`,
    );
  }
  if (asked.includes('full') && outcomeBits > MOST_ARRAY_BITS) {
    throw optionError(
      'repair',
      ` nearest holds the distribution of ${optionName('full')} in memory, 2^${MOST_ARRAY_BITS} values at most, and there are 2^${outcomeBits}; take mlft, or ${optionName('marginal')}`,
    );
  }
}
