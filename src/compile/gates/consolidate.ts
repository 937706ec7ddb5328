/**
 * Two-qubit unitaries as `u3` and at most three `cx`, the least number possible: Cartan's decomposition in the magic
 * basis (Kraus and Cirac 2001, quant-ph/0011050; Makhlin 2002), and the circuit of Vatan and Williams 2004
 * (quant-ph/0308006, figure 6) for its kernel.
 */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { cartanDecomposition } from '../../circuit/cartan.js';
import { smallUnitary } from '../../circuit/modify.js';
import { mergeOneQubit, roundedAngle } from './merge.js';
import { required } from '../../error.js';

const { PI } = Math;

/** Angles below this count as 0: far above rounding, and invisible (its square) in a distance. */
const ANGLE_TOLERANCE = 1e-10;

/** Gates `u3` and `cx` on `qubits` for a 4x4 unitary (index = bit(qubits[0]) + 2 bit(qubits[1])), up to its phase. */
export function consolidatedGates(
  unitary: Float64Array,
  qubits: readonly [number, number],
  /** At least so many `cx`, where more are wanted than are needed. */
  least = 0,
): Gate[] {
  return betweenLocal(unitary, qubits, (angles) => kernelGates(angles, least));
}

/** Gates on one qubit and `rzz`, one for each axis of Cartan's kernel that is not 0. */
export function rzzGates(unitary: Float64Array, qubits: readonly [number, number]): Gate[] {
  return betweenLocal(unitary, qubits, (angles) => {
    const { paulis, rest } = reduced(angles);
    const turns = [
      ['ry', -1],
      ['rx', 1],
      [undefined, 0],
    ] as const;
    return [
      ...paulis,
      ...rest.flatMap((angle, axis) => {
        if (Math.abs(angle) < ANGLE_TOLERANCE) return [];
        const [name, sign] = turns[axis] ?? [undefined, 0];
        const turn = (to: number): Gate[] =>
          name === undefined ? [] : [0, 1].map((q) => gateOf(name, [q], (to * sign * PI) / 2));
        return [...turn(1), gateOf('rzz', [0, 1], roundedAngle(-2 * angle)), ...turn(-1)];
      }),
    ];
  });
}

/** Cartan's local gates, on qubits, around what `kernelOf` makes of the kernel on 0 and 1. */
function betweenLocal(
  unitary: Float64Array,
  qubits: readonly [number, number],
  kernelOf: (angles: readonly [number, number, number]) => readonly Gate[],
): Gate[] {
  const { before, after, angles } = cartanDecomposition(unitary);
  const kernel = kernelOf(angles);
  const gates = [
    ...before.map((matrix, q) => unitaryGate(matrix, q)),
    ...kernel,
    ...after.map((matrix, q) => unitaryGate(matrix, q)),
  ];
  return mergeOneQubit(gates).gates.map((gate) => ({
    ...gate,
    qubits: gate.qubits.map((q) => required(qubits[q], `qubit ${q} of a pair`)),
  }));
}

/** Number of `cx` that a 4x4 unitary needs. */
export function cxCount(unitary: Float64Array): number {
  return kernelCx(cartanDecomposition(unitary).angles);
}

/** Numbers of `cx` that a 4x4 unitary needs as it is, and with its two qubits exchanged behind it. */
export function cxCounts(unitary: Float64Array): { readonly plain: number; readonly exchanged: number } {
  const { angles } = cartanDecomposition(unitary);
  const [a, b, c] = angles;
  // A swap is exp(i pi/4 (XX + YY + ZZ)) up to its phase, which commutes with the kernel.
  return { plain: kernelCx(angles), exchanged: kernelCx([a + PI / 4, b + PI / 4, c + PI / 4]) };
}

function kernelCx(angles: readonly [number, number, number]): number {
  return kernelGates(angles).filter(({ name }) => name === 'cx').length;
}

