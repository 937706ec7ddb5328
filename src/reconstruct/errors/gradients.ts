/**
 * Derivatives of a sum of closed networks by the frequency of what a shot gave, for each subexperiment of each tensor: g in
 * the words of `estimate.ts`.
 */
import { required, numberAt } from '../../error.js';
import type { BitAction } from '../../native/addon.js';
import { environments } from './environments.js';
import { reducedBy, type ReducedBy, type SampledMember, type Weights } from './sampledMember.js';

/** A closed network as part of an answer: coefficient times its value. */
export interface ClosedTerm {
  readonly coefficient: number;
  readonly members: readonly SampledMember[];
  /** The order of contraction. */
  readonly joins: readonly number[];
  readonly actionOf: (member: number) => readonly BitAction[];
}

export interface TermGradient {
  readonly by: ReducedBy;
  readonly weights: Weights;
  /** Derivative by the frequency of each row, for outcomes that weigh 1. */
  readonly rows: Float64Array;
}

/** A value of g and the share of the shots that gave it. */
export type Events = [number, number][];

/** The sum of the terms. */
export function valueOf(terms: readonly ClosedTerm[]): number {
  return terms.reduce((sum, { coefficient, members, joins, actionOf }) => {
    const leaves = members.map((member, i) => member.reduced(reducedBy(actionOf(i))).leaf);
    return sum + coefficient * environments(leaves, joins).value;
  }, 0);
}

/** The derivatives of the sum of the terms by the rows of each member's subexperiments, a list by terms. */
export function gradientsOf(terms: readonly ClosedTerm[]): Map<SampledMember, TermGradient[]> {
  const parts = new Map<SampledMember, TermGradient[]>();
  for (const { coefficient, members, joins, actionOf } of terms) {
    const by = members.map((_, i) => reducedBy(actionOf(i)));
    const leaves = members.map((member, i) => member.reduced(required(by[i], 'actions')).leaf);
    const { gradients } = environments(leaves, joins);
    for (const [i, member] of members.entries()) {
      const list = parts.get(member) ?? [];
      parts.set(member, list);
      const rows = member
        .rowGradients(required(gradients[i], 'a derivative'))
        .map((each) => coefficient * each);
      const own = required(by[i], 'actions');
      list.push({ by: own, weights: member.weights(own), rows });
    }
  }
  return parts;
}

/** What the shots of one subexperiment told of g, and could tell. */
export interface ShotEvents {
  readonly events: Events;
  /** The least and the largest g that any shot could give. */
  readonly range: readonly [number, number];
  readonly shots: number;
}

/** Those of all subexperiments of a member, in their order. */
export function* shotEvents(
  member: SampledMember,
  gradients: readonly TermGradient[],
): Generator<ShotEvents> {
  const { shots } = member.counts;
  const [only] = gradients;
  const eventsOf =
    gradients.length === 1 && only?.weights.plain === true
      ? eventsOfOne(member, only)
      : eventsOfMany(member, gradients);
  for (let subexperiment = 0; subexperiment < shots.length; subexperiment += 1) {
    const rows = [
      numberAt(member.firstRow, subexperiment),
      numberAt(member.firstRow, subexperiment + 1),
    ] as const;
    yield {
      events: eventsOf(subexperiment),
      range: rangeOf(gradients, rows),
      shots: numberAt(shots, subexperiment),
    };
  }
}

/** Mean and mean square of g. */
export function momentsOf(events: Events): { readonly mean: number; readonly second: number } {
  let [mean, second] = [0, 0];
  for (const [g, share] of events) {
    mean += share * g;
    second += share * g * g;
  }
  return { mean, second };
}

/** All shots of a subexperiment by what they give, where one term reads them. */
function eventsOfOne(member: SampledMember, { by, rows }: TermGradient): (subexperiment: number) => Events {
  const { plus, minus } = member.reduced(by).shares;
  return (subexperiment) => {
    const events: Events = [];
    let rest = 1;
    for (
      let row = numberAt(member.firstRow, subexperiment);
      row < numberAt(member.firstRow, subexperiment + 1);
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
    const first = numberAt(member.firstRow, subexperiment);
    for (let at = numberAt(begin, subexperiment); at < numberAt(begin, subexperiment + 1); at += 1) {
      const outcome = outcomes[at]!;
      const pattern = Math.floor(outcome / size);
      let g = 0;
      for (const { weights, rows } of gradients)
        g += weights.of(outcome - pattern * size) * rows[first + pattern]!;
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
    for (const { weights, rows } of gradients) {
      const g = numberAt(rows, row);
      const [from, to] = weights.range;
      low += Math.min(g * from, g * to);
      high += Math.max(g * from, g * to);
    }
    least = Math.min(least, low);
    most = Math.max(most, high);
  }
  return [least, most];
}
