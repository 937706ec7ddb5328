/** `moments`: sum, least and greatest value, entropies and collision probability of the distribution. */
import { flag, text } from '../../options/readers.js';
import type { ErrorMethod } from '../errors/estimate.js';
import type { BondShrinking } from '../network/bondShrinking.js';
import type { AnswerData } from '../network/tensorNetwork.js';
import { liveBits, requireStreamable } from './outcomeBits.js';
import type { EstimatedDistribution } from './totalVariation.js';
import { NUMBER_BYTES, type QueryDefinition } from './query.js';

/** Numbers that say how the distribution is spread. */
export interface MomentsQuery {
  /** Sum, least and greatest value, entropy and collision probability of the distribution. */
  readonly moments?: boolean | undefined;
  /** With `moments`: a .npy file of a distribution over all outcomes, for its cross entropy with the answer. */
  readonly crossEntropy?: string | undefined;
}

/** A number for each of the moments that have errors. */
export interface OfMoments<T> {
  readonly entropy: T;
  readonly collision: T;
}

/** Of estimates; null where the outcomes are too many to look at all, or no number of shots is known. */
export interface MomentErrors {
  readonly standardError: OfMoments<number | null>;
  /** Of 95%; they allow for the bias. */
  readonly interval: OfMoments<readonly [number, number] | null>;
  readonly errorMethod: OfMoments<ErrorMethod | null>;
  /** By how much shot noise moves the value on average, which is not taken off it. */
  readonly bias: OfMoments<number | null>;
}

/** Logarithms are natural; q is the distribution. Values below zero count as zero in both entropies. */
export interface MomentsResult extends AnswerData, EstimatedDistribution, Partial<MomentErrors> {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** -sum of q ln q. */
  readonly entropy: number;
  /** Sum of q^2: the probability that two samples agree. */
  readonly collision: number;
  /** How many values are below zero, and their sum. */
  readonly negatives: number;
  readonly negativeSum: number;
  /** -sum of p ln q, p being the given distribution; null where a real part of p is on outcomes with q <= 0. */
  readonly crossEntropy?: number | null;
  /** Outcomes with p > 0 and q <= 0, which the cross entropy leaves out, and the sum of their p. */
  readonly crossEntropyMissing?: { readonly count: number; readonly weight: number };
  readonly bonds: BondShrinking;
}

/** Numbers that are kept for each slice of the distribution. */
const SLICE_NUMBERS = 4;

export const moments: QueryDefinition<'moments', MomentsQuery, MomentsResult> = {
  key: 'moments',
  options: {
    moments: {
      flags: '--moments',
      help: 'sum, least and greatest value, entropy and collision probability',
      reader: flag,
    },
    crossEntropy: {
      flags: '--cross-entropy <file>',
      help: 'with --moments: cross entropy of the distribution in a .npy file with the answer, -sum p ln q',
      reader: text('the name of a file'),
      belongs: 'is one of the numbers of',
    },
  },
  check(cut, { crossEntropy }) {
    requireStreamable(liveBits(cut).length, 'moments');
    if (crossEntropy !== undefined) requireStreamable(cut.outcomeBits, 'crossEntropy');
  },
  errors: () => import('./answers/momentsErrors.js'),
  pass: {
    weight: 2,
    what: 'one pass over the distribution',
    bits: (cut) => ({ order: liveBits(cut), zeroBits: [] }),
    use: () => ({ sliceBytes: SLICE_NUMBERS * NUMBER_BYTES, bytes: 0, entropies: true }),
    member: () => import('./answers/momentsAnswer.js'),
  },
};
