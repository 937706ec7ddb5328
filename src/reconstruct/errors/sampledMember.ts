/** A tensor that was made of counts, as a closed network sees it: reduced by an action for each outcome bit. */
import { KroncutError, required } from '../../error.js';
import type { BitAction } from '../../native/addon.js';
import type { Counts } from '../../run/tensors/counts.js';
import { dualTransforms, recordedBits } from '../../subexperiments/counts.js';
import type { CutEndSettings } from '../../subexperiments/subexperiments.js';
import { gather, scatter, type EndTransform } from '../../subexperiments/transform.js';
import type { ClosedLeaf } from './environments.js';

/** Outcome bits by their masks in an outcome: weight of an outcome is 0 where it does not match, else its sign. */
export interface ReducedBy {
  readonly fixed: number;
  readonly values: number;
  readonly weighed: number;
}

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

/** Shares of the shots that weigh 1, and -1, for each row of each subexperiment. */
export interface RowShares {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
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
    this.#duals = dualTransforms(ends, planned);
    this.#gradients = this.#duals.map(({ matrix, rows }) => ({
      rows,
      matrix: {
        rows: matrix.columns,
        columns: matrix.rows,
        values: Float64Array.from(matrix.values, (_, i) => {
          const [row, column] = [Math.floor(i / matrix.rows), i % matrix.rows];
          return matrix.values[column * matrix.columns + row] ?? 0;
        }),
      },
    }));
    const total = counts.shots.length;
    this.firstRow = new Float64Array(total + 1);
    for (let i = 0; i < total; i += 1)
      this.firstRow[i + 1] = (this.firstRow[i] ?? 0) + 2 ** recordedBits(ends, i);
  }

  /** The tensor and the shares of shots under these actions; remembered. */
  reduced(by: ReducedBy): { readonly shares: RowShares; readonly leaf: ClosedLeaf } {
    const key = `${by.fixed} ${by.values} ${by.weighed}`;
    const known = this.#reduced.get(key);
    if (known !== undefined) return known;
    const shares = this.#sharesBy(by);
    const net = shares.plus.map((plus, row) => plus - (shares.minus[row] ?? 0));
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

  #sharesBy(by: ReducedBy): RowShares {
    const rows = this.firstRow.at(-1) ?? 0;
    const [plus, minus] = [new Float64Array(rows), new Float64Array(rows)];
    const { begin, outcomes, counts, shots } = this.counts;
    const size = 2 ** this.bits;
    for (let subexperiment = 0; subexperiment < shots.length; subexperiment += 1) {
      const first = required(this.firstRow[subexperiment], 'a row');
      const scale = 1 / ((shots[subexperiment] ?? 0) || 1);
      for (let at = begin[subexperiment] ?? 0; at < (begin[subexperiment + 1] ?? 0); at += 1) {
        const outcome = outcomes[at]!;
        const pattern = Math.floor(outcome / size);
        const weight = weightOf(by, outcome - pattern * size);
        const target = weight > 0 ? plus : minus;
        if (weight !== 0) target[first + pattern] = target[first + pattern]! + scale * counts[at]!;
      }
    }
    return { plus, minus };
  }
}
