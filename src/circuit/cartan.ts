/**
 * Cartan's decomposition of two-qubit unitaries in the magic basis (Kraus and Cirac 2001, quant-ph/0011050;
 * Makhlin 2002): what is not local in them, as three angles.
 */
import { adjointMatrix, identityMatrix, multiplyMatrices } from './matrix.js';

const { PI } = Math;

/** U = phase (after[1] x after[0]) exp(i (a XX + b YY + c ZZ)) (before[1] x before[0]); index = bit(0) + 2 bit(1). */
export interface CartanDecomposition {
  readonly before: readonly [Float64Array, Float64Array];
  readonly after: readonly [Float64Array, Float64Array];
  readonly angles: readonly [number, number, number];
}

const R = Math.SQRT1_2;
/** Columns: Bell states in which XX, YY, ZZ are diagonal and local gates of determinant 1 are real. */
// prettier-ignore
const MAGIC = Float64Array.of(
  R, 0, 0, 0, 0, 0, 0, R,
  0, 0, 0, R, R, 0, 0, 0,
  0, 0, 0, R, -R, 0, 0, 0,
  R, 0, 0, 0, 0, 0, 0, -R,
);
const MAGIC_ADJOINT = adjointMatrix(MAGIC);

export function cartanDecomposition(unitary: Float64Array): CartanDecomposition {
  const inMagic = multiplyMatrices(MAGIC_ADJOINT, multiplyMatrices(withUnitDeterminant(unitary), MAGIC));
  const square = multiplyMatrices(transpose(inMagic), inMagic);
  const vectors = realEigenvectors(square);
  const turned = multiplyMatrices(transpose(vectors), multiplyMatrices(square, vectors));
  const phases = [0, 1, 2, 3].map((i) => Math.atan2(turned[10 * i + 1]!, turned[10 * i]!) / 2);
  // The phases are half angles, each free up to pi: their sum must be a whole turn.
  const sum = phases.reduce((total, phase) => total + phase, 0);
  if (Math.abs(Math.round(sum / PI)) % 2 === 1) phases[0] = phases[0]! + PI;
  const [d0 = 0, d1 = 0, , d3 = 0] = phases;
  const turnsBack = diagonal(phases.map((phase) => -phase));
  const left = multiplyMatrices(inMagic, multiplyMatrices(vectors, turnsBack));
  const local = (matrix: Float64Array): [Float64Array, Float64Array] =>
    tensorFactors(multiplyMatrices(MAGIC, multiplyMatrices(matrix, MAGIC_ADJOINT)));
  const rest = phases.reduce((total, phase) => total + phase, 0) / 4;
  return {
    before: local(transpose(vectors)),
    after: local(left),
    angles: [(d0 + d1) / 2 - rest, (d1 + d3) / 2 - rest, (d0 + d3) / 2 - rest],
  };
}

/** Divides by the fourth root of the determinant. */
function withUnitDeterminant(unitary: Float64Array): Float64Array {
  const [re, im] = determinant(unitary);
  const angle = -Math.atan2(im, re) / 4;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return unitary.map((value, i) =>
    i % 2 === 0 ? c * value - s * unitary[i + 1]! : c * value + s * unitary[i - 1]!,
  );
}

/** Determinant of a 4x4 matrix by elimination with pivots. */
function determinant(matrix: Float64Array): [number, number] {
  const m = matrix.slice();
  let [re, im] = [1, 0];
  for (let k = 0; k < 4; k += 1) {
    let pivot = k;
    for (let row = k + 1; row < 4; row += 1) {
      const size = (r: number): number => Math.hypot(m[2 * (4 * r + k)]!, m[2 * (4 * r + k) + 1]!);
      if (size(row) > size(pivot)) pivot = row;
    }
    if (pivot !== k) {
      for (let i = 0; i < 8; i += 1) [m[8 * k + i], m[8 * pivot + i]] = [m[8 * pivot + i]!, m[8 * k + i]!];
      [re, im] = [-re, -im];
    }
    const [pr, pi] = [m[10 * k]!, m[10 * k + 1]!];
    [re, im] = [re * pr - im * pi, re * pi + im * pr];
    const norm = pr * pr + pi * pi;
    for (let row = k + 1; row < 4; row += 1) {
      const [xr, xi] = [m[2 * (4 * row + k)]!, m[2 * (4 * row + k) + 1]!];
      const [fr, fi] = [(xr * pr + xi * pi) / norm, (xi * pr - xr * pi) / norm];
      for (let i = k; i < 4; i += 1) {
        const [vr, vi] = [m[2 * (4 * k + i)]!, m[2 * (4 * k + i) + 1]!];
        m[2 * (4 * row + i)] = m[2 * (4 * row + i)]! - fr * vr + fi * vi;
        m[2 * (4 * row + i) + 1] = m[2 * (4 * row + i) + 1]! - fr * vi - fi * vr;
      }
    }
  }
  return [re, im];
}

