/**
 * Unitaries of few qubits taken apart exactly, as far as they have controls: the steps of quantum Shannon decomposition
 * (Shende, Bullock and Markov 2006, quant-ph/0406176, theorem 12) without its sines and cosines. A qubit with a Pauli axis
 * that the unitary takes to an axis of the same qubit is a control but for turns of its own; where all are, the
 * unitary is diagonal. So diagonals, multi-controlled gates, products and Fourier transforms come out as what they are.
 */
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import { hermitianEigen } from '../../circuit/hermitianEigen.js';
import { adjointMatrix, identityMatrix, multiplyMatrices, orderOf } from '../../circuit/matrix.js';
import { consolidatedGates } from '../gates/consolidate.js';
import { mergeOneQubit, u3Of } from '../gates/merge.js';
import { valueAt } from '../../error.js';
import { controlledTurns, diagonalGates, parityCoefficients, unwrapped } from './parityTurns.js';

type Vector = readonly [number, number, number];

/** An axis this far from being kept is not. */
const KEPT = 1e-9;

/** `u3` and `cx` on any pairs, up to a phase; undefined where no more than two qubits are left without a control. */
export function structuredGates(unitary: Float64Array, qubits: readonly number[]): Gate[] | undefined {
  const gates = takenApart(unitary, qubits);
  return gates && mergeOneQubit(gates).gates;
}

function takenApart(unitary: Float64Array, qubits: readonly number[]): Gate[] | undefined {
  const [first = 0, second = 0] = qubits;
  if (qubits.length === 1) return [u3Of(unitary, first)];
  if (qubits.length === 2) return consolidatedGates(unitary, [first, second]);
  let inside = unitary;
  const [before, after]: [Gate[], Gate[]] = [[], []];
  const controls: number[] = [];
  for (const [bit, qubit] of qubits.entries()) {
    const axes = keptAxis(inside, bit);
    if (axes === undefined) continue;
    const [front, back] = [turnToZ(axes.from), turnToZ(axes.to)];
    inside = multiplyMatrices(onBit(back, bit, qubits.length), inside);
    inside = multiplyMatrices(inside, adjointMatrix(onBit(front, bit, qubits.length)));
    before.push(u3Of(front, qubit));
    after.push(u3Of(adjointMatrix(back), qubit));
    controls.push(bit);
  }
  const body =
    controls.length === qubits.length
      ? diagonalGates(phasesOf(inside), qubits)
      : fewest(inside, qubits, controls);
  return body && [...before, ...body, ...after];
}

/** Without one control or another: what takes fewest `cx`. */
function fewest(
  inside: Float64Array,
  qubits: readonly number[],
  controls: readonly number[],
): Gate[] | undefined {
  let best: Gate[] | undefined;
  for (const bit of controls) {
    for (const side of ['front', 'back'] as const) {
      const gates = withoutControl(inside, qubits, bit, side);
      if (gates !== undefined && (best === undefined || countTwoQubitGates(gates) < countTwoQubitGates(best)))
        best = gates;
    }
  }
  return best;
}

/**
 * U1 where the control is 0 and U2 where it is 1, as V (D, its adjoint) W with a diagonal D: D^2 and W diagonalise
 * U2^dagger U1 (`front`), or D^2 and V do so with U1 U2^dagger.
 */
function withoutControl(
  inside: Float64Array,
  qubits: readonly number[],
  bit: number,
  side: 'front' | 'back',
): Gate[] | undefined {
  const [one, two] = [blockOf(inside, bit, 0), blockOf(inside, bit, 1)];
  const product =
    side === 'front' ? multiplyMatrices(adjointMatrix(two), one) : multiplyMatrices(one, adjointMatrix(two));
  const vectors = eigenvectors(product);
  const square = multiplyMatrices(adjointMatrix(vectors), multiplyMatrices(product, vectors));
  const half = unwrapped(phasesOf(square)).map((phase) => phase / 2);
  const [w, v] =
    side === 'front'
      ? [adjointMatrix(vectors), multiplyMatrices(multiplyMatrices(one, vectors), diagonal(half, -1))]
      : [multiplyMatrices(diagonal(half, 1), multiplyMatrices(adjointMatrix(vectors), two)), vectors];
  const others = qubits.filter((_, i) => i !== bit);
  const [first, last] = [takenApart(w, others), takenApart(v, others)];
  if (first === undefined || last === undefined) return undefined;
  return [...first, ...controlledTurns(valueAt(qubits, bit), others, parityCoefficients(half)), ...last];
}

function phasesOf(matrix: Float64Array): number[] {
  const order = orderOf(matrix);
  return Array.from({ length: order }, (_, i) =>
    Math.atan2(matrix[2 * i * (order + 1) + 1]!, matrix[2 * i * (order + 1)]!),
  );
}

function diagonal(phases: readonly number[], sign: 1 | -1): Float64Array {
  const result = identityMatrix(phases.length);
  for (const [i, phase] of phases.entries()) {
    result[2 * i * (phases.length + 1)] = Math.cos(phase);
    result[2 * i * (phases.length + 1) + 1] = sign * Math.sin(phase);
  }
  return result;
}

/** The part of a matrix in which one bit of the row and of the column has a value. */
function blockOf(matrix: Float64Array, bit: number, value: 0 | 1): Float64Array {
  const order = orderOf(matrix);
  const indices = [...Array.from({ length: order }).keys()].filter((i) => ((i >> bit) & 1) === value);
  return Float64Array.from(
    indices.flatMap((row) =>
      indices.flatMap((column) => [
        ...matrix.subarray(2 * (row * order + column), 2 * (row * order + column) + 2),
      ]),
    ),
  );
}

