/** Pauli matrices, in the form of `matrix.ts`, and their eigenvectors. */

const R = Math.SQRT1_2;

export const PAULI_NAMES = ['I', 'X', 'Y', 'Z'] as const;

export const PAULI = [
  Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0),
  Float64Array.of(0, 0, 1, 0, 1, 0, 0, 0),
  Float64Array.of(0, 0, 0, -1, 0, 1, 0, 0),
  Float64Array.of(1, 0, 0, 0, 0, 0, -1, 0),
] as const;

/** Columns: the eigenvectors of value 1 and -1. */
export const PAULI_FRAMES = [
  PAULI[0],
  Float64Array.of(R, 0, R, 0, R, 0, -R, 0),
  Float64Array.of(R, 0, R, 0, 0, R, 0, -R),
  PAULI[0],
] as const;
