/**
 * Angles that an optimiser leaves anywhere, made the simple ones that they may be. Gates of a block have directions in which
 * their angles may go and the block stays what it is (a turn that passes a `cx` by its control, say): there, angles are put
 * on multiples of pi/2. What is left is determined, found to rounding by Gauss-Newton steps, and put on a simple fraction of
 * pi where it is one.
 */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { required } from '../../error.js';
import { applyGate, denseUnitary, unitaryDistance } from '../gates/unitary.js';

/** Larger blocks, and more angles, take more time than is won. */
export const MOST_EXACT_QUBITS = 4;
const MOST_ANGLES = 240;
/** A distance from which rounding alone keeps a block: it sees the square of what angles are off. */
const ROUNDING = 1e-26;
/** From further away there is no certainty that steps lead to the same block. */
const FARTHEST = 1e-10;
const STEPS = 12;
/** Times that free directions are looked for: fixing some may open others. */
const PASSES = 4;
/** Parts of the way to simple angles that are gone one by one where the whole way at once leads nowhere. */
const WALK = 6;
/** A pivot below this share of the largest is a direction in which nothing changes. */
const FLAT = 1e-9;
/** Simple angles: multiples of pi over these, at most so far from what was found. */
const SIMPLE = [4, 12, 1024] as const;
const NEAR = 1e-9;

/** Gates `u3` and `cx` on a block's own qubits; as they are where nothing is gained, or they are not the block. */
export function withExactAngles(
  qubits: number,
  gates: readonly Gate[],
  unitary: Float64Array,
): readonly Gate[] {
  const count = 3 * gates.filter(({ name }) => name === 'u3').length;
  if (qubits > MOST_EXACT_QUBITS || count === 0 || count > MOST_ANGLES) return gates;
  if (gates.some(({ name }) => name !== 'u3' && name !== 'cx')) return gates;
  const block: BlockAngles = { qubits, gates, unitary };
  const begin = anglesOf(gates);
  if (distanceOf(block, begin) > FARTHEST) return gates;
  const settled = settle(block, begin);
  return settled === undefined ? gates : withAngles(gates, settled);
}

interface BlockAngles {
  readonly qubits: number;
  readonly gates: readonly Gate[];
  readonly unitary: Float64Array;
}

/** Simple angles with which the block is what it was to rounding; undefined where steps do not get there. */
function settle(block: BlockAngles, begin: Float64Array): Float64Array | undefined {
  const fixed = new Set<number>();
  /** Angles that reach no multiple of pi/2, as a theta between others may not. */
  const given = new Set<number>();
  const first = found(block, begin, fixed);
  if (first === undefined) return undefined;
  let now = first;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const flat = flatDirections(block, now, fixed).filter((i) => !given.has(i));
    if (flat.length === 0) break;
    // All at once, or those that can go.
    for (const group of [flat, ...flat.map((i) => [i])]) {
      const next = walked(block, now, group, fixed, 1) ?? walked(block, now, group, fixed, WALK);
      if (next === undefined) {
        if (group.length === 1) given.add(required(group[0], 'an angle'));
        continue;
      }
      now = next;
      for (const i of group) fixed.add(i);
      if (group === flat) break;
    }
  }
  const simple = now.map((angle) => simpleAngle(principalAngle(angle)));
  return distanceOf(block, simple) <= ROUNDING ? simple : now;
}

/** The angles with those in `flat` on multiples of pi/2, by so many steps of the way, the others following. */
function walked(
  block: BlockAngles,
  from: Float64Array,
  flat: readonly number[],
  fixed: ReadonlySet<number>,
  steps: number,
): Float64Array | undefined {
  const goals = flat.map((i) => nearest(principalAngle(valueOf(from, i)), 2));
  let now: Float64Array = from.map(principalAngle);
  for (let left = steps - 1; left >= 0; left -= 1) {
    const next = now.slice();
    for (const [k, i] of flat.entries()) {
      const goal = required(goals[k], 'a simple angle');
      next[i] = left === 0 ? goal : goal + (valueOf(now, i) - goal) * (left / (left + 1));
    }
    const reached = found(block, next, new Set([...fixed, ...flat]));
    if (reached === undefined) return undefined;
    now = reached;
  }
  return now;
}

