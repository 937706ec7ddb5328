/** Powers of small unitary matrices, and the synthesis of such matrices from gates of the table. */
import type { Gate } from './circuit.js';
import { hermitianEigen } from './hermitianEigen.js';
import { phasedU } from './gateMatrices.js';
import { gateOf } from './gates.js';
import {
  adjointMatrix,
  identityMatrix,
  maxDifference,
  multiplyMatrices,
  orderOf,
  principalAngle,
} from './matrix.js';

/** Angles of a 2x2 unitary as exp(i gamma) u(theta, phi, lambda). */
export interface OneQubitAngles {
  readonly theta: number;
  readonly phi: number;
  readonly lambda: number;
  readonly gamma: number;
}

/** Finds the angles of a 2x2 unitary; exact up to rounding, phase included. */
export function oneQubitAngles(m: Float64Array): OneQubitAngles {
  const cosine = Math.hypot(m[0]!, m[1]!);
  const sine = Math.hypot(m[4]!, m[5]!);
  const theta = 2 * Math.atan2(sine, cosine);
  const arg = (i: number): number => Math.atan2(m[i + 1]!, m[i]!);
  // The larger entries carry the angles; the phases of tiny ones are rounding noise.
  if (cosine >= sine) {
    const gamma = arg(0);
    const sum = arg(6) - gamma;
    const phi = sine > 1e-14 ? arg(4) - gamma : 0;
    return { theta, phi, lambda: sum - phi, gamma };
  }
  const lead = arg(4);
  const gamma = cosine > 1e-14 ? arg(0) : 0;
  return { theta, phi: lead - gamma, lambda: Math.atan2(-m[3]!, -m[2]!) - gamma, gamma };
}

/** Eigenvalue angles and orthonormal eigenvectors (columns of `vectors`) of a unitary matrix. */
interface Spectrum {
  readonly angles: readonly number[];
  readonly vectors: Float64Array;
}

/**
 * Diagonalises a unitary U. Its Hermitian parts (U + U^dagger)/2 and (U - U^dagger)/2i commute, so the eigenvectors
 * of a mixture cos(t) A + sin(t) B are those of U, except for a few unlucky t; the residual tells.
 */
function diagonalise(unitary: Float64Array): Spectrum {
  const n = orderOf(unitary);
  const adjoint = adjointMatrix(unitary);
  let best: Spectrum = { angles: [], vectors: unitary };
  let bestResidual = Infinity;
  for (const t of [0.7391, 1.9273, 0.1137, 2.6811]) {
    const c = Math.cos(t);
    const s = Math.sin(t);
    const mixture = new Float64Array(unitary.length);
    for (let i = 0; i < unitary.length; i += 2) {
      const sumRe = (unitary[i]! + adjoint[i]!) / 2;
      const sumIm = (unitary[i + 1]! + adjoint[i + 1]!) / 2;
      const differenceRe = (unitary[i + 1]! - adjoint[i + 1]!) / 2;
      const differenceIm = -(unitary[i]! - adjoint[i]!) / 2;
      mixture[i] = c * sumRe + s * differenceRe;
      mixture[i + 1] = c * sumIm + s * differenceIm;
    }
    const vectors = hermitianEigen(mixture).vectors;
    const diagonal = multiplyMatrices(adjointMatrix(vectors), multiplyMatrices(unitary, vectors));
    let residual = 0;
    const angles: number[] = [];
    for (let i = 0; i < n; i++) {
      angles.push(Math.atan2(diagonal[2 * (i * n + i) + 1]!, diagonal[2 * (i * n + i)]!));
      for (let j = 0; j < n; j++) {
        if (i !== j) {
          residual = Math.max(
            residual,
            Math.hypot(diagonal[2 * (i * n + j)]!, diagonal[2 * (i * n + j) + 1]!),
          );
        }
      }
    }
    if (residual < bestResidual) {
      best = { angles, vectors };
      bestResidual = residual;
    }
    if (residual < 1e-14) {
      break;
    }
  }
  return best;
}

/**
 * The power U^k of a unitary matrix, for real k, with the eigenvalue angles in (-pi, pi] (the principal branch, as
 * OpenQASM 3 defines `pow(k) @`; an angle within 1e-12 of -pi counts as pi).
 */
