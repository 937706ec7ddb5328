/**
 * Permutations of basis states, with phases or without, as X gates under controls: a state after the other is put in its place by
 * gates that leave those before it alone, from whichever side is cheaper (Miller, Maslov and Dueck, "A transformation based
 * algorithm for reversible logic synthesis", DAC 2003).
 */
import { controlGates, decomposeGate } from '../../circuit/decompose.js';
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { orderOf } from '../../circuit/matrix.js';
import { numberAt, valueAt } from '../../error.js';
import { diagonalGates, ordersOf } from './parityTurns.js';

/** U |x> = exp(i phases[x]) |images[x]>. */
interface Monomial {
  readonly images: readonly number[];
  readonly phases: readonly number[];
}

/** X on the bit `target` where all bits of the mask `controls` are 1. */
interface ControlledX {
  readonly controls: number;
  readonly target: number;
}

/** Entries that are this small are none, and phases so near to a multiple of pi/4 are that: what was computed is off by so much. */
const NONE = 1e-5;

/** A matrix with one entry in each column, up to a phase; undefined for any other. */
function monomialOf(unitary: Float64Array): Monomial | undefined {
  const order = orderOf(unitary);
  const [images, phases]: [number[], number[]] = [[], []];
  for (let column = 0; column < order; column += 1) {
    for (let row = 0; row < order; row += 1) {
      const at = 2 * (row * order + column);
      const [re, im] = [numberAt(unitary, at), numberAt(unitary, at + 1)];
      if (Math.hypot(re, im) < NONE) continue;
      images.push(row);
      phases.push(Math.atan2(im, re));
    }
    if (images.length !== column + 1) return undefined;
  }
  if (new Set(images).size !== order) return undefined;
  return { images, phases: phases.map((phase) => simplePhase(phase - valueAt(phases, 0))) };
}

function simplePhase(phase: number): number {
  const simple = (Math.round((4 * phase) / Math.PI) * Math.PI) / 4;
  return Math.abs(phase - simple) < NONE ? simple : phase;
}

/** An X under so many controls that the libraries have. */
const NAMES = ['x', 'cx', 'ccx', 'c3x'] as const;

/** `cx` of an X under so many controls where nothing beside it helps. */
const CX: readonly number[] = [0, 1, 6, 14, 30];

function costOf(gates: readonly ControlledX[]): number {
  return gates.reduce((sum, { controls }) => sum + (CX[onesOf(controls)] ?? Infinity), 0);
}

function onesOf(mask: number): number {
  let ones = 0;
  for (let rest = mask; rest > 0; rest &= rest - 1) ones += 1;
  return ones;
}

/**
 * Circuits of a permutation with phases on so many qubits, exact up to rounding, those of fewest `cx` by their controls first, at
 * most `most`; undefined where the unitary is none. Qubits are renamed, and turned over, in every way before states are put in
 * their places, for the order of the states decides what it takes.
 */
export function reversibleGates(
  unitary: Float64Array,
  qubits: readonly number[],
  most: number,
): Gate[][] | undefined {
  const monomial = monomialOf(unitary);
  if (monomial === undefined) return undefined;
  const { images, phases } = monomial;
  const found = new Map<string, { readonly cost: number; readonly gates: Gate[] }>();
  const diagonal = diagonalGates(phases, qubits);
  for (const order of ordersOf([...qubits.keys()])) {
    for (let flipped = 0; flipped < images.length; flipped += 1) {
      const cascade = inPlace(renamed(images, order, flipped)).map(({ controls, target }) => ({
        controls: toOrder(controls, order),
        target: valueAt(order, target),
      }));
      const cost = costOf(cascade);
      const key = JSON.stringify([cascade, flipped]);
      if (found.has(key)) continue;
      const flips = qubits.filter((_, bit) => ((flipped >> bit) & 1) === 1).map((q) => gateOf('x', [q]));
      const gates = [...diagonal, ...flips, ...cascade.flatMap((gate) => gatesOf(gate, qubits)), ...flips];
      found.set(key, { cost, gates });
    }
  }
  return [...found.values()]
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, most)
    .map(({ gates }) => gates);
}

function gatesOf({ controls, target }: ControlledX, qubits: readonly number[]): Gate[] {
  const under = qubits.filter((_, bit) => ((controls >> bit) & 1) === 1);
  const place = valueAt(qubits, target);
  const name = NAMES[under.length];
  return name === undefined
    ? controlGates([gateOf('x', [place])], under)
    : decomposeGate(gateOf(name, [...under, place]));
}

/** Bit i of a number where `order[i]` is. */
function toOrder(number: number, order: readonly number[]): number {
  return order.reduce((sum, place, bit) => sum | (((number >> bit) & 1) << place), 0);
}

/** The permutation of numbers whose bit i is bit `order[i]` of what it was, after the bits of `flipped` are turned over. */
function renamed(images: readonly number[], order: readonly number[], flipped: number): number[] {
  return images.map((_, number) => {
    const image = valueAt(images, toOrder(number, order) ^ flipped) ^ flipped;
    return order.reduce((sum, place, bit) => sum | (((image >> place) & 1) << bit), 0);
  });
}

/** Gates that make a permutation, in order of time. */
function inPlace(permutation: readonly number[]): ControlledX[] {
  let images = [...permutation];
  const [front, back]: [ControlledX[], ControlledX[]] = [[], []];
  for (let state = 0; state < images.length; state += 1) {
    const after = path(valueAt(images, state), state);
    const before = path(images.indexOf(state), state);
    if (costOf(after) <= costOf(before)) {
      images = images.map((image) => applied(after, image));
      back.push(...after);
    } else {
      images = images.map((_, number) => valueAt(images, applied(before.toReversed(), number)));
      front.push(...before);
    }
  }
  return [...front, ...back.toReversed()];
}

function applied(gates: readonly ControlledX[], number: number): number {
  return gates.reduce(
    (now, { controls, target }) => ((now & controls) === controls ? now ^ (1 << target) : now),
    number,
  );
}

/** Gates that take a number to `to`, which is no larger, and leave all below `to` where they are: bits are set before others are taken. */
function path(from: number, to: number): ControlledX[] {
  const gates: ControlledX[] = [];
  let now = from;
  for (const wanted of [1, 0]) {
    for (let target = 0; 1 << target <= Math.max(from, to); target += 1) {
      if (((to >> target) & 1) !== wanted || ((now >> target) & 1) === wanted) continue;
      gates.push({ controls: fewestControls(now & ~(1 << target), to), target });
      now ^= 1 << target;
    }
  }
  return gates;
}

/** Fewest of these bits that no number below `least` has all of. */
function fewestControls(bits: number, least: number): number {
  let best = bits;
  for (let set = bits; ; set = (set - 1) & bits) {
    // The least number with these bits is the set itself.
    if (onesOf(set) < onesOf(best) && set >= least) best = set;
    if (set === 0) return best;
  }
}
