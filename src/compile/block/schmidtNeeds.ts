/**
 * What a target's entanglement says about the number of `cx` that it takes: one that acts across a cut of the qubits
 * into two groups at most doubles the operator Schmidt rank of that cut (of a state: the Schmidt rank), and no other
 * gate changes it. So a rank of r takes ceil(log2 r) of them across the cut (Nielsen et al. 2003,
 * quant-ph/0208077). With one alone, a unitary has the Schmidt coefficients of the `cx` itself, two equal ones: what acts
 * on either side of it does not change them. So two take two `cx` where they differ.
 */
import type { Gate } from '../../circuit/circuit.js';
import type { SynthesisTarget } from '../../native/addon.js';
import { required, valueAt } from '../../error.js';

/** A cut of the qubits, and how many `cx` must act across it at least. */
export interface CutNeed {
  /** Bit q: qubit q lies in the first group. */
  readonly group: number;
  readonly least: number;
}

/** Two qubits that a gate may join, in any order. */
export type QubitPair = readonly [number, number];

/** Whether a gate on two qubits acts across a cut. */
export function crosses([a, b]: QubitPair, group: number): boolean {
  return ((group >> a) & 1) !== ((group >> b) & 1);
}

/** What was found last of a target, for as long as there are its values: several ask about one target. */
const found = new WeakMap<Float64Array, { readonly threshold: number; readonly needs: readonly CutNeed[] }>();

/** What every circuit takes that is at most `threshold` away from a target, for each cut. */
export function schmidtNeeds(target: SynthesisTarget, threshold: number): readonly CutNeed[] {
  const before = found.get(target.values);
  if (before?.threshold === threshold) return before.needs;
  const needs: CutNeed[] = [];
  // Qubit n - 1 is never in the first group: a group and the rest are the same cut.
  for (let group = 1; group < 2 ** (target.qubits - 1); group += 1) {
    needs.push({ group, least: leastAcross(target, group, threshold) });
  }
  found.set(target.values, { threshold, needs });
  return needs;
}

/** Whether gates act across every cut as often as they must. */
export function reaches(gates: readonly Gate[], needs: readonly CutNeed[]): boolean {
  return needs.every(({ group, least }) => {
    let across = 0;
    for (const { qubits } of gates) {
      const [a, b] = qubits;
      if (a !== undefined && b !== undefined && crosses([a, b], group)) across += 1;
    }
    return across >= least;
  });
}

function leastAcross(target: SynthesisTarget, group: number, threshold: number): number {
  const squares = schmidtSquares(target, group);
  const allowed = allowedSquare(target, threshold);
  const least = Math.ceil(Math.log2(rankWithin(squares, allowed)));
  if (least !== 1 || target.kind === 'state') return least;
  // Singular values of two matrices differ, all squares together, by no more than the matrices (Mirsky 1960).
  const even = Math.sqrt(2 ** target.qubits / 2);
  const off = squares.reduce((sum, square, i) => sum + (Math.sqrt(square) - (i < 2 ? even : 0)) ** 2, 0);
  return off > allowed ? 2 : 1;
}

/**
 * The least Schmidt rank across a cut within a distance of the target: what the singular values behind rank r leave
 * over is the square of the Frobenius distance to the nearest matrix of that rank (Eckart and Young 1936), and with a
 * distance c two unitaries are sqrt(2^(n+1) c) apart, two states sqrt(2 c).
 */
export function schmidtRank(target: SynthesisTarget, group: number, threshold: number): number {
  return rankWithin(schmidtSquares(target, group), allowedSquare(target, threshold));
}

/** Square of the Frobenius distance that a threshold allows. */
function allowedSquare({ qubits, kind }: SynthesisTarget, threshold: number): number {
  return 2 * threshold * (kind === 'state' ? 1 : 2 ** qubits);
}

function rankWithin(squares: readonly number[], allowed: number): number {
  let left = 0;
  let rank = squares.length;
  // From the smallest: what may go goes. Rounding of the sum is far below what a threshold allows.
  while (rank > 1 && (left += valueAt(squares, rank - 1)) <= allowed) rank -= 1;
  return rank;
}

/** Squares of the Schmidt coefficients across a cut, largest first; they add up to the norm of the target's entries. */
function schmidtSquares({ qubits, kind, values }: SynthesisTarget, group: number): number[] {
  const legs = kind === 'state' ? 1 : 2;
  const inside = Array.from({ length: qubits }, (_, q) => q).filter((q) => ((group >> q) & 1) === 1);
  const outside = Array.from({ length: qubits }, (_, q) => q).filter((q) => ((group >> q) & 1) === 0);
  const [small, large] = inside.length <= outside.length ? [inside, outside] : [outside, inside];
  const [rows, columns] = [2 ** (legs * small.length), 2 ** (legs * large.length)];
  const matrix = new Float64Array(2 * rows * columns);
  const order = 2 ** qubits;
  for (let i = 0; i < values.length / 2; i += 1) {
    const places = kind === 'state' ? [i] : [Math.floor(i / order), i % order];
    const at = gathered(places, small) * columns + gathered(places, large);
    matrix[2 * at] = values[2 * i]!;
    matrix[2 * at + 1] = values[2 * i + 1]!;
  }
  return squaredSingularValues(matrix, rows, columns);
}

