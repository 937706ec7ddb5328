/**
 * Two-qubit gates as controlled operations: U = sum over b = 0, 1 of |out_b><in_b| x R_b with an orthonormal basis
 * `in` of one qubit, its control, and unitary R_b on the other. Gates that follow one another on a control and keep its
 * basis are, whatever their targets, one operator of Schmidt rank two: cut together they share one bond.
 */
import { gateCutBasis } from './gateCutBasis.js';
import type { Operation } from './lower.js';
import { adjointMatrix, controlledMatrix, multiplyMatrices } from './matrix.js';
import { PAULI, PAULI_FRAMES } from './pauli.js';
import { numberAt } from '../error.js';

/** What is dropped where a gate counts as controlled changes no probability by more than a few times this. */
const TOLERANCE = 1e-12;

/** An orthonormal basis of one qubit: a 2x2 matrix as in `matrix.ts`, whose columns are its vectors. */
export type QubitBasis = Float64Array;

export interface ControlForm {
  readonly input: QubitBasis;
  readonly output: QubitBasis;
  /** Unitaries on the other qubit, for each vector of the basis. */
  readonly operations: readonly [Float64Array, Float64Array];
}

/**
 * The form of a 4x4 unitary (index = bit(first) + 2 bit(second)) whose control is the first qubit (`end` 0) or the
 * second, in this basis; undefined where the gate does not keep the basis apart.
 */
export function controlForm(unitary: Float64Array, end: 0 | 1, input: QubitBasis): ControlForm | undefined {
  const output = new Float64Array(8);
  const operations: Float64Array[] = [];
  for (const vector of [0, 1]) {
    const rows = rowsOf(unitary, end, column(input, vector));
    const [low, high] = rows;
    const main = norm(low) >= norm(high) ? low : high;
    const scale = Math.SQRT2 / norm(main);
    const operation = main.map((value) => scale * value);
    for (const [bit, row] of rows.entries()) {
      const [re, im] = overlap(operation, row);
      const rest = row.map((value, i) =>
        i % 2 === 0
          ? value - (re * numberAt(operation, i) - im * numberAt(operation, i + 1)) / 2
          : value - (re * numberAt(operation, i) + im * numberAt(operation, i - 1)) / 2,
      );
      if (norm(rest) > TOLERANCE) return undefined;
      output[2 * (2 * bit + vector)] = re / 2;
      output[2 * (2 * bit + vector) + 1] = im / 2;
    }
    operations.push(operation);
  }
  const [first, second] = operations;
  return first === undefined || second === undefined
    ? undefined
    : { input, output, operations: [first, second] };
}

/** The one basis of a qubit of a gate of Schmidt rank two that it keeps apart; undefined for other ranks. */
export function controlBasis(unitary: Float64Array, end: 0 | 1): QubitBasis | undefined {
  const { rank, coefficients, before } = gateCutBasis(unitary);
  if (rank !== 2) return undefined;
  const [high = 0, low = 0] = coefficients
    .map(([re, im], term) => ({ term, size: Math.hypot(re, im) }))
    .toSorted((a, b) => b.size - a.size)
    .map(({ term }) => term);
  // X Y is Z but for a phase, and so on round: numbers of Pauli matrices multiply by exclusive or.
  const vectors = PAULI_FRAMES[high ^ low] ?? PAULI_FRAMES[3];
  return multiplyMatrices(adjointMatrix(before[end]), vectors);
}

/** What a one-qubit gate makes of a basis. */
export function turnedBasis(matrix: Float64Array, basis: QubitBasis): QubitBasis {
  return multiplyMatrices(matrix, basis);
}

/**
 * What the control does: `branch`, where given, starts in |0> and takes the number of the basis vector. Every gate of
 * a group does it to its control, the first one with a branch qubit.
 */
export function controlOperations(form: ControlForm, control: number, branch?: number): Operation[] {
  const into = adjointMatrix(form.input);
  if (branch === undefined) return [{ qubits: [control], matrix: multiplyMatrices(form.output, into) }];
  return [
    { qubits: [control], matrix: into },
    { qubits: [control, branch], matrix: controlledMatrix(PAULI[1]) },
    { qubits: [control], matrix: form.output },
  ];
}

/** What the other qubit does, by the branch qubit; `first` puts that into the sum of |0> and |1>, not normalised. */
export function targetOperations(
  form: ControlForm,
  target: number,
  branch: number,
  first: boolean,
): Operation[] {
  const operation = { qubits: [branch, target], matrix: selectedOperation(form.operations) };
  return first ? [{ qubits: [branch], matrix: BOTH }, operation] : [operation];
}

/** Takes |0> to the sum of |0> and |1>. */
export const BOTH = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0);

/** The 4x4 matrix that acts on the second qubit by the value of the first; index = bit(first) + 2 bit(second). */
export function selectedOperation(operations: readonly [Float64Array, Float64Array]): Float64Array {
  const result = new Float64Array(32);
  operations.forEach((matrix, value) => {
    for (const row of [0, 1]) {
      for (const from of [0, 1]) {
        const to = 2 * (4 * (value + 2 * row) + value + 2 * from);
        result[to] = numberAt(matrix, 2 * (2 * row + from));
        result[to + 1] = numberAt(matrix, 2 * (2 * row + from) + 1);
      }
    }
  });
  return result;
}

function column(matrix: QubitBasis, vector: number): readonly [number, number, number, number] {
  const [re0 = 0, im0 = 0] = matrix.subarray(2 * vector, 2 * vector + 2);
  const [re1 = 0, im1 = 0] = matrix.subarray(4 + 2 * vector, 6 + 2 * vector);
  return [re0, im0, re1, im1];
}

/** U applied to a vector of the control: for each value of the control afterwards, a 2x2 matrix on the other qubit. */
function rowsOf(
  unitary: Float64Array,
  end: 0 | 1,
  [re0, im0, re1, im1]: readonly [number, number, number, number],
): [Float64Array, Float64Array] {
  const index = (control: number, other: number): number =>
    end === 0 ? control + 2 * other : other + 2 * control;
  const rows: [Float64Array, Float64Array] = [new Float64Array(8), new Float64Array(8)];
  for (const bit of [0, 1] as const) {
    for (const row of [0, 1]) {
      for (const from of [0, 1]) {
        const at = (control: number): number => 2 * (4 * index(bit, row) + index(control, from));
        const [a, b] = [at(0), at(1)];
        const [aRe = 0, aIm = 0] = [unitary[a], unitary[a + 1]];
        const [bRe = 0, bIm = 0] = [unitary[b], unitary[b + 1]];
        rows[bit][2 * (2 * row + from)] = aRe * re0 - aIm * im0 + bRe * re1 - bIm * im1;
        rows[bit][2 * (2 * row + from) + 1] = aRe * im0 + aIm * re0 + bRe * im1 + bIm * re1;
      }
    }
  }
  return rows;
}

function norm(values: Float64Array): number {
  return Math.hypot(...values);
}

/** Sum of conj(a) b. */
function overlap(a: Float64Array, b: Float64Array): [number, number] {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    const [ar = 0, ai = 0, br = 0, bi = 0] = [a[i], a[i + 1], b[i], b[i + 1]];
    re += ar * br + ai * bi;
    im += ar * bi - ai * br;
  }
  return [re, im];
}
