/** Turns about products of Z as `rz` on parities that `cx` make, and what a diagonal's phases say about them. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { required, valueAt } from '../../error.js';

/** Coefficients below this are none; a distance sees the square. */
const NONE = 1e-9;

/**
 * Phases modulo 2 pi, as numbers that are the sum of as few products of bits as may be: the part of each product of bits
 * (Moebius' transform) is taken modulo 2 pi, so that phases which belong to separate gates stay separate.
 */
export function unwrapped(phases: readonly number[]): number[] {
  const sums = [...phases];
  for (let bit = 1; bit < sums.length; bit *= 2) {
    for (let i = 0; i < sums.length; i += 1)
      if ((i & bit) !== 0) sums[i] = valueAt(sums, i) - valueAt(sums, i ^ bit);
  }
  for (const [i, part] of sums.entries()) {
    const angle = principalAngle(part);
    sums[i] = angle < NONE - Math.PI ? angle + 2 * Math.PI : angle;
  }
  for (let bit = 1; bit < sums.length; bit *= 2) {
    for (let i = 0; i < sums.length; i += 1)
      if ((i & bit) !== 0) sums[i] = valueAt(sums, i) + valueAt(sums, i ^ bit);
  }
  return sums;
}

/** By sets of bits, as masks: `values[i]` is the sum over S of c(S) (-1)^(number of ones of i in S). */
export function parityCoefficients(values: readonly number[]): Map<number, number> {
  const sums = [...values];
  for (let bit = 1; bit < sums.length; bit *= 2) {
    for (let i = 0; i < sums.length; i += 1) {
      if ((i & bit) !== 0) continue;
      const [a, b] = [valueAt(sums, i), valueAt(sums, i | bit)];
      [sums[i], sums[i | bit]] = [a + b, a - b];
    }
  }
  const found = sums.map((sum, set): [number, number] => [set, sum / sums.length]);
  return new Map(found.filter(([, c]) => Math.abs(c) > NONE));
}

/** exp(i Z(target) times the sum over S of c(S) Z(S)): the `cx` of the shortest walk through all parities. */
export function controlledTurns(
  target: number,
  controls: readonly number[],
  coefficients: ReadonlyMap<number, number>,
): Gate[] {
  const gates: Gate[] = [];
  let now = 0;
  const goTo = (set: number): void => {
    for (const [bit, control] of controls.entries())
      if ((((set ^ now) >> bit) & 1) === 1) gates.push(gateOf('cx', [control, target]));
    now = set;
  };
  for (const set of shortestWalk([...coefficients.keys()])) {
    goTo(set);
    gates.push(gateOf('rz', [target], -2 * required(coefficients.get(set), 'a coefficient')));
  }
  goTo(0);
  return gates;
}

/** Sets in the order in which fewest bits change from none through all of them and back (Held and Karp 1962). */
function shortestWalk(sets: readonly number[]): number[] {
  interface Walk {
    readonly cost: number;
    readonly order: readonly number[];
  }
  let walks = new Map<string, Walk>([['0 0', { cost: 0, order: [] }]]);
  for (let length = 0; length < sets.length; length += 1) {
    const longer = new Map<string, Walk>();
    for (const [key, { cost, order }] of walks) {
      const visited = Number(key.split(' ')[0]);
      for (const [i, set] of sets.entries()) {
        if (((visited >> i) & 1) === 1) continue;
        const next = cost + onesOf((order.at(-1) ?? 0) ^ set);
        const name = `${visited | (1 << i)} ${set}`;
        if (next < (longer.get(name)?.cost ?? Infinity))
          longer.set(name, { cost: next, order: [...order, set] });
      }
    }
    walks = longer;
  }
  const whole = ({ cost, order }: Walk): number => cost + onesOf(order.at(-1) ?? 0);
  return [...[...walks.values()].reduce((a, b) => (whole(b) < whole(a) ? b : a)).order];
}

/** Number of ones among the bits of a small mask. */
function onesOf(mask: number): number {
  let ones = 0;
  for (let rest = mask; rest > 0; rest &= rest - 1) ones += 1;
  return ones;
}

/** A diagonal, by its phases: each product of Z on the last of its qubits, in the order of qubits that takes fewest `cx`. */
export function diagonalGates(phases: readonly number[], qubits: readonly number[]): Gate[] {
  const coefficients = parityCoefficients(unwrapped(phases));
  let best: Gate[] | undefined;
  for (const order of ordersOf([...qubits.keys()])) {
    const gates = order.flatMap((bit, rank) => {
      const before = order.slice(0, rank);
      const own = new Map<number, number>();
      for (const [set, c] of coefficients) {
        if (order.findLastIndex((other) => ((set >> other) & 1) === 1) !== rank) continue;
        own.set(
          before.reduce((mask, other, i) => mask | (((set >> other) & 1) << i), 0),
          c,
        );
      }
      if (own.size === 0) return [];
      const [target = 0, ...controls] = [bit, ...before].map((place) => valueAt(qubits, place));
      return controlledTurns(target, controls, own);
    });
    if (best === undefined || gates.length < best.length) best = gates;
  }
  return best ?? [];
}

/** All of them. */
export function ordersOf(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
