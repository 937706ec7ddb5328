/** Counts of the outcomes of a subcircuit's subexperiments, and the tensor that they tell. */
import { KroncutError } from '../error.js';
import type { CutEndSettings } from './subexperiments.js';
import { settingNumbers, settingsOf, subexperimentCount } from './subexperiments.js';
import { gather, type EndTransform } from './transform.js';

/**
 * Counts by subexperiment. Of subexperiment s the entries begin[s] to begin[s + 1] are there, by ascending outcome (see
 * subexperiments.ts for how outcomes are numbered); what is not there was not counted. Quasi-probabilities are counts that
 * add up to 1 of a number of shots that is not known: 0 in `shots`.
 */
export interface Counts {
  readonly begin: Float64Array;
  readonly outcomes: Float64Array;
  readonly counts: Float64Array;
  /** How often each subexperiment was run; 0 where that is not known. */
  readonly shots: Float64Array;
}

/** Counts of one subexperiment, by outcome. */
export type OutcomeCounts = ReadonlyMap<number, number>;

/** Puts together the counts of all subexperiments; `shots` where they are not the sums of the counts. */
export function makeCounts(each: readonly OutcomeCounts[], shots?: ArrayLike<number>): Counts {
  const begin = new Float64Array(each.length + 1);
  for (const [i, { size }] of each.entries()) begin[i + 1] = (begin[i] ?? 0) + size;
  const total = begin[each.length] ?? 0;
  const [outcomes, counts] = [new Float64Array(total), new Float64Array(total)];
  const sums = new Float64Array(each.length);
  for (const [i, one] of each.entries()) {
    let at = begin[i] ?? 0;
    for (const [outcome, count] of [...one].sort(([a], [b]) => a - b)) {
      outcomes[at] = outcome;
      counts[at] = count;
      sums[i] = (sums[i] ?? 0) + count;
      at += 1;
    }
  }
  return { begin, outcomes, counts, shots: shots === undefined ? sums : Float64Array.from(shots) };
}

/** Counts of one subexperiment by outcome. */
export function countsOf({ begin, outcomes, counts }: Counts, subexperiment: number): Map<number, number> {
  const found = new Map<number, number>();
  const end = begin[subexperiment + 1] ?? 0;
  for (let at = begin[subexperiment] ?? 0; at < end; at += 1) found.set(outcomes[at]!, counts[at]!);
  return found;
}

/** What two rounds counted of the same subexperiments. Throws `internal` where they are not the same ones. */
export function addCounts(one: Counts, other: Counts): Counts {
  if (one.shots.length !== other.shots.length) {
    throw new KroncutError(
      'internal',
      `counts of ${one.shots.length} and ${other.shots.length} subexperiments`,
    );
  }
  const each = Array.from(one.shots, (_, subexperiment) => {
    const sum = countsOf(one, subexperiment);
    for (const [outcome, count] of countsOf(other, subexperiment))
      sum.set(outcome, (sum.get(outcome) ?? 0) + count);
    return sum;
  });
  return makeCounts(
    each,
    one.shots.map((shots, i) => shots + (other.shots[i] ?? 0)),
  );
}

/** Bits that the settings of a subexperiment record. */
export function recordedBits(ends: readonly CutEndSettings[], subexperiment: number): number {
  return settingsOf(ends, subexperiment).filter(({ recording }) => recording !== 'none').length;
}

/**
 * The matrices that make a tensor of frequencies. What several settings of an end tell alike is pooled by the shots that
 * each of them had.
 */
export function dualTransforms(ends: readonly CutEndSettings[], shots: ArrayLike<number>): EndTransform[] {
  const known = Array.from(shots).every((each) => each > 0);
  const weights = ends.map(({ table }) => table.settings.map((): number => (known ? 0 : 1)));
  if (known) {
    for (let subexperiment = 0; subexperiment < subexperimentCount(ends); subexperiment += 1) {
      for (const [end, setting] of settingNumbers(ends, subexperiment).entries()) {
        const own = weights[end];
        if (own !== undefined) own[setting] = (own[setting] ?? 0) + (shots[subexperiment] ?? 0);
      }
    }
  }
  return ends.map(({ table }, end) => ({ matrix: table.dual(weights[end] ?? []), rows: table.rows }));
}

/** The tensor of a subcircuit with `outcomeBits` outcome bits from counts of all its subexperiments. */
export function tensorOfCounts(
  ends: readonly CutEndSettings[],
  outcomeBits: number,
  table: Counts,
): Float64Array {
  return gather(
    (subexperiment) => {
      const frequencies = new Float64Array(2 ** (outcomeBits + recordedBits(ends, subexperiment)));
      const shots = table.shots[subexperiment] ?? 0;
      for (const [outcome, count] of countsOf(table, subexperiment)) {
        frequencies[outcome] = shots > 0 ? count / shots : count;
      }
      return frequencies;
    },
    dualTransforms(ends, table.shots),
    2 ** outcomeBits,
  );
}
