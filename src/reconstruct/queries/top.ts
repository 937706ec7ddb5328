/** `top`: the most likely outcomes, in the pass over the distribution or, of too many, by search. */
import { numberFrom, wholeNumber } from '../../options/readers.js';
import type { ErrorEstimate } from '../errors/estimate.js';
import type { BondShrinking } from '../network/bondShrinking.js';
import type { AnswerData } from '../network/tensorNetwork.js';
import { liveBits } from './outcomeBits.js';
import type { QueryDefinition } from './query.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';

/** The most likely outcomes. */
export interface TopQuery {
  /** The most likely outcomes. */
  readonly top?: number | undefined;
  /** Multiply-adds that the search for `top` may take where the distribution is too large to stream; default 5e9. */
  readonly topWork?: number | undefined;
}

/**
 * The most likely outcomes, most likely first. `proven` says that none can be missing; else none that is missing
 * is above `bound`.
 */
export interface TopResult extends AnswerData {
  /** True where no outcome that is not listed has a larger probability. */
  readonly proven: boolean;
  /**
   * True where values are below zero by more than rounding: what is listed are then the largest values of
   * quasi-probabilities, which prove nothing about the distribution behind them.
   */
  readonly quasi?: boolean;
  /** No outcome that is not listed has a probability above this. */
  readonly bound: number;
  readonly outcomes: readonly ({
    readonly bits: string;
    readonly probability: number;
  } & Partial<ErrorEstimate>)[];
  /** Why fewer outcomes are listed than were asked for; absent where there are as many. */
  readonly fewer?: string;
  readonly bonds: BondShrinking;
  /** Multiply-adds that a search took, and its limit; absent where all outcomes were looked at. */
  readonly search?: { readonly work: number; readonly limit: number };
}

/** Said of a list that nothing is missing from. */
export const ALL_LISTED = 'these are all outcomes that the circuit can give';

/** Multiply-adds of a search: some ten seconds. */
export const TOP_WORK = 5e9;
/** A multiply-add of the search, which one thread does. */
const SEARCH_SECONDS = 2e-9;

const MAX_TOP = 1_000_000;
/** Distributions of more live bits are searched, and not streamed, for their most likely outcomes. */
const MOST_STREAMED_BITS = 36;
/** Bytes of JSON that a listed outcome takes on its way to the other ranks. */
const OUTCOME_BYTES = 60;

export const top: QueryDefinition<'top', TopQuery, TopResult> = {
  key: 'top',
  options: {
    top: { flags: '--top <k>', help: 'the k most likely outcomes', reader: wholeNumber(1, MAX_TOP) },
    topWork: {
      flags: '--top-work <n>',
      help: 'multiply-adds that --top may take where it searches, beyond 36 outcome bits (default: 5e9)',
      reader: numberFrom(0),
      belongs: 'limits the search of',
    },
  },
  alone: {
    cost(ledger, { topWork = TOP_WORK }) {
      const values = ledger.network.members.reduce(
        (sum, { bonds, bits }) => sum + 4 ** bonds.length * 2 ** bits.length,
        0,
      );
      ledger.work(topWork * SEARCH_SECONDS, 2 * VALUE_BYTES * values);
      ledger.remark(
        `top outcomes: best-first search over prefixes, at most ${topWork} multiply-adds, on one rank`,
      );
    },
    answer: () => import('./answers/topSearchAnswer.js'),
  },
  pass: {
    weight: 1,
    what: 'one pass over the distribution',
    streams: (cut) => liveBits(cut).length <= MOST_STREAMED_BITS,
    bits: (cut) => ({ order: liveBits(cut), zeroBits: [] }),
    use: ({ top: count }) => ({ sliceBytes: 0, bytes: OUTCOME_BYTES * count }),
    member: () => import('./answers/topPassAnswer.js'),
  },
  errors: () => import('./answers/topErrors.js'),
};