export function unitaryPower(unitary: Float64Array, k: number): Float64Array {
  const n = orderOf(unitary);
  const { angles, vectors } = diagonalise(unitary);
  const diagonal = new Float64Array(unitary.length);
  for (const [i, angle] of angles.entries()) {
    const power = k * principalAngle(angle);
    diagonal[2 * (i * n + i)] = Math.cos(power);
    diagonal[2 * (i * n + i) + 1] = Math.sin(power);
  }
  return multiplyMatrices(vectors, multiplyMatrices(diagonal, adjointMatrix(vectors)));
}

/** Gates for a 2x2 unitary on one qubit: `u` and, where needed, `gphase`. */
export function synthesizeOneQubit(matrix: Float64Array, qubit: number): Gate[] {
  const { theta, phi, lambda, gamma } = oneQubitAngles(matrix);
  const gates = [gateOf('u', [qubit], theta, phi, lambda)];
  return gamma === 0 ? gates : [...gates, gateOf('gphase', [], gamma)];
}

/** The order of the basis states of two qubits in which neighbours differ in one bit. */
const GRAY = [0, 1, 3, 2] as const;

/** Gates for a 2x2 unitary acting on the basis states `low` and `high`, which differ in one bit. */
function twoLevelGates(
  matrix: Float64Array,
  low: number,
  high: number,
  qubits: readonly [number, number],
): Gate[] {
  const bit = (low ^ high) === 1 ? 0 : 1;
  const target = qubits[bit];
  const control = qubits[1 - bit]!;
  const flipped = ((low >> (1 - bit)) & 1) === 0;
  let block = matrix;
  if ((low >> bit) & 1) {
    block = Float64Array.of(
      ...matrix.slice(6),
      ...matrix.slice(4, 6),
      ...matrix.slice(2, 4),
      ...matrix.slice(0, 2),
    );
  }
  const { theta, phi, lambda, gamma } = oneQubitAngles(block);
  const gate = gateOf('cu', [control, target], theta, phi, lambda, gamma);
  const x = gateOf('x', [control]);
  return flipped ? [x, gate, x] : [gate];
}

/**
 * Gates for a 4x4 unitary on two qubits, phase included: Givens rotations between basis states that differ in one
 * bit, each a controlled one-qubit gate (Reck et al. 1994; Nielsen and Chuang, section 4.5.1).
 */
export function synthesizeTwoQubits(matrix: Float64Array, qubits: readonly [number, number]): Gate[] {
  let work = matrix;
  const gates: Gate[][] = [];
  const apply = (block: Float64Array, low: number, high: number): void => {
    const full = identityMatrix(4);
    const at = [low, high] as const;
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 2; j++) {
        full[2 * (4 * at[i]! + at[j]!)] = block[2 * (2 * i + j)]!;
        full[2 * (4 * at[i]! + at[j]!) + 1] = block[2 * (2 * i + j) + 1]!;
      }
    }
    work = multiplyMatrices(full, work);
    gates.push(twoLevelGates(adjointMatrix(block), low, high, qubits));
  };
  for (let column = 0; column < 3; column++) {
    for (let row = 3; row > column; row--) {
      const low = GRAY[row - 1]!;
      const high = GRAY[row]!;
      const at = 2 * (4 * low + GRAY[column]!);
      const below = 2 * (4 * high + GRAY[column]!);
      const [aRe, aIm, bRe, bIm] = [work[at]!, work[at + 1]!, work[below]!, work[below + 1]!];
      const norm = Math.hypot(aRe, aIm, bRe, bIm);
      // The last step of a column also turns the phase of its diagonal entry to 0.
      if (Math.hypot(bRe, bIm) < 1e-15 && !(row === column + 1 && Math.hypot(aRe - 1, aIm) > 1e-15)) {
        continue;
      }
      apply(
        Float64Array.of(
          aRe / norm,
          -aIm / norm,
          bRe / norm,
          -bIm / norm,
          -bRe / norm,
          -bIm / norm,
          aRe / norm,
          aIm / norm,
        ),
        low,
        high,
      );
    }
  }
  // What is left is diag(1, 1, 1, e^{i a}) in Gray order.
  const last = 2 * (4 * GRAY[3] + GRAY[3]);
  const phase = Float64Array.of(1, 0, 0, 0, 0, 0, work[last]!, -work[last + 1]!);
  if (maxDifference(phase, Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0)) > 1e-16) {
    apply(phase, GRAY[2], GRAY[3]);
  }
  return gates.toReversed().flat();
}

/** The 2x2 square root of a unitary, as angles. */
export function squareRoot(angles: OneQubitAngles): OneQubitAngles {
  const matrix = phasedU(angles.theta, angles.phi, angles.lambda, angles.gamma);
  return oneQubitAngles(unitaryPower(matrix, 0.5));
}
