import { expect, it } from 'vitest';
import { hermitianEigen } from '../../../../src/circuit/hermitianEigen.js';
import { maxDifference } from '../../../../src/circuit/matrix.js';
import { clipNegative } from '../../../../src/subexperiments/repair/clipNegative.js';
import { fromEigen, randomHermitian, SIZES_AND_RANKS } from '../../../support/hermitian.js';

it.each(SIZES_AND_RANKS)('of size %i with %i terms, negative eigenvalues become 0', (n, rank) => {
  for (let seed = 0; seed < 5; seed += 1) {
    const matrix = randomHermitian(n, rank, seed);
    const { values, vectors } = hermitianEigen(matrix);
    clipNegative(matrix);
    const wanted = fromEigen(
      values.map((value) => Math.max(0, value)),
      vectors,
    );
    expect(maxDifference(matrix, wanted)).toBeLessThan(1e-12);
  }
});
