/**
 * The ends of a fragment, each in a frame of its own, where shot noise is alike in all components: a branch of a cut gate that
 * weighs little in the tensor was measured as well as the others.
 */
import type { Subcircuit } from '../../cut/model/cutCircuit.js';
import { numberAt } from '../../error.js';
import { entry, realMatrix, type RealMatrix } from '../frame.js';
import type { CutEndSettings } from '../subexperiments.js';
import { ChoiForm, evenDual, transposedLegs } from './choi.js';

/** Matrices on the components of an end. */
export interface EndFrame {
  /** From the tensor's components to those of the frame, and back; 0 for branches that never occur. */
  readonly scale: RealMatrix;
  readonly unscale: RealMatrix;
  /**
   * In the frame: the projector on what is certain of the sum over all outcomes. The frequencies of each subexperiment add up to
   * one, so that only differences between the bits that a setting records are free.
   */
  readonly certain: RealMatrix;
  /** The least share of a branch that occurs, as one of the largest. */
  readonly leastShare: number;
}

/** The least share of any combination of branches. */
export function leastWeight(frames: readonly EndFrame[]): number {
  return frames.reduce((product, { leastShare }) => product * leastShare, 1);
}

/** Share of a branch, of the largest: smaller ones are rounding. */
const NO_WEIGHT = 1e-14;

export function endFrames(
  subcircuit: Pick<Subcircuit, 'gateEnds'>,
  ends: readonly CutEndSettings[],
): EndFrame[] {
  return ends.map((end) => {
    const form = new ChoiForm(transposedLegs(subcircuit, [end]));
    const dual = evenDual(end.table);
    const { free, even } = directions(dual, end.table.rows);
    const weights = weightsOf(form, complementOf(free, dual.rows), even);
    const scale = scaling(form, (i) => (numberAt(weights, i) > 0 ? 1 / numberAt(weights, i) : 0));
    const certain = complementOf(
      free.map((vector) => applyTo(scale, vector)),
      dual.rows,
    );
    const leastShare = weights.reduce(
      (least, weight) => (weight > 0 ? Math.min(least, weight ** 2) : least),
      1,
    );
    return { scale, unscale: scaling(form, (i) => numberAt(weights, i)), certain, leastShare };
  });
}

/** What differences between recorded bits tell, and what a device tells whose outcomes are all alike. */
function directions(
  dual: RealMatrix,
  rows: readonly number[],
): { readonly free: Float64Array[]; readonly even: Float64Array } {
  const free: Float64Array[] = [];
  const even = new Float64Array(dual.rows);
  let column = 0;
  for (const count of rows) {
    const told = (bit: number): Float64Array =>
      Float64Array.from({ length: dual.rows }, (_, i) => entry(dual, i, column + bit));
    const zero = told(0);
    const one = count === 2 ? told(1) : zero;
    for (let i = 0; i < even.length; i += 1) even[i] = even[i]! + (zero[i]! + one[i]!) / 2;
    if (count === 2) free.push(zero.map((value, i) => value - one[i]!));
    column += count;
  }
  return { free, even };
}

/** Sizes of the branches, the largest 1: roots of what is certain of their shares. */
function weightsOf(form: ChoiForm, certain: RealMatrix, even: Float64Array): Float64Array {
  const matrix = form.toMatrix(applyTo(certain, even), 0, 1);
  const shares = Float64Array.from({ length: form.size }, (_, i) =>
    numberAt(matrix, 2 * i * (form.size + 1)),
  );
  const most = shares.reduce((largest, share) => Math.max(largest, share), 0);
  return shares.map((share) => (share > NO_WEIGHT * most ? Math.sqrt(share / most) : 0));
}

/** On components: rows and columns of the Choi matrix are multiplied by factors. */
function scaling(form: ChoiForm, factorOf: (row: number) => number): RealMatrix {
  const size = form.size ** 2;
  const columns = Array.from({ length: size }, (_, component) => {
    const values = new Float64Array(size);
    values[component] = 1;
    const matrix = form.toMatrix(values, 0, 1);
    for (let row = 0; row < form.size; row += 1) {
      for (let column = 0; column < form.size; column += 1) {
        const factor = factorOf(row) * factorOf(column);
        const at = 2 * (row * form.size + column);
        matrix[at] = factor * matrix[at]!;
        matrix[at + 1] = factor * matrix[at + 1]!;
      }
    }
    form.toComponents(matrix, values, 0, 1);
    return values;
  });
  return realMatrix(size, size, (row, column) => columns[column]![row]!);
}

/** Square matrices, one for each end, on the axes of a tensor; behind these there may be others. */
export function applyEach(matrices: readonly RealMatrix[], tensor: Float64Array): Float64Array {
  let values = tensor;
  let outer = 1;
  for (const { rows: extent, values: factors } of matrices) {
    const inner = values.length / (outer * extent);
    const next = new Float64Array(values.length);
    for (let above = 0; above < outer; above += 1) {
      for (let at = 0; at < extent * extent; at += 1) {
        const factor = factors[at]!;
        if (factor === 0) continue;
        const target = (above * extent + Math.floor(at / extent)) * inner;
        const source = (above * extent + (at % extent)) * inner;
        for (let i = 0; i < inner; i += 1)
          next[target + i] = next[target + i]! + factor * values[source + i]!;
      }
    }
    values = next;
    outer *= extent;
  }
  return values;
}

function applyTo(matrix: RealMatrix, vector: Float64Array): Float64Array {
  return applyEach([matrix], vector);
}

/** The projector on what is orthogonal to all of these vectors. */
function complementOf(vectors: readonly Float64Array[], size: number): RealMatrix {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    // Twice, so that rounding leaves nothing.
    for (const one of [...basis, ...basis]) {
      const along = dot(one, rest);
      for (let i = 0; i < size; i += 1) rest[i] = rest[i]! - along * one[i]!;
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-9 * Math.sqrt(dot(vector, vector))) basis.push(rest.map((value) => value / length));
  }
  return realMatrix(size, size, (row, column) =>
    basis.reduce((sum, one) => sum - one[row]! * one[column]!, row === column ? 1 : 0),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
