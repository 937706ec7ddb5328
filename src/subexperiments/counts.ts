/** The tensor that counts of the outcomes of a subcircuit's subexperiments tell. */
import { countsOf, type Counts } from '../run/tensors/counts.js';
import { mitigate, mitigatedDuals } from './noise/readout.js';
import type { CutEndSettings } from './subexperiments.js';
import { settingNumbers, settingsOf, subexperimentCount } from './subexperiments.js';
import { gather, type EndTransform } from './transform.js';
import { numberAt, valueAt } from '../error.js';

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
        if (own !== undefined) own[setting] = valueAt(own, setting) + valueAt(shots, subexperiment);
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
  const { readout } = table;
  const duals = dualTransforms(ends, table.shots);
  const tensor = gather(
    (subexperiment) => {
      const frequencies = new Float64Array(2 ** (outcomeBits + recordedBits(ends, subexperiment)));
      const shots = numberAt(table.shots, subexperiment);
      for (const [outcome, count] of countsOf(table, subexperiment)) {
        frequencies[outcome] = shots > 0 ? count / shots : count;
      }
      return frequencies;
    },
    readout === undefined ? duals : mitigatedDuals(duals, readout),
    2 ** outcomeBits,
  );
  // Outcome bits are the lowest of an index, whatever the ends' axes are.
  if (readout !== undefined) mitigate(tensor, readout.outcomes);
  return tensor;
}
