/** Gates on one qubit merged into `u3`, and pairs of `cx` that undo one another removed. */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { oneQubitAngles } from '../../circuit/unitary.js';

export interface Merged {
  readonly gates: Gate[];
  /**
   * How far the result may be from the gates given, as an angle: the sum of arccos(|tr(A^dagger B)| / 2) over the
   * gates that were replaced, rounding as a rule.
   */
  readonly angle: number;
}

/** A u3 this close to the identity, as an angle, is left out. */
const IDENTITY_ANGLE = 1e-14;

/** The 2x2 matrix of a one-qubit gate; `unitary` carries the matrix itself. */
export function oneQubitMatrix(gate: Gate): Float64Array {
  return gate.name === 'unitary' ? Float64Array.from(gate.params) : gateMatrix(gate);
}

/**
 * Merges consecutive one-qubit gates into one `u3` (none, where they are the identity up to a phase), and removes cx
 * pairs with nothing between. Gates on two qubits stay where they are in the order of every qubit.
 */
export function mergeOneQubit(gates: readonly Gate[]): Merged {
  const waiting = new Map<number, Gate[]>();
  const result: (Gate | undefined)[] = [];
  /** Position in the result of the last gate on each qubit. */
  const last = new Map<number, number>();
  let angle = 0;
  const flush = (q: number): void => {
    const run = waiting.get(q);
    if (run === undefined) return;
    waiting.delete(q);
    const merged = mergeRun(run, q);
    angle += merged.angle;
    if (merged.gate === undefined) return;
    last.set(q, result.length);
    result.push(merged.gate);
  };
  for (const gate of gates) {
    const [a, b] = gate.qubits;
    if (a === undefined) continue;
    if (b === undefined) {
      const run = waiting.get(a);
      if (run === undefined) waiting.set(a, [gate]);
      else run.push(gate);
      continue;
    }
    flush(a);
    flush(b);
    const before = last.get(a);
    const other = before === undefined ? undefined : result[before];
    if (before !== undefined && before === last.get(b) && other !== undefined && cancels(other, gate)) {
      result[before] = undefined;
      for (const q of gate.qubits) {
        const reopened = reopen(result, last, q);
        if (reopened !== undefined) waiting.set(q, [reopened]);
      }
      continue;
    }
    last.set(a, result.length);
    last.set(b, result.length);
    result.push(gate);
  }
  for (const q of waiting.keys()) flush(q);
  return { gates: result.filter((gate) => gate !== undefined), angle };
}

/** Finds the last gate on a qubit again after one was removed; a u3 there is taken out, to be merged further. */
function reopen(result: (Gate | undefined)[], last: Map<number, number>, qubit: number): Gate | undefined {
  let taken: Gate | undefined;
  for (let i = (last.get(qubit) ?? 0) - 1; i >= 0; i -= 1) {
    const gate = result[i];
    if (gate === undefined || !gate.qubits.includes(qubit)) continue;
    if (gate.qubits.length === 1 && taken === undefined) {
      taken = gate;
      result[i] = undefined;
      continue;
    }
    last.set(qubit, i);
    return taken;
  }
  last.delete(qubit);
  return taken;
}

/** Self-inverse gates that the same gate before it undoes. */
function cancels(first: Gate, second: Gate): boolean {
  if (first.name !== second.name) return false;
  const [a, b] = first.qubits;
  const [c, d] = second.qubits;
  if (second.name === 'cx') return a === c && b === d;
  const symmetric = second.name === 'cz' || second.name === 'swap';
  return symmetric && ((a === c && b === d) || (a === d && b === c));
}