function simpleAngle(angle: number): number {
  for (const denominator of SIMPLE) {
    const candidate = nearest(angle, denominator);
    if (Math.abs(candidate - angle) < NEAR) return candidate;
  }
  return angle;
}

/** The multiple of pi / denominator, written as `formatAngle` reads it. */
function nearest(angle: number, denominator: number): number {
  const numerator = Math.round((angle * denominator) / Math.PI);
  return (numerator * Math.PI) / denominator;
}

/** The angles after Gauss-Newton steps in those that are not fixed; undefined where they do not end at rounding. */
function found(
  block: BlockAngles,
  begin: Float64Array,
  fixed: ReadonlySet<number>,
): Float64Array | undefined {
  let now = begin.slice();
  let distance = distanceOf(block, now);
  for (let step = 0; step < STEPS && distance > 1e-30; step += 1) {
    const system = normalEquations(block, now, fixed);
    const { solution } = solvePivoted(system.matrix, system.gradient);
    const next = now.slice();
    for (const [place, i] of system.free.entries()) next[i] = valueOf(next, i) - valueOf(solution, place);
    const reached = distanceOf(block, next);
    if (!(reached < distance)) break;
    now = next;
    distance = reached;
  }
  return distance <= ROUNDING ? now : undefined;
}

/** Angles, one for each direction in which nothing changes, that can have any value if others follow. */
function flatDirections(block: BlockAngles, angles: Float64Array, fixed: ReadonlySet<number>): number[] {
  const { matrix, gradient, free } = normalEquations(block, angles, fixed);
  // A theta follows rather than leads: it may have only some values.
  return solvePivoted(matrix, gradient, (place) => valueOf(free, place) % 3 === 0).flat.map((place) =>
    required(free[place], 'a free angle'),
  );
}

interface NormalEquations {
  /** Positions of the angles that are not fixed. */
  readonly free: readonly number[];
  readonly matrix: readonly Float64Array[];
  readonly gradient: Float64Array;
}

/**
 * Least squares for V^dagger U = phase: rows are its entries, columns the derivatives by the free angles, without what a
 * phase of all explains.
 */
function normalEquations(
  { qubits, gates, unitary }: BlockAngles,
  angles: Float64Array,
  fixed: ReadonlySet<number>,
): NormalEquations {
  const order = 2 ** qubits;
  const made = withAngles(gates, angles);
  const matrices = made.map(gateMatrix);
  const columns: Float64Array[] = [];
  const free: number[] = [];
  const before = denseUnitary(qubits, []);
  let at = 0;
  for (const [number, gate] of made.entries()) {
    for (let which = 0; gate.name === 'u3' && which < 3; which += 1, at += 1) {
      if (fixed.has(at)) continue;
      free.push(at);
      const column = before.slice();
      applyGate(column, order, order, gate, derivative(gate, which));
      for (let i = number + 1; i < made.length; i += 1)
        applyGate(column, order, order, made[i]!, matrices[i]!);
      columns.push(column);
    }
    applyGate(before, order, order, gate, matrices[number]!);
  }
  const now = before;
  const [re, im] = overlap(unitary, now);
  const size = Math.hypot(re, im);
  const [c, s] = [re / size, im / size];
  // What is missing: now - phase * target; a phase of all is the direction i * now.
  const residual = Float64Array.from(now, (value, k) =>
    k % 2 === 0
      ? value - (c * unitary[k]! - s * unitary[k + 1]!)
      : value - (c * unitary[k]! + s * unitary[k - 1]!),
  );
  const turn = Float64Array.from(
    now,
    (_, k) => (k % 2 === 0 ? -now[k + 1]! : now[k - 1]!) / Math.sqrt(order),
  );
  for (const column of [...columns, residual]) {
    const share = dot(column, turn);
    for (let k = 0; k < column.length; k += 1) column[k]! -= share * turn[k]!;
  }
  return {
    free,
    matrix: columns.map((a) => Float64Array.from(columns, (b) => dot(a, b))),
    gradient: Float64Array.from(columns, (a) => dot(a, residual)),
  };
}

