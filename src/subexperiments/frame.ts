/**
 * Linear inversion: what a set of measured frequencies says about the numbers that they are sums of. Frequencies f = E m
 * give m = D f with D = (E^T W E)^-1 E^T W, weighted least squares; with more frequencies than numbers, what several of
 * them tell is pooled by their weights. Any weights give an unbiased m.
 */
import { KroncutError, valueAt } from '../error.js';

/** A real matrix, row-major. */
export interface RealMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

export function realMatrix(
  rows: number,
  columns: number,
  entryAt: (row: number, column: number) => number,
): RealMatrix {
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) values[row * columns + column] = entryAt(row, column);
  }
  return { rows, columns, values };
}

export function entry({ columns, values }: RealMatrix, row: number, column: number): number {
  const value = values[row * columns + column];
  if (value === undefined) throw new KroncutError('internal', `a matrix has no entry ${row}, ${column}`);
  return value;
}

export function product(a: RealMatrix, b: RealMatrix): RealMatrix {
  return realMatrix(a.rows, b.columns, (row, column) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k += 1) sum += entry(a, row, k) * entry(b, k, column);
    return sum;
  });
}

/** D of the weighted least squares for `effects` E, a weight above 0 for each of its rows. Throws `internal` for a lack of rank. */
export function leftInverse(effects: RealMatrix, weights: ArrayLike<number>): RealMatrix {
  const { rows, columns } = effects;
  const weight = (row: number): number => valueAt(weights, row);
  const normal = realMatrix(columns, columns, (i, j) => {
    let sum = 0;
    for (let row = 0; row < rows; row += 1)
      sum += weight(row) * entry(effects, row, i) * entry(effects, row, j);
    return sum;
  });
  const weighed = realMatrix(columns, rows, (column, row) => weight(row) * entry(effects, row, column));
  return solve(normal, weighed);
}

/** X with A X = B, by Gaussian elimination with the largest pivots. */
function solve(matrix: RealMatrix, right: RealMatrix): RealMatrix {
  const n = matrix.rows;
  const a = Array.from({ length: n }, (_, row) => [
    ...matrix.values.subarray(row * n, (row + 1) * n),
    ...right.values.subarray(row * right.columns, (row + 1) * right.columns),
  ]);
  const scale = Math.max(...matrix.values.map(Math.abs));
  for (let column = 0; column < n; column += 1) {
    const size = (row: readonly number[]): number => Math.abs(valueAt(row, column));
    let best = column;
    for (let row = column + 1; row < n; row += 1) if (size(a[row] ?? []) > size(a[best] ?? [])) best = row;
    const pivot = a[best] ?? [];
    if (size(pivot) <= 1e-13 * scale)
      throw new KroncutError('internal', 'settings do not span what they are to tell');
    a[best] = a[column] ?? [];
    a[column] = pivot;
    for (const [row, values] of a.entries()) {
      const factor = valueAt(values, column) / (pivot[column] ?? 1);
      if (row === column || factor === 0) continue;
      for (let j = column; j < values.length; j += 1)
        values[j] = valueAt(values, j) - factor * valueAt(pivot, j);
    }
  }
  return realMatrix(
    n,
    right.columns,
    (row, column) => valueAt(valueAt(a, row), n + column) / (a[row]?.[row] ?? 1),
  );
}
