/** How many shots each subexperiment gets of those that there are in all. */
import { KroncutError } from '../error.js';
import { optionName } from '../options/optionName.js';
import { entry } from './frame.js';
import { settingNumbers, subexperimentCount, type CutEndSettings } from './subexperiments.js';

/** `even`: to all alike; `weight`: by how much a subexperiment's frequencies weigh in the tensor, whatever is asked. */
export type Allocation = 'even' | 'weight';

/**
 * Shots of each subexperiment, for each of several subcircuits, in proportion to weights: whole numbers of the given sum, at
 * least one each, the largest remainders rounded up. Throws `usage` where there are fewer shots than subexperiments.
 */
export function allocate(weights: readonly Float64Array[], shots: number): Float64Array[] {
  const all = Float64Array.from(weights.flatMap((each) => [...each]));
  if (shots < all.length) {
    throw new KroncutError(
      'usage',
      `${optionName('shots')} ${shots} is fewer than one for each of ${all.length} subexperiments; give at least ${all.length}`,
    );
  }
  const sum = all.reduce((total, weight) => total + weight, 0);
  const left = shots - all.length;
  const share = (i: number): number => (sum > 0 ? (left * (all[i] ?? 0)) / sum : left / all.length);
  const given = all.map((_, i) => 1 + Math.floor(share(i)));
  const byRemainder = Array.from(all.keys()).sort((a, b) => (share(b) % 1) - (share(a) % 1) || a - b);
  let rest = shots - given.reduce((total, each) => total + each, 0);
  for (const i of byRemainder) {
    if (rest <= 0) break;
    given[i] = (given[i] ?? 0) + 1;
    rest -= 1;
  }
  let begin = 0;
  return weights.map(({ length }) => given.slice(begin, (begin += length)));
}

/** What allocation by a rule goes by, for each subexperiment of a subcircuit. */
export function allocationWeights(ends: readonly CutEndSettings[], rule: Allocation): Float64Array {
  const count = subexperimentCount(ends);
  if (rule === 'even') return new Float64Array(count).fill(1);
  const norms = ends.map(({ table }) => {
    const dual = table.dual(table.settings.map(() => 1));
    let begin = 0;
    return table.rows.map((rows) => {
      let norm = 0;
      for (let row = begin; row < begin + rows; row += 1) {
        for (let component = 0; component < dual.rows; component += 1)
          norm += Math.abs(entry(dual, component, row));
      }
      begin += rows;
      return norm / rows;
    });
  });
  return Float64Array.from({ length: count }, (_, subexperiment) =>
    settingNumbers(ends, subexperiment).reduce(
      (product, setting, end) => product * (norms[end]?.[setting] ?? 0),
      1,
    ),
  );
}