function transpose(matrix: Float64Array): Float64Array {
  const result = new Float64Array(32);
  for (let i = 0; i < 4; i += 1) {
    for (let j = 0; j < 4; j += 1) {
      result[2 * (4 * j + i)] = matrix[2 * (4 * i + j)]!;
      result[2 * (4 * j + i) + 1] = matrix[2 * (4 * i + j) + 1]!;
    }
  }
  return result;
}

function diagonal(phases: readonly number[]): Float64Array {
  const result = new Float64Array(32);
  for (const [i, phase] of phases.entries()) {
    result[10 * i] = Math.cos(phase);
    result[10 * i + 1] = Math.sin(phase);
  }
  return result;
}

/**
 * Real orthonormal eigenvectors (determinant 1) of a symmetric unitary: its real and imaginary part commute and are
 * made diagonal together by Jacobi rotations (Cardoso and Souloumiac 1996), which degenerate eigenvalues do not upset.
 */
function realEigenvectors(symmetric: Float64Array): Float64Array {
  let matrix = symmetric;
  let vectors = identityMatrix(4);
  for (let sweep = 0; sweep < 50; sweep += 1) {
    let turned = false;
    for (let p = 0; p < 3; p += 1) {
      for (let q = p + 1; q < 4; q += 1) {
        const [dr, di] = [matrix[10 * p]! - matrix[10 * q]!, matrix[10 * p + 1]! - matrix[10 * q + 1]!];
        const [or, oi] = [2 * matrix[2 * (4 * p + q)]!, 2 * matrix[2 * (4 * p + q) + 1]!];
        const on = dr * dr + di * di - or * or - oi * oi;
        const off = 2 * (dr * or + di * oi);
        const angle = 0.25 * Math.atan2(off, on);
        // Equal eigenvalues leave rounding alone, which says nothing about an angle.
        if (Math.abs(angle) < 1e-15 || Math.hypot(on, off) < 1e-29) continue;
        turned = true;
        const rotation = identityMatrix(4);
        rotation[10 * p] = rotation[10 * q] = Math.cos(angle);
        rotation[2 * (4 * p + q)] = -Math.sin(angle);
        rotation[2 * (4 * q + p)] = Math.sin(angle);
        matrix = multiplyMatrices(transpose(rotation), multiplyMatrices(matrix, rotation));
        vectors = multiplyMatrices(vectors, rotation);
      }
    }
    if (!turned) break;
  }
  if (determinant(vectors)[0] < 0) {
    for (let row = 0; row < 4; row += 1) vectors[8 * row] = -vectors[8 * row]!;
  }
  return vectors;
}

/** The factors of a 4x4 product high x low, as [low, high], each a 2x2 unitary up to its phase. */
function tensorFactors(product: Float64Array): [Float64Array, Float64Array] {
  const size = (i: number): number => Math.hypot(product[2 * i]!, product[2 * i + 1]!);
  let lead = 0;
  for (let i = 1; i < 16; i += 1) if (size(i) > size(lead)) lead = i;
  const [row, column] = [lead >> 2, lead & 3];
  const low = new Float64Array(8);
  const high = new Float64Array(8);
  for (let i = 0; i < 2; i += 1) {
    for (let j = 0; j < 2; j += 1) {
      const inLow = 2 * (4 * ((row & 2) | i) + ((column & 2) | j));
      const inHigh = 2 * (4 * ((row & 1) | (2 * i)) + ((column & 1) | (2 * j)));
      for (const part of [0, 1]) {
        low[2 * (2 * i + j) + part] = product[inLow + part]!;
        high[2 * (2 * i + j) + part] = product[inHigh + part]!;
      }
    }
  }
  return [normalised(low), normalised(high)];
}

function normalised(matrix: Float64Array): Float64Array {
  const norm = Math.hypot(...matrix) * Math.SQRT1_2;
  return matrix.map((value) => value / norm);
}
