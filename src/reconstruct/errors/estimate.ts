/**
 * Standard errors and intervals of answers from counts. To first order
 *   Var v = sum over subcircuits and subexperiments s of (E[g^2] - E[g]^2) / N_s,
 * where g is the derivative of the answer by the frequency of what a shot gave. That holds where enough counts tell the
 * variance: their effective number is V^2 / sum of E[(g - E[g])^4] / N_s^3, as weights w of events have (sum w)^2 / sum w^2.
 * Elsewhere each subexperiment is taken to have had two more shots with the largest g that it can give and two with the least
 * (Agresti and Coull 1998), and the interval holds the value with and without them.
 */
import { required } from '../../error.js';
import type { BitAction } from '../../native/addon.js';
import { environments } from './environments.js';
import { reducedBy, weightOf, type ReducedBy, type SampledMember } from './sampledMember.js';

/** How an error was found. `null` where no number of shots is known. */
export type ErrorMethod = 'gradient' | 'conservative';

export interface ErrorEstimate {
  readonly standardError: number | null;
  /** Of 95%. */
  readonly interval: readonly [number, number] | null;
  readonly errorMethod: ErrorMethod | null;
}

/** Effective counts from which on the first order holds. */
export const LEAST_COUNTS = 100;
/** Of the normal distribution: 95% lie within. */
const QUANTILE = 1.959963984540054;
/** Pseudo-counts at either end, half of the quantile's square. */
const PSEUDO = 2;

/** A closed network as part of an answer: coefficient times its value. */
export interface ClosedTerm {
  readonly coefficient: number;
  readonly members: readonly SampledMember[];
  /** The order of contraction. */
  readonly joins: readonly number[];
  readonly actionOf: (member: number) => readonly BitAction[];
}

/** What is known of the sum over the shots of one subexperiment. */
interface Spread {
  variance: number;
  fourth: number;
  careful: number;
  shift: number;
}

/** The error of the sum of the terms, whose value is known. */
export function estimateError(value: number, terms: readonly ClosedTerm[]): ErrorEstimate {
  const parts = new Map<SampledMember, TermGradient[]>();
  for (const { coefficient, members, joins, actionOf } of terms) {
    const by = members.map((_, i) => reducedBy(actionOf(i)));
    const leaves = members.map((member, i) => member.reduced(required(by[i], 'actions')).leaf);
    const { gradients } = environments(leaves, joins);
    for (const [i, member] of members.entries()) {
      if (member.counts.shots.some((shots) => !(shots > 0))) {
        return { standardError: null, interval: null, errorMethod: null };
      }
      const list = parts.get(member) ?? [];
      parts.set(member, list);
      const rows = member
        .rowGradients(required(gradients[i], 'a derivative'))
        .map((each) => coefficient * each);
      list.push({ by: required(by[i], 'actions'), rows });
    }
  }
  const total: Spread = { variance: 0, fourth: 0, careful: 0, shift: 0 };
  for (const [member, gradients] of parts) addMember(total, member, gradients);
  return estimateOf(value, total);
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

interface TermGradient {
  readonly by: ReducedBy;
  /** Derivative by the frequency of each row, for outcomes that weigh 1. */
  readonly rows: Float64Array;
}

/** A value of g and the share of the shots that gave it. */
type Events = [number, number][];

function addMember(total: Spread, member: SampledMember, gradients: readonly TermGradient[]): void {
  const { shots } = member.counts;
  const [only] = gradients;
  const eventsOf =
    gradients.length === 1 && only !== undefined
      ? eventsOfOne(member, only)
      : eventsOfMany(member, gradients);
  for (let subexperiment = 0; subexperiment < shots.length; subexperiment += 1) {
    const rows = [member.firstRow[subexperiment] ?? 0, member.firstRow[subexperiment + 1] ?? 0] as const;
    addSubexperiment(total, eventsOf(subexperiment), rangeOf(gradients, rows), shots[subexperiment] ?? 0);
  }
}

function addSubexperiment(
  total: Spread,
  events: Events,
  [least, most]: readonly [number, number],
  shots: number,
): void {
  let [mean, second] = [0, 0];
  for (const [g, share] of events) {
    mean += share * g;
    second += share * g * g;
  }
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

/** All shots of a subexperiment by what they give, where one term reads them. */
function eventsOfOne(member: SampledMember, { by, rows }: TermGradient): (subexperiment: number) => Events {
  const { plus, minus } = member.reduced(by).shares;
  return (subexperiment) => {
    const events: Events = [];
    let rest = 1;
    for (
      let row = member.firstRow[subexperiment] ?? 0;
      row < (member.firstRow[subexperiment + 1] ?? 0);
      row += 1
    ) {
      const [g = 0, up = 0, down = 0] = [rows[row], plus[row], minus[row]];
      events.push([g, up], [-g, down]);
      rest -= up + down;
    }
    events.push([0, Math.max(0, rest)]);
    return events;
  };
}

/** The same where several terms do. */
function eventsOfMany(
  member: SampledMember,
  gradients: readonly TermGradient[],
): (subexperiment: number) => Events {
  const { begin, outcomes, counts, shots } = member.counts;
  const size = 2 ** member.bits;
  return (subexperiment) => {
    const events: Events = [];
    const first = member.firstRow[subexperiment] ?? 0;
    for (let at = begin[subexperiment] ?? 0; at < (begin[subexperiment + 1] ?? 0); at += 1) {
      const outcome = outcomes[at]!;
      const pattern = Math.floor(outcome / size);
      let g = 0;
      for (const { by, rows } of gradients)
        g += weightOf(by, outcome - pattern * size) * rows[first + pattern]!;
      events.push([g, counts[at]! / (shots[subexperiment] ?? 1)]);
    }
    return events;
  };
}

/** The least and the largest g that any shot could give. */
function rangeOf(
  gradients: readonly TermGradient[],
  [begin, end]: readonly [number, number],
): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let row = begin; row < end; row += 1) {
    let [low, high] = [0, 0];
    for (const { by, rows } of gradients) {
      const g = rows[row] ?? 0;
      const values = [g, ...(by.weighed === 0 ? [] : [-g]), ...(by.fixed === 0 ? [] : [0])];
      low += Math.min(...values);
      high += Math.max(...values);
    }
    least = Math.min(least, low);
    most = Math.max(most, high);
  }
  return [least, most];
}
