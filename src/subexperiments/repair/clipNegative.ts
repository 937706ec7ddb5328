/** The nearest matrix that a state can have. */
import { hermitianEigen } from '../../circuit/hermitianEigen.js';
import { orderOf } from '../../circuit/matrix.js';

/** In place, of a Hermitian matrix in the form of `matrix.ts`: the nearest one (Frobenius) without negative eigenvalues. */
export function clipNegative(matrix: Float64Array): void {
  const n = orderOf(matrix);
  const { values, vectors } = hermitianEigen(matrix);
  for (const [j, value] of values.entries()) {
    if (value >= 0) continue;
    for (let row = 0; row < n; row += 1) {
      const v = 2 * (row * n + j);
      const [vr, vi] = [value * vectors[v]!, value * vectors[v + 1]!];
      for (let column = 0; column < n; column += 1) {
        const w = 2 * (column * n + j);
        const [wr, wi] = [vectors[w]!, vectors[w + 1]!];
        const at = 2 * (row * n + column);
        matrix[at] = matrix[at]! - (vr * wr + vi * wi);
        matrix[at + 1] = matrix[at + 1]! - (vi * wr - vr * wi);
      }
    }
  }
}
