/** How many shots each experiment deserves. */
import { required, numberAt } from '../../error.js';
import { allocate, requireShots } from '../../subexperiments/allocation.js';
import { isRun, type TensorExperiments } from './experiments.js';

/** Shots of each subexperiment of each tensor, `total` in all. */
export type DivideShots = (total: number) => readonly Float64Array[];

/**
 * Shots by the names of the experiments, `total` in all: as even as can be among the subexperiments, so that an experiment
 * that is run for several has as many times more; or as `divide` says, but one at least. Throws `usage` where some would have
 * none.
 */
export function allocateShots(
  tensors: readonly TensorExperiments[],
  total: number,
  divide?: DivideShots,
): ReadonlyMap<string, number> {
  const run = tensors.flatMap(({ experiments }) => experiments.filter(isRun));
  if (divide !== undefined) {
    requireShots(run.length, total);
    const more = divide(total - run.length);
    return new Map(
      tensors.flatMap(({ experiments }, tensor) =>
        experiments.filter(isRun).map(({ id, numbers }) => {
          const own = required(more[tensor], `the shots of ${id}`);
          return [id, numbers.reduce((sum, number) => sum + numberAt(own, number), 1)] as const;
        }),
      ),
    );
  }
  const even = run.map(({ numbers }) => new Float64Array(numbers.length).fill(1));
  const shots = allocate(even, total);
  return new Map(
    run.map(({ id }, i) => [
      id,
      required(shots[i], `the shots of ${id}`).reduce((sum, each) => sum + each, 0),
    ]),
  );
}
