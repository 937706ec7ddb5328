/**
 * Which targets are alike: one is another with other one-qubit gates at its ends, or with its qubits in another order.
 * What a search for few `cx` comes to for one of them, it comes to for all.
 *
 * A target's legs, an in-going and an out-going one for each qubit, fall into two groups in many ways, and the purity of
 * each (the sum of the fourth powers of its Schmidt coefficients) is the same whatever one-qubit gates stand at the ends
 * (Makhlin 2002, quant-ph/0002045, for two qubits). Equal purities do not prove that targets are alike; what follows from
 * them is tried, not believed.
 */
import type { SynthesisTarget } from '../../native/addon.js';
import { required, valueAt } from '../../error.js';

export interface TargetClass {
  /** The same for targets that are alike. */
  readonly name: string;
  /** Qubit of the target that stands at each place of the class. */
  readonly order: readonly number[];
}

/** Purities this close are equal; no common fraction lies at the border of two numbers. */
const RESOLUTION = 1 / 1234567.891;

/** The class of a unitary of few qubits: work grows as 64^n n!. */
export function classOf({ qubits, values }: Pick<SynthesisTarget, 'qubits' | 'values'>): TargetClass {
  const legs = 2 * qubits;
  const whole = 2 ** legs - 1;
  const purities = new Map<number, number>();
  // A group and the others are the same cut: the last leg is never in the group.
  for (let group = 1; group <= whole >> 1; group += 1) {
    purities.set(group, Math.round(purity(values, legs, group) / RESOLUTION));
  }
  let best: { readonly numbers: readonly number[]; readonly order: readonly number[] } | undefined;
  for (const order of orders(qubits)) {
    const numbers: number[] = [];
    for (const group of purities.keys()) {
      let own = 0;
      // Bits of a column's number come first, those of the row's behind them.
      for (const [place, qubit] of order.entries()) {
        own |= ((group >> place) & 1) << qubit;
        own |= ((group >> (qubits + place)) & 1) << (qubits + qubit);
      }
      numbers.push(required(purities.get(Math.min(own, whole ^ own)), 'the purity of a group'));
    }
    if (best === undefined || isBefore(numbers, best.numbers)) best = { numbers, order };
  }
  return { name: best?.numbers.join(' ') ?? '', order: best?.order ?? [] };
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && valueAt(a, at) < valueAt(b, at);
}

/** The sum of the fourth powers of the Schmidt coefficients between a group of legs and the others, their squares adding up to 1. */
function purity(values: Float64Array, legs: number, group: number): number {
  const inside = Array.from({ length: legs }, (_, leg) => leg).filter((leg) => ((group >> leg) & 1) === 1);
  const outside = Array.from({ length: legs }, (_, leg) => leg).filter((leg) => ((group >> leg) & 1) === 0);
  const [short, long] = inside.length <= outside.length ? [inside, outside] : [outside, inside];
  const [rows, columns] = [2 ** short.length, 2 ** long.length];
  const [rowStarts, columnStarts] = [offsets(short), offsets(long)];
  const [re, im] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  let at = 0;
  for (const row of rowStarts) {
    for (const column of columnStarts) {
      re[at] = values[2 * (row + column)]!;
      im[at] = values[2 * (row + column) + 1]!;
      at += 1;
    }
  }
  let [sum, norm] = [0, 0];
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let [x, y] = [0, 0];
      for (let k = 0; k < columns; k += 1) {
        const [a, b] = [i * columns + k, j * columns + k];
        x += re[a]! * re[b]! + im[a]! * im[b]!;
        y += im[a]! * re[b]! - re[a]! * im[b]!;
      }
      sum += (i === j ? 1 : 2) * (x * x + y * y);
      if (i === j) norm += x;
    }
  }
  return sum / (norm * norm);
}

/** Numbers with bits at some places alone, in ascending order of these bits. */
function offsets(places: readonly number[]): number[] {
  return Array.from({ length: 2 ** places.length }, (_, bits) =>
    places.reduce((sum, place, i) => sum + (((bits >> i) & 1) << place), 0),
  );
}

/** All orders of qubits 0 to n - 1. */
function orders(qubits: number): number[][] {
  if (qubits === 0) return [[]];
  return orders(qubits - 1).flatMap((order) =>
    Array.from({ length: qubits }, (_, place) => order.toSpliced(place, 0, qubits - 1)),
  );
}
