/**
 * Standard errors and intervals of answers from counts. To first order
 *   Var v = sum over subcircuits and subexperiments s of (E[g^2] - E[g]^2) / N_s,
 * where g is the derivative of the answer by the frequency of what a shot gave. That holds where enough counts tell the
 * variance: their effective number is V^2 / sum of E[(g - E[g])^4] / N_s^3, as weights w of events have (sum w)^2 / sum w^2.
 * Elsewhere each subexperiment is taken to have had two more shots with the largest g that it can give and two with the least
 * (Agresti and Coull 1998), and the interval holds the value with and without them.
 */
import { gradientsOf, momentsOf, shotEvents, type ClosedTerm, type ShotEvents } from './gradients.js';

/** How an error was found. `null` where no number of shots is known. */
export type ErrorMethod = 'gradient' | 'conservative';

/** What is known of how far a value from shots may be off; null where nothing is. */
export interface ErrorEstimate {
  readonly standardError: number | null;
  /** Of 95%. */
  readonly interval: readonly [number, number] | null;
  readonly errorMethod: ErrorMethod | null;
}

/** Effective counts from which on the first order holds. */
export const LEAST_COUNTS = 100;
/** Of the normal distribution: 95% lie within. */
export const QUANTILE = 1.959963984540054;
/** Pseudo-counts at either end, half of the quantile's square. */
const PSEUDO = 2;

/** What is known of the sum over the shots of one subexperiment. */
interface Spread {
  variance: number;
  fourth: number;
  careful: number;
  shift: number;
}

/** The error of the sum of the terms, whose value is known. */
export function estimateError(value: number, terms: readonly ClosedTerm[]): ErrorEstimate {
  const parts = gradientsOf(terms);
  for (const { counts } of parts.keys()) {
    if (counts.shots.some((shots) => !(shots > 0))) {
      return { standardError: null, interval: null, errorMethod: null };
    }
  }
  const total: Spread = { variance: 0, fourth: 0, careful: 0, shift: 0 };
  for (const [member, gradients] of parts) {
    for (const shots of shotEvents(member, gradients)) addSubexperiment(total, shots);
  }
  return estimateOf(value, total);
}

/**
 * The error of a value that was repaired, from that of the estimate: the interval of that holds the true value as often as it did,
 * and is made to reach the repaired one. The standard error is the estimate's.
 */
export function withRepaired(estimate: ErrorEstimate, repaired: number): ErrorEstimate {
  if (estimate.interval === null) return estimate;
  const [low, high] = estimate.interval;
  return { ...estimate, interval: [Math.min(low, repaired), Math.max(high, repaired)] };
}

function estimateOf(value: number, { variance, fourth, careful, shift }: Spread): ErrorEstimate {
  const effective = fourth > 0 ? variance ** 2 / fourth : 0;
  if (effective >= LEAST_COUNTS) {
    const standardError = Math.sqrt(variance);
    const reach = QUANTILE * standardError;
    return { standardError, interval: [value - reach, value + reach], errorMethod: 'gradient' };
  }
  const standardError = Math.sqrt(careful);
  const reach = QUANTILE * standardError;
  return {
    standardError,
    interval: [Math.min(value, value + shift) - reach, Math.max(value, value + shift) + reach],
    errorMethod: 'conservative',
  };
}

function addSubexperiment(total: Spread, { events, range: [least, most], shots }: ShotEvents): void {
  const { mean, second } = momentsOf(events);
  let [variance, fourth] = [0, 0];
  for (const [g, share] of events) {
    const square = (g - mean) ** 2;
    variance += share * square;
    fourth += share * square * square;
  }
  total.variance += variance / shots;
  total.fourth += fourth / shots ** 3;
  const more = shots + 2 * PSEUDO;
  const carefulMean = (shots * mean + PSEUDO * (least + most)) / more;
  const carefulSecond = (shots * second + PSEUDO * (least ** 2 + most ** 2)) / more;
  total.careful += Math.max(0, carefulSecond - carefulMean ** 2) / more;
  total.shift += carefulMean - mean;
}