/** The derivative of the matrix of a `u3` by one of its angles: theta, phi, lambda. */
function derivative({ params, qubits }: Gate, which: number): Float64Array {
  const [theta = 0, phi = 0, lambda = 0] = params;
  const matrix = gateMatrix(gateOf('u3', qubits, which === 0 ? theta + Math.PI : theta, phi, lambda));
  if (which === 0) return matrix.map((value) => value / 2);
  // Of phi and lambda the lower row and the right column depend, by a phase.
  const depends = which === 1 ? [4, 6] : [2, 6];
  const result = new Float64Array(matrix.length);
  for (const at of depends) {
    result[at] = -matrix[at + 1]!;
    result[at + 1] = matrix[at]!;
  }
  return result;
}

/**
 * A positive semidefinite system solved in the places with the largest pivots (Cholesky with complete pivoting), those first
 * of which `isFirst` is true; `flat` are the others, at which the solution is 0.
 */
function solvePivoted(
  matrix: readonly Float64Array[],
  right: Float64Array,
  isFirst: (place: number) => boolean = () => true,
): { readonly solution: Float64Array; readonly flat: readonly number[] } {
  const size = right.length;
  const a = matrix.map((row) => row.slice());
  const b = right.slice();
  const left = new Set(Array.from({ length: size }, (_, i) => i));
  const pivots: number[] = [];
  const largest = Math.max(0, ...a.map((row, i) => row[i]!));
  while (left.size > 0) {
    const candidates = [...left].filter((i) => a[i]![i]! > FLAT * largest);
    const first = candidates.filter(isFirst);
    const [pivot] = (first.length > 0 ? first : candidates).toSorted((i, j) => a[j]![j]! - a[i]![i]!);
    if (pivot === undefined) break;
    const value = a[pivot]![pivot]!;
    left.delete(pivot);
    pivots.push(pivot);
    for (const i of left) {
      const factor = a[i]![pivot]! / value;
      for (const j of left) a[i]![j]! -= factor * a[pivot]![j]!;
      b[i]! -= factor * b[pivot]!;
    }
  }
  const solution = new Float64Array(size);
  for (const [place, pivot] of [...pivots.entries()].toReversed()) {
    let sum = b[pivot]!;
    for (const later of pivots.slice(place + 1)) sum -= a[pivot]![later]! * solution[later]!;
    solution[pivot] = sum / a[pivot]![pivot]!;
  }
  return { solution, flat: [...left] };
}

function distanceOf({ qubits, gates, unitary }: BlockAngles, angles: Float64Array): number {
  return unitaryDistance(denseUnitary(qubits, withAngles(gates, angles)), unitary);
}

function anglesOf(gates: readonly Gate[]): Float64Array {
  return Float64Array.from(gates.flatMap(({ name, params }) => (name === 'u3' ? params : [])));
}

function withAngles(gates: readonly Gate[], angles: Float64Array): Gate[] {
  let at = 0;
  return gates.map((gate) => {
    if (gate.name !== 'u3') return gate;
    at += 3;
    return gateOf(
      'u3',
      gate.qubits,
      ...Array.from(angles.subarray(at - 3, at), (angle) => principalAngle(angle) + 0),
    );
  });
}

function valueOf(values: ArrayLike<number>, i: number): number {
  return required(values[i], 'an angle');
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += a[k]! * b[k]!;
  return sum;
}

/** Tr(A^dagger B). */
function overlap(a: Float64Array, b: Float64Array): [number, number] {
  let [re, im] = [0, 0];
  for (let k = 0; k < a.length; k += 2) {
    re += a[k]! * b[k]! + a[k + 1]! * b[k + 1]!;
    im += a[k]! * b[k + 1]! - a[k + 1]! * b[k]!;
  }
  return [re, im];
}
