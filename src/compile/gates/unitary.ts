/** Dense matrices of blocks, and how far two of them are apart: the check that does not rely on the optimiser. */
import type { Gate } from '../../circuit/circuit.js';
import { KroncutError } from '../../error.js';
import { gateMatrix } from '../../circuit/gates.js';

/** Blocks and circuits up to this many qubits are checked densely: 2^20 entries. */
export const MAX_DENSE_QUBITS = 10;

/** Distances are computed to about 1e-15 while angles are sought; a threshold must lie above. */
export const LEAST_THRESHOLD = 1e-14;

/** Columns carried through all gates together, so that they stay in a processor's cache. */
const COLUMNS = 16;

/** The matrix of gates on one and two qubits: 2^n x 2^n, row-major, real and imaginary part interleaved. */
export function denseUnitary(qubits: number, gates: readonly Gate[]): Float64Array {
  const order = 2 ** qubits;
  const columns = Math.min(COLUMNS, order);
  const matrix = new Float64Array(2 * order * order);
  const values = gates.map(gateValues);
  const part = new Float64Array(2 * order * columns);
  for (let first = 0; first < order; first += columns) {
    part.fill(0);
    for (let i = 0; i < columns; i += 1) part[2 * ((first + i) * columns + i)] = 1;
    for (const [i, gate] of gates.entries()) applyGate(part, order, columns, gate, values[i]!);
    for (let row = 0; row < order; row += 1) {
      const from = part.subarray(2 * row * columns, 2 * (row + 1) * columns);
      matrix.set(from, 2 * (row * order + first));
    }
  }
  return matrix;
}

function gateValues(gate: Gate): Float64Array {
  return gate.name === 'cx' ? new Float64Array() : gateMatrix(gate);
}

/** Multiplies `columns` columns of `order` rows by a gate from the left, in place. */
export function applyGate(
  m: Float64Array,
  order: number,
  columns: number,
  gate: Gate,
  values: Float64Array,
): void {
  const [a, b] = gate.qubits;
  if (a === undefined) throw new KroncutError('internal', `gate '${gate.name}' acts on no qubit`);
  const width = 2 * columns;
  if (b === undefined) applyOne(m, order, width, 2 ** a, values);
  else if (gate.name === 'cx') swapRows(m, order, width, 2 ** a, 2 ** b);
  else applyTwo(m, order, width, [2 ** a, 2 ** b], values);
}

function applyOne(m: Float64Array, order: number, width: number, stride: number, values: Float64Array): void {
  const [ar = 0, ai = 0, br = 0, bi = 0, cr = 0, ci = 0, dr = 0, di = 0] = values;
  const other = stride * width;
  for (let row = 0; row < order; row += 2 * stride) {
    for (let x = row * width; x < (row + stride) * width; x += 2) {
      const y = x + other;
      const xr = m[x]!;
      const xi = m[x + 1]!;
      const yr = m[y]!;
      const yi = m[y + 1]!;
      m[x] = ar * xr - ai * xi + br * yr - bi * yi;
      m[x + 1] = ar * xi + ai * xr + br * yi + bi * yr;
      m[y] = cr * xr - ci * xi + dr * yr - di * yi;
      m[y + 1] = cr * xi + ci * xr + dr * yi + di * yr;
    }
  }
}

function applyTwo(
  m: Float64Array,
  order: number,
  width: number,
  [a, b]: readonly [number, number],
  values: Float64Array,
): void {
  const offsets = [0, a * width, b * width, (a + b) * width];
  const old = new Float64Array(8);
  for (let row = 0; row < order; row += 1) {
    if ((row & (a | b)) !== 0) continue;
    for (let x = row * width; x < (row + 1) * width; x += 2) {
      for (let j = 0; j < 4; j += 1) {
        old[2 * j] = m[x + offsets[j]!]!;
        old[2 * j + 1] = m[x + offsets[j]! + 1]!;
      }
      for (let i = 0; i < 4; i += 1) {
        let re = 0;
        let im = 0;
        for (let j = 0; j < 8; j += 2) {
          const vr = values[8 * i + j]!;
          const vi = values[8 * i + j + 1]!;
          re += vr * old[j]! - vi * old[j + 1]!;
          im += vr * old[j + 1]! + vi * old[j]!;
        }
        m[x + offsets[i]!] = re;
        m[x + offsets[i]! + 1] = im;
      }
    }
  }
}

function swapRows(m: Float64Array, order: number, width: number, control: number, target: number): void {
  const [small, large] = control < target ? [control, target] : [target, control];
  const other = target * width;
  for (let outer = control; outer < order; outer += 2 * large) {
    for (let inner = outer; inner < outer + large; inner += 2 * small) {
      for (let x = inner * width; x < (inner + small) * width; x += 1) {
        const y = x + other;
        const kept = m[x]!;
        m[x] = m[y]!;
        m[y] = kept;
      }
    }
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

/** 1 - |<a|b>| of two normalised states, as `unitaryDistance`. */
export function stateDistance(a: Float64Array, b: Float64Array): number {
  // A state is a matrix of one column: the norm of its square is 1 where that of a unitary is its order.
  return Math.min(1, unitaryDistance(a, b) * Math.sqrt(a.length / 2));
}

/** What gates make of |0...0>: the first column of their matrix. */
export function denseState(qubits: number, gates: readonly Gate[]): Float64Array {
  const order = 2 ** qubits;
  const matrix = denseUnitary(qubits, gates);
  const state = new Float64Array(2 * order);
  for (let row = 0; row < order; row += 1) {
    state.set(matrix.subarray(2 * row * order, 2 * row * order + 2), 2 * row);
  }
  return state;
}