function mergeRun(run: readonly Gate[], qubit: number): { gate: Gate | undefined; angle: number } {
  const [only] = run;
  if (run.length === 1 && only?.name === 'u3' && !isIdentity(oneQubitMatrix(only))) {
    if (only.params.every((angle) => roundedAngle(angle) === angle)) return { gate: only, angle: 0 };
    const [theta = 0, phi = 0, lambda = 0] = only.params;
    const exact = exactU3({ theta, phi, lambda }, qubit);
    return { gate: exact, angle: angleBetween(oneQubitMatrix(only), oneQubitMatrix(exact)) };
  }
  let matrix: Float64Array = Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0);
  for (const gate of run) matrix = multiplyPair(oneQubitMatrix(gate), matrix);
  if (isIdentity(matrix))
    return { gate: undefined, angle: angleBetween(matrix, Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0)) };
  const gate = u3Of(matrix, qubit);
  return { gate, angle: angleBetween(matrix, oneQubitMatrix(gate)) };
}

/** The `u3` of a 2x2 unitary, up to its phase; angles that rounding alone keeps from a multiple of pi/4 are one. */
export function u3Of(matrix: Float64Array, qubit: number): Gate {
  return exactU3(oneQubitAngles(matrix), qubit);
}

interface Angles {
  readonly theta: number;
  readonly phi: number;
  readonly lambda: number;
}

/** Angles closer to a multiple of pi/4 than this are one. */
const ROUNDING = 1e-13;

/** A `u3` without the rounding of its angles: Clifford gates and phases come out as those that they are. */
export function exactU3({ theta, phi, lambda }: Angles, qubit: number): Gate {
  const turn = roundedAngle(theta);
  // Without theta the two others are one, and where theta is pi their difference counts.
  if (turn === 0) return gateOf('u3', [qubit], 0, 0, roundedAngle(tidy(phi + lambda)));
  return gateOf('u3', [qubit], turn, roundedAngle(tidy(phi)), roundedAngle(tidy(lambda)));
}

/** The multiple of pi/4 that an angle is but for rounding, or the angle itself. */
export function roundedAngle(angle: number): number {
  const exact = (Math.round(angle / (Math.PI / 4)) * Math.PI) / 4;
  return Math.abs(angle - exact) < ROUNDING ? exact + 0 : angle;
}

/** An angle in (-pi, pi], without the sign of zero. */
function tidy(angle: number): number {
  return principalAngle(angle) + 0;
}

function isIdentity(matrix: Float64Array): boolean {
  return angleBetween(matrix, Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0)) < IDENTITY_ANGLE;
}

/** arccos(|tr(A^dagger B)| / 2) of two 2x2 unitaries, without cancellation: 2 arcsin of half their distance. */
export function angleBetween(a: Float64Array, b: Float64Array): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < 8; i += 2) {
    re += a[i]! * b[i]! + a[i + 1]! * b[i + 1]!;
    im += a[i]! * b[i + 1]! - a[i + 1]! * b[i]!;
  }
  const size = Math.hypot(re, im);
  if (size === 0) return Math.PI / 2;
  const [c, s] = [re / size, im / size];
  let square = 0;
  for (let i = 0; i < 8; i += 2) {
    square += (c * a[i]! - s * a[i + 1]! - b[i]!) ** 2 + (c * a[i + 1]! + s * a[i]! - b[i + 1]!) ** 2;
  }
  // |A e^{i phi} - B|^2 = 4 (1 - cos angle) = 8 sin^2(angle / 2)
  return 2 * Math.asin(Math.min(1, Math.sqrt(square / 8)));
}

function multiplyPair(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(8);
  for (let i = 0; i < 2; i += 1) {
    for (let j = 0; j < 2; j += 1) {
      let [re, im] = [0, 0];
      for (let k = 0; k < 2; k += 1) {
        const [ar, ai] = [a[2 * (2 * i + k)]!, a[2 * (2 * i + k) + 1]!];
        const [br, bi] = [b[2 * (2 * k + j)]!, b[2 * (2 * k + j) + 1]!];
        re += ar * br - ai * bi;
        im += ar * bi + ai * br;
      }
      result[2 * (2 * i + j)] = re;
      result[2 * (2 * i + j) + 1] = im;
    }
  }
  return result;
}