/** A 2x2 matrix on one bit, the identity on the others. */
function onBit(small: Float64Array, bit: number, bits: number): Float64Array {
  const order = 2 ** bits;
  const result = new Float64Array(2 * order * order);
  for (let row = 0; row < order; row += 1) {
    for (const value of [0, 1]) {
      const column = (row & ~(1 << bit)) | (value << bit);
      const from = 2 * (2 * ((row >> bit) & 1) + value);
      result.set(small.subarray(from, from + 2), 2 * (row * order + column));
    }
  }
  return result;
}

/** Where the Pauli axes of a bit go, as far as they stay on it: Re Tr(P_a U P_b U^dagger) / 2^n. */
function axisImages(unitary: Float64Array, bit: number): number[][] {
  const order = orderOf(unitary);
  const mask = 1 << bit;
  // What P has in a row: at which column, and as which power of i.
  const entry = (axis: number, row: number): readonly [number, number] => {
    const isOne = (row & mask) !== 0;
    if (axis === 2) return [row, isOne ? 2 : 0];
    return [row ^ mask, axis === 0 ? 0 : isOne ? 1 : 3];
  };
  return [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => {
      let sum = 0;
      for (let i = 0; i < order; i += 1) {
        const [row, left] = entry(a, i);
        for (let k = 0; k < order; k += 1) {
          const [j, right] = entry(b, k);
          const [x, y] = [2 * (row * order + k), 2 * (i * order + j)];
          const re = unitary[x]! * unitary[y]! + unitary[x + 1]! * unitary[y + 1]!;
          const im = unitary[x + 1]! * unitary[y]! - unitary[x]! * unitary[y + 1]!;
          const turned = (left + right) % 4;
          sum += turned === 0 ? re : turned === 2 ? -re : turned === 1 ? -im : im;
        }
      }
      return sum / order;
    }),
  );
}

interface KeptAxis {
  readonly from: Vector;
  readonly to: Vector;
}

const AXES: readonly Vector[] = [
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
];

/** An axis of a bit that becomes another one of it, or stays what it is (`same`). */
function keptAxis(unitary: Float64Array, bit: number, same = false): KeptAxis | undefined {
  const images = axisImages(unitary, bit);
  const image = (a: number, b: number): number => images[a]![b]!;
  const through = ([x, y, z]: Vector): Vector =>
    vector((a) => image(a, 0) * x + image(a, 1) * y + image(a, 2) * z);
  // Rows of 1 - R, or 1 - R^T R: what is kept is orthogonal to all of them.
  const rows = [0, 1, 2].map((a) =>
    vector((b) => {
      const squared = image(0, a) * image(0, b) + image(1, a) * image(1, b) + image(2, a) * image(2, b);
      return (a === b ? 1 : 0) - (same ? image(a, b) : squared);
    }),
  );
  const [p = AXES[0]!, q = AXES[0]!, r = AXES[0]!] = rows;
  const crossed = [cross(p, q), cross(p, r), cross(q, r)].filter((v) => Math.hypot(...v) > KEPT);
  for (const from of [...AXES, ...crossed.map(unit)]) {
    const to = through(from);
    const along = same ? from[0] * to[0] + from[1] * to[1] + from[2] * to[2] : Math.hypot(...to);
    if (along > 1 - KEPT) return { from, to: unit(to) };
  }
  return undefined;
}

function vector(entry: (a: number) => number): Vector {
  return [entry(0), entry(1), entry(2)];
}

function unit([x, y, z]: Vector): Vector {
  const size = Math.hypot(x, y, z);
  return [x / size, y / size, z / size];
}

function cross([a, b, c]: Vector, [x, y, z]: Vector): Vector {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

/** A turn of one qubit that takes an axis to Z; the identity for Z. */
function turnToZ([x, y, z]: Vector): Float64Array {
  const [ar, ai, br, bi] = z > -0.5 ? [1 + z, 0, x, y] : [x, -y, 1 - z, 0];
  const norm = Math.hypot(ar, ai, br, bi);
  const [cr, ci, sr, si] = [ar / norm, ai / norm, br / norm, bi / norm];
  return Float64Array.of(cr, -ci, sr, -si, -sr, -si, cr, ci);
}

/** Any direction that no two different eigenvalues of what people build have the same part along. */
const DIRECTION = 0.7391;

/**
 * Eigenvectors of a unitary, as columns: products of one-qubit states where such are, and as few entries changed as may be.
 * A Hermitian part of it along a direction has the same, found by Jacobi's rotations.
 */
function eigenvectors(unitary: Float64Array): Float64Array {
  const order = orderOf(unitary);
  const bits = Math.log2(order);
  let vectors = identityMatrix(order);
  for (let bit = 0; bit < bits; bit += 1) {
    const axis = keptAxis(unitary, bit, true);
    if (axis !== undefined)
      vectors = multiplyMatrices(vectors, adjointMatrix(onBit(turnToZ(axis.from), bit, bits)));
  }
  const turned = multiplyMatrices(adjointMatrix(vectors), multiplyMatrices(unitary, vectors));
  const adjoint = adjointMatrix(turned);
  const [c, s] = [Math.cos(DIRECTION) / 2, Math.sin(DIRECTION) / 2];
  // (c - i s) U + (c + i s) U^dagger
  const part = turned.map((_, i) => {
    const [sign, other] = i % 2 === 0 ? [1, i + 1] : [-1, i - 1];
    return c * (turned[i]! + adjoint[i]!) + sign * s * (turned[other]! - adjoint[other]!);
  });
  return multiplyMatrices(vectors, hermitianEigen(part, ROUNDING).vectors);
}

/** Entries of a Hermitian matrix below this are rounding. */
const ROUNDING = 1e-15;
