/** Dense matrices of blocks, and how far two of them are apart: the check that does not rely on the optimiser. */
import type { Gate } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import { gateMatrix } from '../circuit/gates.js';

/** Blocks and circuits up to this many qubits are checked densely: 2^20 entries. */
export const MAX_DENSE_QUBITS = 10;

/** The matrix of gates on one and two qubits: 2^n x 2^n, row-major, real and imaginary part interleaved. */
export function denseUnitary(qubits: number, gates: readonly Gate[]): Float64Array {
  const order = 2 ** qubits;
  const matrix = new Float64Array(2 * order * order);
  for (let i = 0; i < order; i += 1) matrix[2 * (i * order + i)] = 1;
  for (const gate of gates) applyGate(matrix, order, gate);
  return matrix;
}

function applyGate(matrix: Float64Array, order: number, gate: Gate): void {
  const [a, b] = gate.qubits;
  if (a === undefined) throw new KroncutError('internal', `gate '${gate.name}' acts on no qubit`);
  if (gate.name === 'cx' && b !== undefined) {
    swapRows(matrix, order, 2 ** a, 2 ** b);
    return;
  }
  const strides = b === undefined ? [0, 2 ** a] : [0, 2 ** a, 2 ** b, 2 ** a + 2 ** b];
  const mask = strides.at(-1) ?? 0;
  const values = gateMatrix(gate);
  const count = strides.length;
  const width = 2 * order;
  const old = Array.from({ length: count }, () => new Float64Array(width));
  for (let base = 0; base < order; base += 1) {
    if ((base & mask) !== 0) continue;
    const starts = strides.map((stride) => (base + stride) * width);
    for (const [i, start] of starts.entries()) old[i]!.set(matrix.subarray(start, start + width));
    for (const [i, start] of starts.entries()) {
      matrix.fill(0, start, start + width);
      for (let j = 0; j < count; j += 1) {
        const re = values[2 * (i * count + j)]!;
        const im = values[2 * (i * count + j) + 1]!;
        if (re === 0 && im === 0) continue;
        const from = old[j]!;
        for (let k = 0; k < width; k += 2) {
          matrix[start + k] = matrix[start + k]! + re * from[k]! - im * from[k + 1]!;
          matrix[start + k + 1] = matrix[start + k + 1]! + re * from[k + 1]! + im * from[k]!;
        }
      }
    }
  }
}

function swapRows(matrix: Float64Array, order: number, control: number, target: number): void {
  const width = 2 * order;
  const old = new Float64Array(width);
  for (let row = 0; row < order; row += 1) {
    if ((row & control) === 0 || (row & target) !== 0) continue;
    const start = row * width;
    const other = (row | target) * width;
    old.set(matrix.subarray(start, start + width));
    matrix.copyWithin(start, other, other + width);
    matrix.set(old, other);
  }
}

/**
 * 1 - |Tr(A^dagger B)| / 2^n of two unitaries, computed as |A e^{i phi} - B|^2 / 2^(n+1) with the best phase: so it is
 * exact to about 1e-30, where the formula itself loses everything below 1e-16. NaN in is Infinity out.
 */
export function unitaryDistance(a: Float64Array, b: Float64Array): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i]! * b[i]! + a[i + 1]! * b[i + 1]!;
    im += a[i]! * b[i + 1]! - a[i + 1]! * b[i]!;
  }
  const size = Math.hypot(re, im);
  if (size === 0) return 1;
  const [c, s] = [re / size, im / size];
  let square = 0;
  for (let i = 0; i < a.length; i += 2) {
    square += (c * a[i]! - s * a[i + 1]! - b[i]!) ** 2 + (c * a[i + 1]! + s * a[i]! - b[i + 1]!) ** 2;
  }
  const distance = square / (2 * Math.sqrt(a.length / 2));
  return Number.isFinite(distance) ? Math.min(1, distance) : Infinity;
}

/** arccos(1 - c) of a distance c = 1 - |Tr| / 2^n; exact for small c. */
export function distanceAngle(distance: number): number {
  return distance >= 1 ? Math.PI / 2 : 2 * Math.asin(Math.sqrt(distance / 2));
}

/**
 * The bound 1 - cos(sum of angles) on the distance of a circuit whose parts are off by these angles: with
 * c = 1 - |Tr| / 2^n, errors add as angles arccos(1 - c), not as costs. 1 where the sum passes a right angle.
 */
export function boundFromAngle(angle: number): number {
  if (!(angle < Math.PI / 2)) return 1;
  return 2 * Math.sin(angle / 2) ** 2;
}