/** exp(i (a XX + b YY + c ZZ)) on qubits 0 and 1, up to a phase. */
function kernelGates(angles: readonly [number, number, number], least = 0): Gate[] {
  const { paulis: gates, rest } = reduced(angles);
  const [a, b, c] = rest;
  const zero = rest.map((angle) => Math.abs(angle) < ANGLE_TOLERANCE);
  const zeros = zero.filter(Boolean).length;
  if (zeros === 3 && least === 0) return [...gates];
  if (zeros === 0 || least === 3) {
    return [
      ...gates,
      gateOf('rz', [1], -PI / 2),
      gateOf('cx', [1, 0]),
      gateOf('rz', [0], -2 * c - PI / 2),
      gateOf('ry', [1], 2 * a + PI / 2),
      gateOf('cx', [0, 1]),
      gateOf('ry', [1], -2 * b - PI / 2),
      gateOf('cx', [1, 0]),
      gateOf('rz', [0], PI / 2),
    ];
  }
  // The same turn of both qubits permutes the axes, so that YY is one that vanishes.
  const axis = zeros === 3 || zero[1] === true ? undefined : zero[2] === true ? 'rx' : 'rz';
  const turn = (sign: number): Gate[] =>
    axis === undefined ? [] : [0, 1].map((q) => gateOf(axis, [q], (sign * PI) / 2));
  const [ka, kb, kc] = [a, b, c].map((angle, i) => (zero[i] === true ? 0 : angle));
  const x = required(axis === 'rz' ? kb : ka, 'an angle of the kernel');
  const z = required(axis === 'rx' ? kb : kc, 'an angle of the kernel');
  const single = zeros === 2 ? x + z : 0;
  if (zeros === 2 && least < 2 && Math.abs(Math.abs(single) - PI / 4) < ANGLE_TOLERANCE) {
    return [...gates, ...turn(1), ...quarterGates(x !== 0 ? 'x' : 'z', Math.sign(single)), ...turn(-1)];
  }
  return [
    ...gates,
    ...turn(1),
    gateOf('cx', [0, 1]),
    gateOf('rx', [0], -2 * x),
    gateOf('rz', [1], -2 * z),
    gateOf('cx', [0, 1]),
    ...turn(-1),
  ];
}

/** The kernel within a quarter turn about each axis: a quarter turn more is local, exp(i pi/2 XX) = i X x X. */
function reduced(angles: readonly [number, number, number]): {
  readonly paulis: readonly Gate[];
  readonly rest: readonly [number, number, number];
} {
  const turns = angles.map((angle) => Math.round(angle / (PI / 2)));
  const paulis = turns.flatMap((count, axis) => {
    const name = ['x', 'y', 'z'][axis] ?? 'x';
    return Math.abs(count) % 2 === 1 ? [gateOf(name, [0]), gateOf(name, [1])] : [];
  });
  const rest = (axis: 0 | 1 | 2): number => angles[axis] - (turns[axis] ?? 0) * (PI / 2);
  return { paulis, rest: [rest(0), rest(1), rest(2)] };
}

/** exp(i sign pi/4 PP) for P = X or Z, with one cx. */
function quarterGates(axis: 'x' | 'z', sign: number): Gate[] {
  // exp(-i pi/4 ZX) = cx exp(-i pi/4 Z) exp(-i pi/4 X) up to a phase; Hadamards turn one side into the other axis.
  const flipped = axis === 'x' ? 0 : 1;
  const turn = gateOf('h', [flipped]);
  const core = [gateOf('cx', [0, 1]), gateOf('rz', [0], PI / 2), gateOf('rx', [1], PI / 2)];
  // Z on one side of the product reverses the sign.
  const pauli = gateOf(axis === 'x' ? 'z' : 'x', [0]);
  const body = [turn, ...core, turn];
  return sign > 0 ? [pauli, ...body, pauli] : body;
}

function unitaryGate(matrix: Float64Array, qubit: number): Gate {
  return { name: 'unitary', qubits: [qubit], params: [...matrix] };
}

/** The 4x4 matrix of gates on two qubits. */
export function pairUnitary(gates: readonly Gate[], qubits: readonly [number, number]): Float64Array {
  const [only] = gates;
  const straight = only?.qubits[0] === qubits[0] && only?.qubits[1] === qubits[1];
  return gates.length === 1 && only !== undefined && straight
    ? gateMatrix(only)
    : smallUnitary(gates, qubits);
}
