/** The frequencies of all subexperiments of a subcircuit with noise, in blocks of those that share their first settings. */
import type { Subcircuit } from '../cut/model/cutCircuit.js';
import { required, valueAt } from '../error.js';
import { rowsOf } from '../subexperiments/settings.js';
import type { CutEndSettings } from '../subexperiments/subexperiments.js';

/** Numbers of a block. */
const MOST_NUMBERS = 2 ** 24;

/** Settings of each end, by their numbers: a block has the subexperiments of all their combinations. */
export type BlockSettings = readonly (readonly number[])[];

/** Numbers that an array with an axis for the rows of each end has. */
export function blockSize(
  { outcomes }: Subcircuit,
  ends: readonly CutEndSettings[],
  settings: BlockSettings,
): number {
  return ends.reduce((size, end, i) => size * rowCount(end, settings[i] ?? []), 2 ** outcomes.length);
}

function rowCount({ table }: CutEndSettings, settings: readonly number[]): number {
  return settings.reduce((sum, setting) => sum + valueAt(table.rows, setting), 0);
}

/**
 * Blocks that together have all subexperiments. Ends get one setting a block, those first that come first in time, until a
 * block is small enough: so what comes before is not simulated again without need.
 */
export function blocksOf(
  subcircuit: Subcircuit,
  ends: readonly CutEndSettings[],
  most = MOST_NUMBERS,
): BlockSettings[] {
  const inTime = ends.map((_, i) => i).sort((a, b) => compare(timeOf(endAt(a)), timeOf(endAt(b))) || a - b);
  const all = ends.map(({ table }) => table.settings.map((_, i) => i));
  const split = new Set<number>();
  const widest = (): number =>
    blockSize(
      subcircuit,
      ends,
      all.map((settings, i) => (split.has(i) ? [mostRows(endAt(i))] : settings)),
    );
  for (const end of inTime) {
    if (widest() <= most) break;
    split.add(end);
  }
  return all.reduce<number[][][]>(
    (blocks, settings, i) =>
      blocks.flatMap((block) =>
        split.has(i) ? settings.map((setting) => [...block, [setting]]) : [[...block, settings]],
      ),
    [[]],
  );

  function endAt(i: number): CutEndSettings {
    return required(ends[i], 'an end');
  }
}

/** When an end first acts, among the ends of a subcircuit. */
function timeOf({ kind, places }: CutEndSettings): number {
  return kind === 'downstream' ? -1 : kind === 'upstream' ? Infinity : (places[0]?.gateEnd ?? 0);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A setting with the most rows. */
function mostRows({ table }: CutEndSettings): number {
  return Math.max(
    0,
    table.rows.findIndex((rows) => rows === Math.max(...table.rows)),
  );
}

/** The subexperiments of a block, each with its frequencies: [recorded bits, the first end's lowest] x [outcomes]. */
export function* subexperimentsIn(
  block: Float64Array,
  outcomes: number,
  ends: readonly CutEndSettings[],
  settings: BlockSettings,
): Generator<{ readonly subexperiment: number; readonly frequencies: Float64Array }> {
  const inner = 2 ** outcomes;
  function* descend(
    level: number,
    subexperiment: number,
    places: readonly number[],
  ): ReturnType<typeof subexperimentsIn> {
    const end = ends[level];
    if (end === undefined) {
      const frequencies = new Float64Array(places.length * inner);
      for (const [i, place] of places.entries()) {
        frequencies.set(block.subarray(place * inner, (place + 1) * inner), i * inner);
      }
      yield { subexperiment, frequencies };
      return;
    }
    const own = settings[level] ?? [];
    const rows = rowCount(end, own);
    let row = 0;
    for (const setting of own) {
      const count = rowsOf(required(end.table.settings[setting], 'a setting'));
      const next = Array.from({ length: count }, (_, bit) =>
        places.map((place) => place * rows + row + bit),
      ).flat();
      yield* descend(level + 1, subexperiment * end.table.settings.length + setting, next);
      row += count;
    }
  }
  yield* descend(0, 0, [0]);
}
