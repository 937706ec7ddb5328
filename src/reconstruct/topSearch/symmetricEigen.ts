/** Eigenvectors of small symmetric matrices, by cyclic Jacobi rotations (Golub, Van Loan, section 8.5). */
import { numberAt } from '../../error.js';

export interface Eigen {
  readonly values: Float64Array;
  /** Row-major; column j belongs to `values[j]`, and the columns are orthonormal. */
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 40;

/** `matrix` is n x n, row-major and symmetric. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const vectors = identity(n);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < n; j += 1) {
        const square = numberAt(a, i * n + j) ** 2;
        all += square;
        if (i !== j) off += square;
      }
    }
    if (off <= 1e-32 * all) break;
    for (let p = 0; p < n - 1; p += 1) for (let q = p + 1; q < n; q += 1) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => numberAt(a, i * n + i)), vectors };
}

/** Makes the entry (p, q) zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const pq = numberAt(a, p * n + q);
  if (pq === 0) return;
  const theta = (numberAt(a, q * n + q) - numberAt(a, p * n + p)) / (2 * pq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const [target, byRows] of [
    [a, false],
    [a, true],
    [vectors, false],
  ] as const) {
    for (let k = 0; k < n; k += 1) {
      const first = byRows ? p * n + k : k * n + p;
      const second = byRows ? q * n + k : k * n + q;
      const x = numberAt(target, first);
      const y = numberAt(target, second);
      target[first] = c * x - s * y;
      target[second] = s * x + c * y;
    }
  }
}

export function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

/** left . right, both n x n and row-major. */
export function multiply(left: Float64Array, right: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < n; k += 1) {
      const factor = numberAt(left, i * n + k);
      if (factor === 0) continue;
      for (let j = 0; j < n; j += 1)
        product[i * n + j] = numberAt(product, i * n + j) + factor * numberAt(right, k * n + j);
    }
  }
  return product;
}

export function transpose(matrix: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => numberAt(matrix, (i % n) * n + Math.floor(i / n)));
}
