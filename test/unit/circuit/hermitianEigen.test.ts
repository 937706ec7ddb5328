import { describe, expect, it } from 'vitest';
import { hermitianEigen } from '../../../src/circuit/hermitianEigen.js';
import { identityMatrix, maxDifference } from '../../../src/circuit/matrix.js';
import { fromEigen, randomHermitian, SIZES_AND_RANKS } from '../../support/hermitian.js';

describe('hermitianEigen', () => {
  it.each(SIZES_AND_RANKS)('of size %i with %i terms: values and vectors make the matrix', (n, rank) => {
    for (let seed = 0; seed < 5; seed += 1) {
      const matrix = randomHermitian(n, rank, seed);
      const { values, vectors } = hermitianEigen(matrix);
      expect(maxDifference(fromEigen(values, vectors), matrix)).toBeLessThan(1e-12);
      expect(maxDifference(fromEigen(values.fill(1), vectors), identityMatrix(n))).toBeLessThan(1e-12);
    }
  });

  it('leaves alone what is rounding, and so the vectors of equal values', () => {
    const matrix = identityMatrix(4);
    matrix[2] = 3e-16;
    matrix[8] = 3e-16;
    expect(hermitianEigen(matrix, 1e-15).vectors).toEqual(identityMatrix(4));
    expect(hermitianEigen(matrix).vectors).not.toEqual(identityMatrix(4));
    expect(hermitianEigen(new Float64Array(8)).values).toEqual(new Float64Array(2));
  });
});
