import { adjointMatrix, multiplyMatrices } from '../../src/circuit/matrix.js';
import { Random } from '../../src/circuit/random.js';

/** Hermitian, n x n, in the form of `matrix.ts`, and with `rank` of 2 for example the difference of two projectors. */
export function randomHermitian(n: number, rank: number, seed: number): Float64Array {
  const random = new Random(seed);
  const factor = new Float64Array(2 * n * n);
  const signs = new Float64Array(n);
  for (let term = 0; term < rank; term += 1) {
    signs[term] = term % 2 === 0 ? 1 : -1;
    for (let row = 0; row < n; row += 1) {
      factor[2 * (row * n + term)] = random.next() - 0.5;
      factor[2 * (row * n + term) + 1] = random.next() - 0.5;
    }
  }
  return fromEigen(signs, factor);
}

/** V diag(values) V^dagger. */
export function fromEigen(values: Float64Array, vectors: Float64Array): Float64Array {
  const n = values.length;
  const diagonal = new Float64Array(2 * n * n);
  values.forEach((value, i) => (diagonal[2 * i * (n + 1)] = value));
  return multiplyMatrices(vectors, multiplyMatrices(diagonal, adjointMatrix(vectors)));
}

/** Sizes and ranks of matrices to try. */
export const SIZES_AND_RANKS = [
  [1, 1],
  [2, 1],
  [4, 2],
  [8, 3],
  [16, 16],
  [32, 5],
] as const;
