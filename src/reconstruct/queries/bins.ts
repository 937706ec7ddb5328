/**
 * `bins`: dynamic definition (CutQC, arXiv:2012.02333, section 4.4), the distribution at a resolution that grows where
 * the probability is.
 */
import { wholeNumber } from '../../options/readers.js';
import { liveBits } from './outcomeBits.js';
import type { ErrorEstimate } from '../errors/estimate.js';
import type { Repair } from '../network/repair.js';
import type { QueryDefinition } from './query.js';

/** Dynamic definition: the distribution in coarse bins, refined where the probability is. */
export interface BinsQuery {
  /** Dynamic definition: bits that become active in a round, and the number of rounds (default 1). */
  readonly bins?: number | undefined;
  readonly depth?: number | undefined;
}

/** Bins of the distribution: a bit string each, bit 0 last, `*` where both values are merged. */
export type BinsResult = readonly ({
  readonly spec: string;
  readonly probability: number;
  readonly repair?: Repair;
} & Partial<ErrorEstimate>)[];

/** Bins go into JSON. */
const MAX_ACTIVE_BITS = 16;
const MAX_DEPTH = 10_000;
export const DEFAULT_DEPTH = 1;

export const bins: QueryDefinition<'bins', BinsQuery, BinsResult> = {
  key: 'bins',
  options: {
    bins: {
      flags: '--bins <n>',
      help: 'dynamic definition: probabilities of bins, n (16 at most) more bits a round',
      reader: wholeNumber(1, MAX_ACTIVE_BITS),
    },
    depth: {
      flags: '--depth <rounds>',
      help: 'rounds of --bins (default: 1)',
      reader: wholeNumber(1, MAX_DEPTH),
      belongs: 'is the number of rounds of',
    },
  },
  alone: {
    cost(ledger, { bins: active, depth: times = DEFAULT_DEPTH }) {
      const order = liveBits(ledger.cut).slice(0, active);
      ledger.contraction({ query: 'bins', what: 'one round of bins', order, times });
    },
    answer: () => import('./answers/binsAnswer.js'),
  },
  errors: () => import('./answers/binsErrors.js'),
};
