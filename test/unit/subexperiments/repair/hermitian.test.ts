import { expect, it } from 'vitest';
import { Random } from '../../../../src/circuit/random.js';
import {
  clipNegative,
  hermitianEigen,
  zeroMatrix,
  type ComplexMatrix,
} from '../../../../src/subexperiments/repair/hermitian.js';

/** Hermitian, and with `rank` of 2 for example the difference of two projectors. */
function randomMatrix(n: number, rank: number, seed: number): ComplexMatrix {
  const random = new Random(seed);
  const matrix = zeroMatrix(n);
  for (let term = 0; term < rank; term += 1) {
    const vector = Array.from({ length: n }, () => [random.next() - 0.5, random.next() - 0.5] as const);
    const sign = term % 2 === 0 ? 1 : -1;
    for (const [i, [a, b]] of vector.entries()) {
      for (const [j, [c, d]] of vector.entries()) {
        matrix.re[i * n + j]! += sign * (a * c + b * d);
        matrix.im[i * n + j]! += sign * (b * c - a * d);
      }
    }
  }
  return matrix;
}

/** V diag(values) V^dagger. */
function fromEigen(values: Float64Array, { re, im }: ComplexMatrix, n: number): ComplexMatrix {
  const matrix = zeroMatrix(n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      for (const [k, value] of values.entries()) {
        const [a, b, c, d] = [re[i * n + k]!, im[i * n + k]!, re[j * n + k]!, im[j * n + k]!];
        matrix.re[i * n + j]! += value * (a * c + b * d);
        matrix.im[i * n + j]! += value * (b * c - a * d);
      }
    }
  }
  return matrix;
}

function expectClose(found: ComplexMatrix, wanted: ComplexMatrix): void {
  for (const part of ['re', 'im'] as const) {
    found[part].forEach((value, i) => expect(value).toBeCloseTo(wanted[part][i]!, 12));
  }
}

it.each([
  [1, 1],
  [2, 1],
  [4, 2],
  [8, 3],
  [16, 16],
  [32, 5],
])('of size %i with %i terms the eigenvalues and vectors make the matrix', (n, rank) => {
  for (let seed = 0; seed < 5; seed += 1) {
    const matrix = randomMatrix(n, rank, seed);
    const { values, vectors } = hermitianEigen(matrix, n);
    expectClose(fromEigen(values, vectors, n), matrix);
    const unit = fromEigen(
      values.map(() => 1),
      vectors,
      n,
    );
    expectClose(unit, {
      ...zeroMatrix(n),
      re: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    });
    const clipped = { re: matrix.re.slice(), im: matrix.im.slice() };
    clipNegative(clipped, n);
    expectClose(
      clipped,
      fromEigen(
        values.map((value) => Math.max(0, value)),
        vectors,
        n,
      ),
    );
  }
});
