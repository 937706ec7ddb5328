/** Counts of the outcomes of a subcircuit's subexperiments, as a store keeps them beside the tensor that they tell. */
import { KroncutError, numberAt } from '../../error.js';

/**
 * Counts by subexperiment. Of subexperiment s the entries begin[s] to begin[s + 1] are there, by ascending outcome (the
 * outcome bits of the subcircuit, lowest first, and above them the bits that settings record); what is not there was not counted. Quasi-probabilities are counts that
 * add up to 1 of a number of shots that is not known: 0 in `shots`.
 */
export interface Counts {
  readonly begin: Float64Array;
  readonly outcomes: Float64Array;
  readonly counts: Float64Array;
  /** How often each subexperiment was run; 0 where that is not known. */
  readonly shots: Float64Array;
  /** How bits were read, where the tensor is made by the inverse of that. */
  readonly readout?: Readout | undefined;
}

/** Bytes of a count in a file: its subexperiment, its outcome and how often that was counted. */
export const COUNT_BYTES = 24;

/** The chances that a measurement of 0 reads 1, and that one of 1 reads 0. */
export interface Confusion {
  readonly oneOfZero: number;
  readonly zeroOfOne: number;
}

/** How the bits of a subcircuit's subexperiments are read: those of outcomes, lowest first, and those that ends record. */
export interface Readout {
  readonly outcomes: readonly Confusion[];
  readonly ends: readonly Confusion[];
}

/** Counts of one subexperiment, by outcome. */
export type OutcomeCounts = ReadonlyMap<number, number>;

/** Puts together the counts of all subexperiments; `shots` where they are not the sums of the counts. */
export function makeCounts(each: readonly OutcomeCounts[], shots?: ArrayLike<number>): Counts {
  const begin = new Float64Array(each.length + 1);
  for (const [i, { size }] of each.entries()) begin[i + 1] = numberAt(begin, i) + size;
  const total = numberAt(begin, each.length);
  const [outcomes, counts] = [new Float64Array(total), new Float64Array(total)];
  const sums = new Float64Array(each.length);
  for (const [i, one] of each.entries()) {
    let at = numberAt(begin, i);
    for (const [outcome, count] of [...one].sort(([a], [b]) => a - b)) {
      outcomes[at] = outcome;
      counts[at] = count;
      sums[i] = numberAt(sums, i) + count;
      at += 1;
    }
  }
  return { begin, outcomes, counts, shots: shots === undefined ? sums : Float64Array.from(shots) };
}

/** Counts of one subexperiment by outcome. */
export function countsOf({ begin, outcomes, counts }: Counts, subexperiment: number): Map<number, number> {
  const found = new Map<number, number>();
  const end = numberAt(begin, subexperiment + 1);
  for (let at = numberAt(begin, subexperiment); at < end; at += 1) found.set(outcomes[at]!, counts[at]!);
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
    one.shots.map((shots, i) => shots + numberAt(other.shots, i)),
  );
}

/** Numbers in a row of a table of counts: subexperiment, outcome, count. */
const ROW = 3;

/** The counts as a table of rows, for a file. */
export function rowsOfCounts({ begin, outcomes, counts }: Counts): Float64Array {
  const rows = new Float64Array(ROW * outcomes.length);
  for (let subexperiment = 0; subexperiment + 1 < begin.length; subexperiment += 1) {
    for (let at = numberAt(begin, subexperiment); at < numberAt(begin, subexperiment + 1); at += 1) {
      rows.set([subexperiment, numberAt(outcomes, at), numberAt(counts, at)], ROW * at);
    }
  }
  return rows;
}

/** Counts of so many subexperiments from a table of rows. Throws `input` for what is none, under its name. */
export function countsOfRows(rows: Float64Array, shots: ArrayLike<number>, name: string): Counts {
  const entries = rows.length / ROW;
  const begin = new Float64Array(shots.length + 1);
  const [outcomes, counts] = [new Float64Array(entries), new Float64Array(entries)];
  let last = 0;
  for (let at = 0; at < entries; at += 1) {
    const [subexperiment = -1, outcome = -1, count = NaN] = rows.subarray(ROW * at, ROW * (at + 1));
    const fits = Number.isInteger(subexperiment) && subexperiment >= last && subexperiment < shots.length;
    if (!fits || !Number.isSafeInteger(outcome) || outcome < 0 || !Number.isFinite(count)) {
      throw new KroncutError(
        'input',
        `${name}: row ${at} is no row of counts (subexperiment, outcome, count)`,
      );
    }
    last = subexperiment;
    begin[subexperiment + 1] = at + 1;
    outcomes[at] = outcome;
    counts[at] = count;
  }
  for (let i = 1; i < begin.length; i += 1) begin[i] = Math.max(numberAt(begin, i), numberAt(begin, i - 1));
  return { begin, outcomes, counts, shots: Float64Array.from(shots) };
}
