/**
 * What it takes to cut a two-qubit gate, of any kind. Its kernel is a sum of products of Pauli matrices,
 * U = (after[1] x after[0]) (sum over k of u_k P_k x P_k) (before[1] x before[0]), whose coefficients fix the
 * sampling overhead gamma = 2 (sum |u_k|)^2 - 1 (Schmitt, Piveteau and Sutter, arXiv:2312.11638, Theorem 5.1; Ufrecht
 * et al., arXiv:2312.09679) and the operator Schmidt rank, the number of terms.
 */
import { cartanDecomposition } from './cartan.js';
import type { Operation } from './lower.js';
import { controlledMatrix, multiplyMatrices } from './matrix.js';
import { PAULI } from './pauli.js';

/** Coefficients below this count as 0; what is dropped changes no probability by more than a few times its value. */
const COEFFICIENT_TOLERANCE = 1e-13;

export interface GateCutBasis {
  /** u_k of I, X, Y, Z: real and imaginary parts. */
  readonly coefficients: readonly (readonly [number, number])[];
  /** Operator Schmidt rank, 1, 2 or 4. A gate of rank 1 is local, and cutting it is free. */
  readonly rank: 1 | 2 | 4;
  /** One-norm of the best quasi-probability decomposition into local operations. */
  readonly gamma: number;
  /** 2x2 unitaries on the first and the second qubit, before and after the kernel. */
  readonly before: readonly [Float64Array, Float64Array];
  readonly after: readonly [Float64Array, Float64Array];
}

/** Bases of the unitaries that were asked for last: every stage asks for those of the same gates, and most gates are alike. */
const known = new Map<string, GateCutBasis>();
const MOST_KNOWN = 2 ** 15;

/** The basis of a 4x4 unitary; index = bit(first) + 2 bit(second). For reading: equal unitaries share one. */
export function gateCutBasis(unitary: Float64Array): GateCutBasis {
  const key = unitary.join();
  let basis = known.get(key);
  if (basis === undefined) {
    basis = basisOf(unitary);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, basis);
  }
  return basis;
}

function basisOf(unitary: Float64Array): GateCutBasis {
  const { before, after, angles } = cartanDecomposition(unitary);
  const [ca = 1, cb = 1, cc = 1] = angles.map(Math.cos);
  const [sa = 0, sb = 0, sc = 0] = angles.map(Math.sin);
  // XX YY = -ZZ and so on round, so that XX YY ZZ = -1.
  const coefficients = [
    [ca * cb * cc, sa * sb * sc],
    [ca * sb * sc, sa * cb * cc],
    [sa * cb * sc, ca * sb * cc],
    [sa * sb * cc, ca * cb * sc],
  ] as const;
  const sizes = coefficients.map(([re, im]) => Math.hypot(re, im));
  const terms = sizes.filter((size) => size > COEFFICIENT_TOLERANCE).length;
  const rank = terms === 1 ? 1 : terms === 2 ? 2 : 4;
  const sum = sizes.reduce((total, size) => total + (size > COEFFICIENT_TOLERANCE ? size : 0), 0);
  return { coefficients, rank, gamma: rank === 1 ? 1 : unrounded(2 * sum * sum - 1), before, after };
}

/** Qubits that number the terms of a cut gate at each of its ends: log2 of the rank. */
export function branchQubits({ rank }: Pick<GateCutBasis, 'rank'>): number {
  return Math.log2(rank);
}

/**
 * The operations of one end of a cut gate on `qubit`, with the branch qubits `branches` that start in |0>: they take
 * |psi> to the sum over k of a_k |k> P_k |psi>, with a_k = u_k at the first end and 1 at the second. The branch qubits
 * are legs of the subcircuit's tensor, those of the second end mirrored; contracting the two gives U rho U^dagger,
 * since the sum over j, k of T_jk S_jk is the sum over Pauli components of Tr(P T) Tr(P^T S) / 2. Without `weighed` all
 * a_k are 1 at either end.
 */
