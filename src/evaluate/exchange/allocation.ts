/** How many shots each experiment deserves. */
import { required } from '../../error.js';
import { allocate } from '../../subexperiments/allocation.js';
import { isRun, type TensorExperiments } from './experiments.js';

/**
 * Shots by the names of the experiments, `total` in all: as even as can be among the subexperiments, so that an experiment
 * that is run for several has as many times more. Throws `usage` where some would have none.
 */
export function allocateShots(
  tensors: readonly TensorExperiments[],
  total: number,
): ReadonlyMap<string, number> {
  const run = tensors.flatMap(({ experiments }) => experiments.filter(isRun));
  const even = run.map(({ numbers }) => new Float64Array(numbers.length).fill(1));
  const shots = allocate(even, total);
  return new Map(
    run.map(({ id }, i) => [
      id,
      required(shots[i], `the shots of ${id}`).reduce((sum, each) => sum + each, 0),
    ]),
  );
}
