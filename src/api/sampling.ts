/** Which evaluator gives the tensors of a run their values: exact, or with the shots that the run notes down. */
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { required } from '../error.js';
import type { Evaluator } from '../evaluate/evaluator.js';
import { exactEvaluator } from '../evaluate/exact.js';
import { importedEvaluator } from '../evaluate/imported.js';
import { sampledEvaluator, type SamplingPlan } from '../evaluate/sampled.js';
import { optionError, optionName } from '../options/optionName.js';
import type { Precision } from '../run/context.js';
import type { Sampling } from '../run/directory/manifest.js';
import { allocate, allocationWeights } from '../subexperiments/allocation.js';
import { cutEndsOf } from '../subexperiments/subexperiments.js';
import { measuredTensors } from './input/measuredTensors.js';
import type { SamplingOptions } from './options/sampling.js';

/** What options ask for: null for exact evaluation. Throws `usage` for options that need others. */
export function samplingOf(
  options: SamplingOptions & { readonly seed?: number | undefined },
): Sampling | null {
  const { shots = null, shotsEach = null, allocation = 'even', forExpect = null, seed = 0 } = options;
  if (shots !== null && shotsEach !== null) {
    throw optionError(
      'shots',
      ` and ${optionName('shotsEach')} both say how many shots there are; leave one out`,
    );
  }
  if (shots === null && options.allocation !== undefined) {
    throw optionError('allocation', ` divides ${optionName('shots')}; give that too`);
  }
  if (shots === null && shotsEach === null) {
    if (forExpect === null) return null;
    throw optionError('forExpect', ` needs ${optionName('shots')} or ${optionName('shotsEach')}`);
  }
  return { data: 'sampled', shots, shotsEach, allocation, seed, forExpect };
}

/** How tensors get their values, in words. */
export function samplingText(sampling: Sampling | null): string {
  if (sampling === null) return 'exactly';
  if (sampling.data === 'imported') return 'by measurements that were imported';
  const { shots, shotsEach, allocation, seed, forExpect } = sampling;
  const number = shots === null ? `${shotsEach} shots each` : `${shots} shots (${allocation})`;
  return `with ${number}, seed ${seed}${forExpect === null ? '' : `, for ${forExpect}`}`;
}

/** The shots of every subexperiment. Throws `usage` where there are fewer than subexperiments. */
export function samplingPlan(cut: CutCircuit, sampling: Sampling): SamplingPlan {
  const { shots, shotsEach, allocation, seed, forExpect } = sampling;
  const named = measuredTensors(cut, forExpect);
  const weights = named.map(({ subcircuit }) => allocationWeights(cutEndsOf(cut, subcircuit), allocation));
  const each =
    shots === null
      ? weights.map(({ length }) =>
          new Float64Array(length).fill(required(shotsEach ?? undefined, 'a number of shots')),
        )
      : allocate(weights, shots);
  return { seed, rounds: [new Map(named.map(({ name }, i) => [name, required(each[i], 'an allocation')]))] };
}

/** What fills tensors of a run, or finds those that were measured elsewhere. */
export function evaluatorOf(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  sampling: Sampling | null,
): Evaluator {
  if (sampling === null) return exactEvaluator(cut, precision, threads);
  if (sampling.data === 'imported') return importedEvaluator(cut, precision);
  return sampledEvaluator(cut, precision, threads, samplingPlan(cut, sampling));
}
