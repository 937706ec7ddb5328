/**
 * Errors of entropy and collision probability of estimates, where every outcome can be looked at. Both are functions of all
 * probabilities q: to first order their errors are those of sums of q with the derivatives as coefficients. To second order
 * shot noise of variance s^2 in q moves the sum of q^2 up by the sum of s^2, and the entropy down by that of s^2 / (2 q) (Miller
 * 1955): that is their bias, which intervals allow for. Of an outcome that hardly stands out of its error the entropy's derivative
 * tells nothing; there the interval takes the least and the most that -q ln q is from 0 to what q may be.
 */
import { required, valueAt } from '../../../error.js';
import type { BitAction } from '../../../native/addon.js';
import { QUANTILE, type ErrorEstimate } from '../../errors/estimate.js';
import { bitString } from '../bitString.js';
import type { MomentErrors, MomentsQuery, MomentsResult } from '../moments.js';
import { liveBits } from '../outcomeBits.js';
import type { Given, Inquiry } from '../query.js';
import { bitsOf, closedErrors, patternErrors, type ClosedValue } from './closedErrors.js';
import { MOST_OUTCOMES, withErrors as withDistance } from './distributionErrors.js';
import { bitStringProbabilities } from './probabilityAnswer.js';

/** Standard errors from 0 to a probability that the first order holds for. */
const STANDS_OUT = 4;
/** Standard errors that another probability is taken to be larger by at most: many are looked at. */
const DOUBT = 3;
/** Share of the second order in a variance, from which on the first does not tell it. */
const SECOND_ORDER = 0.05;

const UNKNOWN: MomentErrors = {
  standardError: { entropy: null, collision: null },
  interval: { entropy: null, collision: null },
  errorMethod: { entropy: null, collision: null },
  bias: { entropy: null, collision: null },
};

/** Collective. */
export async function withErrors(
  inquiry: Inquiry,
  asked: Given<'moments', MomentsQuery>,
  result: MomentsResult,
): Promise<MomentsResult> {
  const distant = await withDistance(inquiry, asked, result);
  return { ...distant, ...(await momentErrors(inquiry, result)) };
}

/** Of an outcome. */
interface Estimate {
  readonly bits: string;
  readonly q: number;
  readonly s: number;
}

async function momentErrors(inquiry: Inquiry, { entropy, collision }: MomentsResult): Promise<MomentErrors> {
  const { cutCircuit } = inquiry.source;
  const live = liveBits(cutCircuit);
  if (2 ** live.length > MOST_OUTCOMES || inquiry.repair !== undefined) return UNKNOWN;
  const all = await estimatesOf(inquiry, live);
  if (all === undefined) return UNKNOWN;
  const [clear, doubtful] = [all.filter(standsOut), all.filter((one) => !standsOut(one))];
  const sums = await closedErrors(inquiry, [
    weightedSum(inquiry, collision, all, ({ q }) => 2 * q),
    weightedSum(inquiry, entropy, clear, ({ q }) => -Math.log(q) - 1),
  ]);
  const variance = sum(all.map(({ s }) => s * s));
  const found = {
    collision: secondOrder(valueAt(sums, 0), {
      bias: variance,
      spread: Math.SQRT2 * variance,
      range: [0, 0],
    }),
    entropy: secondOrder(valueAt(sums, 1), secondOrderOfEntropy(clear, doubtful)),
  };
  const of = <Key extends keyof Moved>(
    key: Key,
  ): { readonly entropy: Moved[Key]; readonly collision: Moved[Key] } => ({
    entropy: found.entropy[key],
    collision: found.collision[key],
  });
  return {
    standardError: of('standardError'),
    interval: of('interval'),
    errorMethod: of('errorMethod'),
    bias: of('bias'),
  };
}

/** Collective: undefined where no number of shots is known. */
async function estimatesOf(inquiry: Inquiry, live: readonly number[]): Promise<Estimate[] | undefined> {
  const { outcomeBits } = inquiry.source.cutCircuit;
  const strings = Array.from({ length: 2 ** live.length }, (_, index) => {
    const ones = new Set(live.filter((_bit, i) => ((index >> i) & 1) === 1));
    return bitString(outcomeBits, (bit) => ones.has(bit));
  });
  const probabilities = await bitStringProbabilities(inquiry.context, inquiry.source, strings);
  const patterns = strings.map((bits) => ({
    probability: required(probabilities[bits], bits),
    bits: bitsOf(bits),
  }));
  const errors = await patternErrors(inquiry, patterns);
  const found: Estimate[] = [];
  for (const [i, { standardError: s }] of errors.entries()) {
    if (s === null) return undefined;
    found.push({ bits: valueAt(strings, i), q: valueAt(patterns, i).probability, s });
  }
  return found;
}

function standsOut({ q, s }: Estimate): boolean {
  return q > 0 && q >= STANDS_OUT * s;
}

function weightedSum(
  { source }: Inquiry,
  value: number,
  outcomes: readonly Estimate[],
  weightOf: (outcome: Estimate) => number,
): ClosedValue {
  const { members } = source.network;
  const terms = outcomes.map((outcome) => {
    const bits = bitsOf(outcome.bits);
    const actionOf = (bit: number): BitAction => (bits.get(bit) === 1 ? 'fix1' : 'fix0');
    return { coefficient: weightOf(outcome), members, actionOf };
  });
  return { value, terms };
}

/** What comes beside the first order: a bias, how far that spreads, and what is left open on either side. */
interface SecondOrder {
  readonly bias: number;
  readonly spread: number;
  readonly range: readonly [number, number];
}

function secondOrderOfEntropy(clear: readonly Estimate[], doubtful: readonly Estimate[]): SecondOrder {
  // Halves of relative variances; how they go together is not known, so that they are added as if they did.
  const bias = -sum(clear.map(({ q, s }) => (s * s) / (2 * q)));
  // -q ln q is 0 at 0, and 0 at 1.
  const open = doubtful.map(({ q, s }) => {
    const to = Math.min(1, Math.max(0, q + DOUBT * s));
    return [-part(q), part(Math.min(to, 1 / Math.E)) - part(q)] as const;
  });
  return {
    bias,
    spread: -Math.SQRT2 * bias,
    range: [sum(open.map(([low]) => low)), sum(open.map(([, high]) => high))],
  };
}

/** -q ln q; 0 for what is not above 0. */
function part(q: number): number {
  return q > 0 ? -q * Math.log(q) : 0;
}

interface Moved extends ErrorEstimate {
  readonly bias: number | null;
}

/** The error of a value from that of its first order. */
function secondOrder(first: ErrorEstimate, { bias, spread, range }: SecondOrder): Moved {
  const { standardError, interval, errorMethod } = first;
  if (standardError === null || interval === null) return { ...first, bias: null };
  const more = spread * spread;
  const both = Math.sqrt(standardError ** 2 + more);
  const reach = QUANTILE * (both - standardError);
  const isFirst =
    errorMethod === 'gradient' &&
    more <= SECOND_ORDER * both ** 2 &&
    range[1] - range[0] <= SECOND_ORDER * both;
  return {
    standardError: both,
    interval: [interval[0] - bias + range[0] - reach, interval[1] - bias + range[1] + reach],
    errorMethod: isFirst ? 'gradient' : 'conservative',
    bias,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
