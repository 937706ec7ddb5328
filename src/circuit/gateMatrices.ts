/**
 * Matrices of the one- and two-qubit gates, in Qiskit's conventions: `u` and `u3` have a real first entry,
 * `rz` and the other rotations have determinant 1, and the index of a two-qubit matrix is
 * bit(first qubit) + 2 bit(second qubit).
 */
import { controlledMatrix } from './matrix.js';

export type MatrixOf = (...params: number[]) => Float64Array;

const R = Math.SQRT1_2;

export const u: MatrixOf = (theta: number, phi: number, lambda: number) => {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return Float64Array.of(
    c,
    0,
    -Math.cos(lambda) * s,
    -Math.sin(lambda) * s,
    Math.cos(phi) * s,
    Math.sin(phi) * s,
    Math.cos(phi + lambda) * c,
    Math.sin(phi + lambda) * c,
  );
};

const p: MatrixOf = (lambda: number) => Float64Array.of(1, 0, 0, 0, 0, 0, Math.cos(lambda), Math.sin(lambda));

const rx: MatrixOf = (theta: number) => {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return Float64Array.of(c, 0, 0, -s, 0, -s, c, 0);
};

const ry: MatrixOf = (theta: number) => {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return Float64Array.of(c, 0, -s, 0, s, 0, c, 0);
};

const rz: MatrixOf = (theta: number) => {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return Float64Array.of(c, -s, 0, 0, 0, 0, c, s);
};

/** Rotation by theta about the axis cos(phi) X + sin(phi) Y. */
const r: MatrixOf = (theta: number, phi: number) => u(theta, phi - Math.PI / 2, Math.PI / 2 - phi);

const constant = (...entries: number[]): MatrixOf => {
  return () => Float64Array.from(entries);
};

/** One-qubit gates, by name. */
export const ONE_QUBIT_MATRICES: Readonly<Record<string, readonly [params: number, matrix: MatrixOf]>> = {
  id: [0, constant(1, 0, 0, 0, 0, 0, 1, 0)],
  u0: [1, constant(1, 0, 0, 0, 0, 0, 1, 0)],
  x: [0, constant(0, 0, 1, 0, 1, 0, 0, 0)],
  y: [0, constant(0, 0, 0, -1, 0, 1, 0, 0)],
  z: [0, constant(1, 0, 0, 0, 0, 0, -1, 0)],
  h: [0, constant(R, 0, R, 0, R, 0, -R, 0)],
  s: [0, constant(1, 0, 0, 0, 0, 0, 0, 1)],
  sdg: [0, constant(1, 0, 0, 0, 0, 0, 0, -1)],
  t: [0, constant(1, 0, 0, 0, 0, 0, R, R)],
  tdg: [0, constant(1, 0, 0, 0, 0, 0, R, -R)],
  sx: [0, constant(0.5, 0.5, 0.5, -0.5, 0.5, -0.5, 0.5, 0.5)],
  sxdg: [0, constant(0.5, -0.5, 0.5, 0.5, 0.5, 0.5, 0.5, -0.5)],
  rx: [1, rx],
  ry: [1, ry],
  rz: [1, rz],
  r: [2, r],
  p: [1, p],
  u1: [1, p],
  u2: [2, (phi: number, lambda: number) => u(Math.PI / 2, phi, lambda)],
  u3: [3, u],
  u: [3, u],
};

/** A 4x4 matrix from its entries that are not 0: row, column, real part, imaginary part. */
function sparse(...entries: readonly (readonly [number, number, number, number])[]): Float64Array {
  const result = new Float64Array(32);
  for (const [row, column, re, im] of entries) {
    result[2 * (4 * row + column)] = re;
    result[2 * (4 * row + column) + 1] = im;
  }
  return result;
}

/**
 * exp(-i theta/2 P), where P has one entry in each row r: `signs[r]`, in column r with the bits of `flip` flipped
 * (none for Z, those of its qubit for X and Y).
 */
function pauliRotation(
  theta: number,
  flip: number,
  signs: readonly [number, number, number, number],
): Float64Array {
  const result = new Float64Array(32);
  signs.forEach((sign, row) => {
    result[2 * (4 * row + row)] = Math.cos(theta / 2);
    result[2 * (4 * row + (row ^ flip)) + 1] = -sign * Math.sin(theta / 2);
  });
  return result;
}

const rxx: MatrixOf = (theta: number) => pauliRotation(theta, 3, [1, 1, 1, 1]);
const ryy: MatrixOf = (theta: number) => pauliRotation(theta, 3, [-1, 1, 1, -1]);
const rzz: MatrixOf = (theta: number) => pauliRotation(theta, 0, [1, -1, -1, 1]);
/** Z on the first qubit, X on the second. */
const rzx: MatrixOf = (theta: number) => pauliRotation(theta, 2, [1, -1, 1, -1]);

/** Turns the basis states `low` and `high` into one another by theta with the phase beta, and leaves the others. */
function exchange(theta: number, beta: number, low: number, high: number): Float64Array {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  const others = [0, 1, 2, 3].filter((state) => state !== low && state !== high);
  return sparse(
    ...others.map((state) => [state, state, 1, 0] as const),
    [low, low, c, 0],
    [high, high, c, 0],
    [low, high, -s * Math.sin(beta), -s * Math.cos(beta)],
    [high, low, s * Math.sin(beta), -s * Math.cos(beta)],
  );
}

const xxPlusYy: MatrixOf = (theta: number, beta: number) => exchange(theta, beta, 1, 2);
const xxMinusYy: MatrixOf = (theta: number, beta: number) => exchange(theta, beta, 0, 3);

/** Two-qubit gates that are not a controlled one-qubit gate, by name. */
export const TWO_QUBIT_MATRICES: Readonly<Record<string, readonly [params: number, matrix: MatrixOf]>> = {
  swap: [0, () => sparse([0, 0, 1, 0], [1, 2, 1, 0], [2, 1, 1, 0], [3, 3, 1, 0])],
  iswap: [0, () => sparse([0, 0, 1, 0], [1, 2, 0, 1], [2, 1, 0, 1], [3, 3, 1, 0])],
  dcx: [0, () => sparse([0, 0, 1, 0], [1, 3, 1, 0], [2, 1, 1, 0], [3, 2, 1, 0])],
  ecr: [
    0,
    () =>
      sparse(
        [0, 1, R, 0],
        [0, 3, 0, R],
        [1, 0, R, 0],
        [1, 2, 0, -R],
        [2, 1, 0, R],
        [2, 3, R, 0],
        [3, 0, 0, -R],
        [3, 2, R, 0],
      ),
  ],
  rxx: [1, rxx],
  ryy: [1, ryy],
  rzz: [1, rzz],
  rzx: [1, rzx],
  xx_plus_yy: [2, xxPlusYy],
  xx_minus_yy: [2, xxMinusYy],
};

/** The 2x2 matrix exp(i gamma) u(theta, phi, lambda). */
export function phasedU(theta: number, phi: number, lambda: number, gamma: number): Float64Array {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return Float64Array.of(
    Math.cos(gamma) * c,
    Math.sin(gamma) * c,
    -Math.cos(gamma + lambda) * s,
    -Math.sin(gamma + lambda) * s,
    Math.cos(gamma + phi) * s,
    Math.sin(gamma + phi) * s,
    Math.cos(gamma + phi + lambda) * c,
    Math.sin(gamma + phi + lambda) * c,
  );
}

/** The matrix of a one-qubit gate with one control: index = control + 2 target. */
export function controlled(base: MatrixOf): MatrixOf {
  return (...params) => controlledMatrix(base(...params));
}
