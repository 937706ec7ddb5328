/** A tensor that was made of counts, as a closed network sees it: reduced by an action for each outcome bit. */
import { KroncutError, required, numberAt } from '../../error.js';
import type { BitAction } from '../../native/addon.js';
import type { Counts } from '../../run/tensors/counts.js';
import { dualTransforms, recordedBits } from '../../subexperiments/counts.js';
import { inverse, mitigatedDuals, type Matrix2 } from '../../subexperiments/noise/readout.js';
import type { CutEndSettings } from '../../subexperiments/subexperiments.js';
import { gather, scatter, type EndTransform } from '../../subexperiments/transform.js';
import type { ClosedLeaf } from './environments.js';

/** Outcome bits by their masks in an outcome: weight of an outcome is 0 where it does not match, else its sign. */
export interface ReducedBy {
  readonly fixed: number;
  readonly values: number;
  readonly weighed: number;
}

/** What an outcome bit that read 0, and one that read 1, contributes to the weight of an outcome. */
type BitFactors = readonly [number, number];

export function reducedBy(actions: readonly BitAction[]): ReducedBy {
  let [fixed, values, weighed] = [0, 0, 0];
  for (const [i, action] of actions.entries()) {
    if (action === 'keep') throw new KroncutError('internal', 'a closed network keeps no bit');
    if (action === 'fix0' || action === 'fix1') fixed |= 1 << i;
    if (action === 'fix1') values |= 1 << i;
    if (action === 'weigh') weighed |= 1 << i;
  }
  return { fixed, values, weighed };
}

/** 0, 1 or -1. */
export function weightOf({ fixed, values, weighed }: ReducedBy, outcome: number): number {
  if ((outcome & fixed) !== values) return 0;
  let parity = outcome & weighed;
  for (let shift = 16; shift > 0; shift >>= 1) parity ^= parity >> shift;
  return (parity & 1) === 1 ? -1 : 1;
}

/** The part of a bit in the weight, from the inverse of how it was read: what it was times what it read. */
function bitFactors({ fixed, values, weighed }: ReducedBy, bit: number, [a, b, c, d]: Matrix2): BitFactors {
  const mask = 1 << bit;
  if ((fixed & mask) !== 0) return (values & mask) !== 0 ? [c, d] : [a, b];
  return (weighed & mask) !== 0 ? [a - c, b - d] : [1, 1];
}

/** For each row of each subexperiment the share of the shots that weigh 1, and -1, or any other weights' sum. */
export interface RowShares {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
}

/** Weights of outcomes under some actions. */
export interface Weights {
  readonly of: (outcome: number) => number;
  /** The least and the largest that any outcome can have. */
  readonly range: readonly [number, number];
  /** True where every weight is 0, 1 or -1. */
  readonly plain: boolean;
}

export class SampledMember {
  readonly bonds: readonly number[];
  readonly counts: Counts;
  /** Number of outcome bits; what settings record is above them. */
  readonly bits: number;
  /** Rows of the subexperiments before each one: what its recorded bits can be. */
  readonly firstRow: Float64Array;
  readonly #duals: readonly EndTransform[];
  readonly #gradients: readonly EndTransform[];
  readonly #reduced = new Map<string, { readonly shares: RowShares; readonly leaf: ClosedLeaf }>();

  /** `planned`: shots by which what several settings tell is pooled, where they are others than were counted. */
  constructor(
    ends: readonly CutEndSettings[],
    bonds: readonly number[],
    bits: number,
    counts: Counts,
    planned: ArrayLike<number> = counts.shots,
  ) {
    this.bonds = bonds;
    this.bits = bits;
    this.counts = counts;
    const { readout } = counts;
    const duals = dualTransforms(ends, planned);
    this.#duals = readout === undefined ? duals : mitigatedDuals(duals, readout);
    this.#gradients = this.#duals.map(({ matrix, rows }) => ({
      rows,
      matrix: {
        rows: matrix.columns,
        columns: matrix.rows,
        values: Float64Array.from(matrix.values, (_, i) => {
          const [row, column] = [Math.floor(i / matrix.rows), i % matrix.rows];
          return numberAt(matrix.values, column * matrix.columns + row);
        }),
      },
    }));
    const total = counts.shots.length;
    this.firstRow = new Float64Array(total + 1);
    for (let i = 0; i < total; i += 1)
      this.firstRow[i + 1] = numberAt(this.firstRow, i) + 2 ** recordedBits(ends, i);
  }

  /** The tensor and the shares of shots under these actions; remembered. */
  reduced(by: ReducedBy): { readonly shares: RowShares; readonly leaf: ClosedLeaf } {
    const key = `${by.fixed} ${by.values} ${by.weighed}`;
    const known = this.#reduced.get(key);
    if (known !== undefined) return known;
    const shares = this.#sharesBy(by);
    const net = shares.plus.map((plus, row) => plus - numberAt(shares.minus, row));
    const values = gather((i) => net.slice(this.firstRow[i], this.firstRow[i + 1]), this.#duals, 1);
    const made = { shares, leaf: { bonds: this.bonds, values } };
    this.#reduced.set(key, made);
    return made;
  }

  /** Derivatives by the frequency of each row, from those by the components of the reduced tensor. */
  rowGradients(environment: Float64Array): Float64Array {
    const result = new Float64Array(this.firstRow.at(-1) ?? 0);
    for (const { subexperiment, frequencies } of scatter(environment, this.#gradients, 1)) {
      result.set(frequencies, this.firstRow[subexperiment]);
    }
    return result;
  }

  /** What outcomes weigh under these actions; the inverse of how bits were read is a part of it. */
  weights(by: ReducedBy): Weights {
    const { readout } = this.counts;
    if (readout === undefined) {
      const range = [by.weighed !== 0 ? -1 : by.fixed !== 0 ? 0 : 1, 1] as const;
      return { of: (outcome) => weightOf(by, outcome), range, plain: true };
    }
    const factors = readout.outcomes.map((confusion, bit) => bitFactors(by, bit, inverse(confusion)));
    const range = factors.reduce<readonly [number, number]>(
      ([least, most], [zero, one]) => {
        const ends = [least * zero, least * one, most * zero, most * one];
        return [Math.min(...ends), Math.max(...ends)];
      },
      [1, 1],
    );
    const of = (outcome: number): number =>
      factors.reduce((weight, [zero, one], bit) => weight * (((outcome >> bit) & 1) === 1 ? one : zero), 1);
    return { of, range, plain: false };
  }

  #sharesBy(by: ReducedBy): RowShares {
    const { of } = this.weights(by);
    const rows = this.firstRow.at(-1) ?? 0;
    const [plus, minus] = [new Float64Array(rows), new Float64Array(rows)];
    const { begin, outcomes, counts, shots } = this.counts;
    const size = 2 ** this.bits;
    for (let subexperiment = 0; subexperiment < shots.length; subexperiment += 1) {
      const first = required(this.firstRow[subexperiment], 'a row');
      const scale = 1 / (numberAt(shots, subexperiment) || 1);
      for (let at = numberAt(begin, subexperiment); at < numberAt(begin, subexperiment + 1); at += 1) {
        const outcome = outcomes[at]!;
        const pattern = Math.floor(outcome / size);
        const weight = of(outcome - pattern * size);
        const target = weight > 0 ? plus : minus;
        const share = Math.abs(weight) * scale * counts[at]!;
        if (weight !== 0) target[first + pattern] = target[first + pattern]! + share;
      }
    }
    return { plus, minus };
  }
}