export function gateEndOperations(
  basis: GateCutBasis,
  end: 0 | 1,
  qubit: number,
  branches: readonly number[],
  weighed = end === 0,
): Operation[] {
  const { coefficients, before, after } = basis;
  const [first = -1, second = -1] = branches;
  const weight = (term: number, sign = 1): readonly [number, number] => {
    const [re, im] = coefficients[term] ?? [0, 0];
    return weighed ? [sign * re, sign * im] : [1, 0];
  };
  const operations: Operation[] = [{ qubits: [qubit], matrix: before[end] }];
  if (basis.rank === 4) {
    // Bits 0 and 1 of k call for X and Z, and ZX = iY at both ends is -YY.
    const amplitudes = [weight(0), weight(1), weight(3), weight(2, -1)];
    operations.push(
      { qubits: [first, second], matrix: firstColumn(amplitudes) },
      { qubits: [first, qubit], matrix: controlledMatrix(PAULI[1]) },
      { qubits: [second, qubit], matrix: controlledMatrix(PAULI[3]) },
    );
  } else {
    const [low = 0, high = 0] = termsOf(basis);
    const lowMatrix = PAULI[low] ?? PAULI[0];
    operations.push({ qubits: [qubit], matrix: lowMatrix });
    if (basis.rank === 2) {
      const change = multiplyMatrices(PAULI[high] ?? PAULI[0], lowMatrix);
      operations.push(
        { qubits: [first], matrix: firstColumn([weight(low), weight(high)]) },
        { qubits: [first, qubit], matrix: controlledMatrix(change) },
      );
    }
  }
  operations.push({ qubits: [qubit], matrix: after[end] });
  return operations;
}

/** A term of a cut gate: the Pauli matrix that the branch qubits call for with the value `branch`. */
export interface GateCutTerm {
  readonly branch: number;
  readonly pauli: 0 | 1 | 2 | 3;
  /** Its weight at first ends; at second ends, and where terms are evaluated with size one, its `phase`. */
  readonly weight: readonly [number, number];
  readonly phase: readonly [number, number];
}

/** The terms of a gate that are not 0, as `gateEndOperations` numbers them. */
export function activeTerms(basis: GateCutBasis): GateCutTerm[] {
  const paulis = basis.rank === 4 ? ([0, 1, 3, 2] as const) : termsOf(basis);
  return paulis.flatMap((pauli, branch): GateCutTerm[] => {
    const [re, im] = basis.coefficients[pauli] ?? [0, 0];
    if (Math.hypot(re, im) <= COEFFICIENT_TOLERANCE) return [];
    // Z X = i Y, and at the first end -i Y: see `gateEndOperations`.
    const turned = basis.rank === 4 && pauli === 2;
    return [{ branch, pauli, weight: turned ? [im, -re] : [re, im], phase: turned ? [0, 1] : [1, 0] }];
  });
}

/** The terms that are not 0, largest first where all are. */
function termsOf({ coefficients, rank }: GateCutBasis): (0 | 1 | 2 | 3)[] {
  const size = (term: number): number => Math.hypot(...(coefficients[term] ?? [0, 0]));
  return ([0, 1, 2, 3] as const).toSorted((a, b) => size(b) - size(a)).slice(0, rank);
}

/** A square matrix with these entries in its first column and 0 elsewhere, for qubits that are in |0>. */
function firstColumn(entries: readonly (readonly [number, number])[]): Float64Array {
  const result = new Float64Array(2 * entries.length ** 2);
  for (const [row, [re, im]] of entries.entries()) {
    result[2 * row * entries.length] = re;
    result[2 * row * entries.length + 1] = im;
  }
  return result;
}

/** Whole numbers, as the classes of cx and swap have, without the error of the decomposition. */
function unrounded(gamma: number): number {
  const whole = Math.round(gamma);
  return Math.abs(gamma - whole) < 1e-13 * whole ? whole : gamma;
}
