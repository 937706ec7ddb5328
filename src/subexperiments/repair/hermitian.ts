/** Small Hermitian matrices: their eigenvalues, and the nearest matrix without negative ones. */
import { numberAt } from '../../error.js';

/** n x n, row-major: real parts and imaginary parts. */
export interface ComplexMatrix {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function zeroMatrix(n: number): ComplexMatrix {
  return { re: new Float64Array(n * n), im: new Float64Array(n * n) };
}

const MOST_SWEEPS = 40;

/** Eigenvalues, and in the columns of `vectors` orthonormal eigenvectors: cyclic Jacobi rotations (Golub, Van Loan, section 8.5). */
export function hermitianEigen(
  matrix: ComplexMatrix,
  n: number,
): { readonly values: Float64Array; readonly vectors: ComplexMatrix } {
  const a = { re: matrix.re.slice(), im: matrix.im.slice() };
  const vectors = zeroMatrix(n);
  for (let i = 0; i < n; i += 1) vectors.re[i * (n + 1)] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let [off, all] = [0, 0];
    for (let i = 0; i < n * n; i += 1) {
      const square = a.re[i]! ** 2 + a.im[i]! ** 2;
      all += square;
      if (i % (n + 1) !== 0) off += square;
    }
    if (off <= 1e-28 * all) break;
    // The phase of what is next to nothing is rounding, and so would its rotation be.
    const least = (1e-17 * Math.sqrt(all)) / n;
    for (let p = 0; p < n - 1; p += 1) {
      for (let q = p + 1; q < n; q += 1) rotate(a, vectors, n, [p, q], least);
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => numberAt(a.re, i * (n + 1))), vectors };
}

/** Makes the entry (p, q) zero, unless it is at most `least`: its phase is turned away, and a real rotation does the rest. */
function rotate(
  a: ComplexMatrix,
  vectors: ComplexMatrix,
  n: number,
  [p, q]: readonly [number, number],
  least: number,
): void {
  const { re, im } = a;
  const at = p * n + q;
  const size = Math.hypot(re[at]!, im[at]!);
  if (size <= least) return;
  const [ur, ui] = [re[at]! / size, im[at]! / size];
  const theta = (re[q * n + q]! - re[p * n + p]!) / (2 * size);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const low = re[p * n + p]! - t * size;
  const high = re[q * n + q]! + t * size;
  turnColumns(a, n, p, q, c, s, ur, ui);
  turnColumns(vectors, n, p, q, c, s, ur, ui);
  // The rows follow from the columns, and where they meet from the rotation.
  for (let k = 0; k < n; k += 1) {
    re[p * n + k] = re[k * n + p]!;
    im[p * n + k] = -im[k * n + p]!;
    re[q * n + k] = re[k * n + q]!;
    im[q * n + k] = -im[k * n + q]!;
  }
  re[p * n + p] = low;
  re[q * n + q] = high;
  for (const i of [at, q * n + p]) re[i] = 0;
  for (const i of [at, q * n + p, p * n + p, q * n + q]) im[i] = 0;
}

/** Columns x and y become c x - s w y and s x + c w y with the conjugate w of the phase u. */
function turnColumns(
  { re, im }: ComplexMatrix,
  n: number,
  p: number,
  q: number,
  c: number,
  s: number,
  ur: number,
  ui: number,
): void {
  for (let k = 0; k < n; k += 1) {
    const first = k * n + p;
    const second = k * n + q;
    const xr = re[first]!;
    const xi = im[first]!;
    const yr = re[second]!;
    const yi = im[second]!;
    const zr = ur * yr + ui * yi;
    const zi = ur * yi - ui * yr;
    re[first] = c * xr - s * zr;
    im[first] = c * xi - s * zi;
    re[second] = s * xr + c * zr;
    im[second] = s * xi + c * zi;
  }
}

/** In place: the nearest matrix (Frobenius) without negative eigenvalues. */
export function clipNegative(matrix: ComplexMatrix, n: number): void {
  const { values, vectors } = hermitianEigen(matrix, n);
  const { re, im } = matrix;
  for (const [j, value] of values.entries()) {
    if (value >= 0) continue;
    for (let row = 0; row < n; row += 1) {
      const [vr, vi] = [value * vectors.re[row * n + j]!, value * vectors.im[row * n + j]!];
      for (let column = 0; column < n; column += 1) {
        const [wr, wi] = [vectors.re[column * n + j]!, vectors.im[column * n + j]!];
        const at = row * n + column;
        re[at] = re[at]! - (vr * wr + vi * wi);
        im[at] = im[at]! - (vi * wr - vr * wi);
      }
    }
  }
}