/** The bits of each index at the places of some qubits, one index after another. */
function gathered(indices: readonly number[], qubits: readonly number[]): number {
  let result = 0;
  let bit = 0;
  for (const index of indices) {
    for (const q of qubits) {
      result |= ((index >> q) & 1) << bit;
      bit += 1;
    }
  }
  return result;
}

/** Squares of the singular values of a complex matrix with no more rows than columns, largest first (Hestenes 1958). */
function squaredSingularValues(matrix: Float64Array, rows: number, columns: number): number[] {
  const row = (i: number): Float64Array => matrix.subarray(2 * columns * i, 2 * columns * (i + 1));
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let turned = false;
    for (let i = 0; i < rows; i += 1) {
      for (let j = i + 1; j < rows; j += 1) turned = orthogonalise(row(i), row(j)) || turned;
    }
    if (!turned) break;
  }
  return Array.from({ length: rows }, (_, i) => squareOf(row(i))).sort((a, b) => b - a);
}

function squareOf(row: Float64Array): number {
  return row.reduce((sum, x) => sum + x * x, 0);
}

/** Turns two rows into each other until they are orthogonal; false where they were. */
function orthogonalise(x: Float64Array, y: Float64Array): boolean {
  let [a, b, re, im] = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k += 2) {
    const [xr, xi, yr, yi] = [x[k]!, x[k + 1]!, y[k]!, y[k + 1]!];
    a += xr * xr + xi * xi;
    b += yr * yr + yi * yi;
    re += xr * yr + xi * yi;
    im += xr * yi - xi * yr;
  }
  const size = Math.hypot(re, im);
  if (size <= 1e-15 * Math.sqrt(a * b) || size < 1e-300) return false;
  const [pr, pi] = [re / size, im / size];
  const zeta = (b - a) / (2 * size);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  const s = c * t;
  for (let k = 0; k < x.length; k += 2) {
    const [xr, xi] = [x[k]!, x[k + 1]!];
    // The phase of the product of both rows is taken off the second one.
    const yr = pr * y[k]! + pi * y[k + 1]!;
    const yi = pr * y[k + 1]! - pi * y[k]!;
    x[k] = c * xr - s * yr;
    x[k + 1] = c * xi - s * yi;
    y[k] = s * xr + c * yr;
    y[k + 1] = s * xi + c * yi;
  }
  return true;
}

/** Finds the least number of gates on `pairs` that act across each cut often enough; keeps what it found. */
export class LeastGates {
  private readonly known = new Map<string, number>();
  /** Pairs across each cut, and for each pair the cuts that it is across. */
  private readonly crossing: readonly (readonly number[])[];
  private readonly cutsOf: readonly (readonly number[])[];

  constructor(
    private readonly needs: readonly CutNeed[],
    pairs: readonly QubitPair[],
  ) {
    this.crossing = needs.map(({ group }) =>
      pairs.map((pair, i) => (crosses(pair, group) ? i : -1)).filter((i) => i >= 0),
    );
    this.cutsOf = pairs.map((pair) => needs.map(({ group }) => (crosses(pair, group) ? 1 : 0)));
  }

  /** Infinity where no number is enough. `done[i]`: gates across cut i that are there already. */
  count(done: readonly number[]): number {
    return this.missing(this.needs.map(({ least }, i) => Math.max(0, least - (done[i] ?? 0))));
  }

  /** Whether a pair's gate acts across each cut, as 0 or 1. */
  acrossOf(pair: number): readonly number[] {
    return required(this.cutsOf[pair], 'a pair that may be joined');
  }

  private missing(open: readonly number[]): number {
    const most = Math.max(0, ...open);
    if (most === 0) return 0;
    const name = open.join(' ');
    const before = this.known.get(name);
    if (before !== undefined) return before;
    // One of the gates across the cut that lacks most must come.
    let least = Infinity;
    for (const pair of this.crossing[open.indexOf(most)] ?? []) {
      const across = this.acrossOf(pair);
      least = Math.min(
        least,
        1 +
          this.missing(
            open.map((count, i) => Math.max(0, count - required(across[i], 'the gates across a cut'))),
          ),
      );
    }
    this.known.set(name, least);
    return least;
  }
}
