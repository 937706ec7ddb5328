/** Matrices written from definitions, by Pauli strings and exponential series: the reference for gate matrices. */

/** A dense complex matrix, row-major and interleaved, of a given order. */
export type Matrix = Float64Array;

type Complex = readonly [re: number, im: number];

const PAULIS: Readonly<Record<string, readonly (readonly Complex[])[]>> = {
  I: [
    [
      [1, 0],
      [0, 0],
    ],
    [
      [0, 0],
      [1, 0],
    ],
  ],
  X: [
    [
      [0, 0],
      [1, 0],
    ],
    [
      [1, 0],
      [0, 0],
    ],
  ],
  Y: [
    [
      [0, 0],
      [0, -1],
    ],
    [
      [0, 1],
      [0, 0],
    ],
  ],
  Z: [
    [
      [1, 0],
      [0, 0],
    ],
    [
      [0, 0],
      [-1, 0],
    ],
  ],
};

function order(matrix: Matrix): number {
  return Math.round(Math.sqrt(matrix.length / 2));
}

export function build(n: number, entry: (row: number, column: number) => Complex): Matrix {
  const result = new Float64Array(2 * n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      result.set(entry(row, column), 2 * (row * n + column));
    }
  }
  return result;
}

function at(matrix: Matrix, row: number, column: number): Complex {
  const index = 2 * (row * order(matrix) + column);
  return [matrix[index]!, matrix[index + 1]!];
}

function times([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

/** The tensor product of Paulis; the last letter belongs to the first qubit, as in Pauli labels. */
export function pauli(label: string): Matrix {
  const letters = label.split('').toReversed();
  return build(2 ** letters.length, (row, column) =>
    letters.reduce<Complex>(
      (product, letter, q) => times(product, PAULIS[letter]![(row >> q) & 1]![(column >> q) & 1]!),
      [1, 0],
    ),
  );
}

/** The sum of matrices, each times a complex factor. */
export function combine(...terms: readonly (readonly [factor: Complex, matrix: Matrix])[]): Matrix {
  const n = order(terms[0]![1]);
  return build(n, (row, column) =>
    terms.reduce<Complex>(
      ([re, im], [factor, matrix]) => {
        const [x, y] = times(factor, at(matrix, row, column));
        return [re + x, im + y];
      },
      [0, 0],
    ),
  );
}

/** The product of matrices, the leftmost factor first. */
export function product(...factors: readonly Matrix[]): Matrix {
  return factors.reduce((a, b) =>
    build(order(a), (row, column) => {
      let sum: Complex = [0, 0];
      for (let k = 0; k < order(a); k++) {
        const [x, y] = times(at(a, row, k), at(b, k, column));
        sum = [sum[0] + x, sum[1] + y];
      }
      return sum;
    }),
  );
}

/** exp(-i angle/2 generator), by scaling, its series, and squaring. */
export function rotation(generator: Matrix, angle: number): Matrix {
  const identity = build(order(generator), (row, column) => [row === column ? 1 : 0, 0]);
  const step = combine([[0, -angle / 2 / 64], generator]);
  let term = identity;
  let sum = identity;
  for (let k = 1; k < 24; k++) {
    term = combine([[1 / k, 0], product(term, step)]);
    sum = combine([[1, 0], sum], [[1, 0], term]);
  }
  for (let k = 0; k < 6; k++) {
    sum = product(sum, sum);
  }
  return sum;
}

/** exp(i angle) times a matrix. */
export function phased(angle: number, matrix: Matrix): Matrix {
  return combine([[Math.cos(angle), Math.sin(angle)], matrix]);
}

/** A matrix on n qubits with k controls in front: the controls are the lowest bits of the index. */
export function underControls(k: number, matrix: Matrix): Matrix {
  const all = 2 ** k - 1;
  return build(2 ** k * order(matrix), (row, column) => {
    if ((row & all) === all && (column & all) === all) {
      return at(matrix, row >> k, column >> k);
    }
    return [row === column ? 1 : 0, 0];
  });
}
