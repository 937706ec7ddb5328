/** Eigenvalues and eigenvectors of small Hermitian matrices in the form of `matrix.ts`. */
import { identityMatrix, orderOf } from './matrix.js';

export interface HermitianEigen {
  readonly values: Float64Array;
  /** Column j belongs to `values[j]`; columns are orthonormal, and in no order. */
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;

/**
 * By cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5). Entries of at most `rounding` count as 0;
 * where it is left out, of 1e-17 of the matrix's norm: their phase is rounding, and so would their rotation be, which mixes
 * vectors of equal values.
 */
export function hermitianEigen(matrix: Float64Array, rounding?: number): HermitianEigen {
  const n = orderOf(matrix);
  const a = matrix.slice();
  const vectors = identityMatrix(n);
  const least = rounding ?? (1e-17 * Math.hypot(...squaresByRow(a, n))) / n;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let turned = false;
    for (let p = 0; p < n - 1; p += 1) {
      for (let q = p + 1; q < n; q += 1) turned = rotate(a, vectors, n, p, q, least) || turned;
    }
    if (!turned) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[2 * i * (n + 1)]!), vectors };
}

/** The norm of each row. */
function squaresByRow(a: Float64Array, n: number): number[] {
  return Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let i = 2 * row * n; i < 2 * (row + 1) * n; i += 1) sum += a[i]! ** 2;
    return Math.sqrt(sum);
  });
}

/** Makes the entry (p, q) zero, unless it is at most `least`: its phase is turned away, and a real rotation does the rest. */
function rotate(
  a: Float64Array,
  vectors: Float64Array,
  n: number,
  p: number,
  q: number,
  least: number,
): boolean {
  const at = 2 * (p * n + q);
  const [pp, qq, qp] = [2 * p * (n + 1), 2 * q * (n + 1), 2 * (q * n + p)];
  const size = Math.hypot(a[at]!, a[at + 1]!);
  if (size <= least) return false;
  const phase: Phase = [a[at]! / size, a[at + 1]! / size];
  const theta = (a[qq]! - a[pp]!) / (2 * size);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const low = a[pp]! - t * size;
  const high = a[qq]! + t * size;
  turnColumns(a, n, [p, q], [c, s], phase);
  turnColumns(vectors, n, [p, q], [c, s], phase);
  // The rows follow from the columns, and where they meet from the rotation.
  for (let k = 0; k < n; k += 1) {
    for (const row of [p, q]) {
      a[2 * (row * n + k)] = a[2 * (k * n + row)]!;
      a[2 * (row * n + k) + 1] = -a[2 * (k * n + row) + 1]!;
    }
  }
  for (const i of [at, qp, pp, qq]) a.fill(0, i, i + 2);
  a[pp] = low;
  a[qq] = high;
  return true;
}

type Phase = readonly [re: number, im: number];

/** Columns x and y become c x - s w y and s x + c w y with the conjugate w of the phase. */
function turnColumns(
  matrix: Float64Array,
  n: number,
  [p, q]: readonly [number, number],
  [c, s]: readonly [number, number],
  [ur, ui]: Phase,
): void {
  for (let k = 0; k < n; k += 1) {
    const first = 2 * (k * n + p);
    const second = 2 * (k * n + q);
    const [xr, xi, yr, yi] = [matrix[first]!, matrix[first + 1]!, matrix[second]!, matrix[second + 1]!];
    const zr = ur * yr + ui * yi;
    const zi = ur * yi - ui * yr;
    matrix[first] = c * xr - s * zr;
    matrix[first + 1] = c * xi - s * zi;
    matrix[second] = s * xr + c * zr;
    matrix[second + 1] = s * xi + c * zi;
  }
}
