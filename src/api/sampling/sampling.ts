/** Which evaluator gives the tensors of a run their values: exact, or with the shots that the run notes down. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import { required } from '../../error.js';
import type { Evaluator, NamedSubcircuit } from '../../evaluate/evaluator.js';
import { exactEvaluator } from '../../evaluate/exact.js';
import { importedEvaluator } from '../../evaluate/imported.js';
import { noisyEvaluator } from '../../evaluate/noisy.js';
import { sampledEvaluator, ExactTensors, type SamplingPlan } from '../../evaluate/sampled.js';
import { bindSubcircuit, tensorKey } from '../../evaluate/tasks.js';
import { optionError, optionName } from '../../options/optionName.js';
import type { Precision } from '../../run/context.js';
import { MANIFEST_FILE, type Sampling } from '../../run/directory/manifest.js';
import { sha256 } from '../../run/files/fileHash.js';
import type { TensorStore } from '../../run/tensors/tensorStore.js';
import { allocate, allocationWeights } from '../../subexperiments/allocation.js';
import { checkedNoise } from '../../subexperiments/noise/noiseModel.js';
import { cutEndsOf } from '../../subexperiments/subexperiments.js';
import { measuredTensors } from '../input/measuredTensors.js';
import type { OpenRun } from '../input/openRun.js';
import { noiseText, type NoiseOfRun } from './noise.js';
import type { SamplingOptions } from '../options/sampling.js';
import { queryRounds } from './queryRounds.js';

/** What options ask for: null for exact evaluation. Throws `usage` for options that need or exclude others. */
export function samplingOf(
  options: SamplingOptions & { readonly seed?: number | undefined },
  noise: NoiseOfRun | null = null,
): Sampling | null {
  const { shots = null, shotsEach = null, standardError = null, forExpect = null, seed = 0 } = options;
  requireOneAmount(options);
  if (shots === null && options.allocation !== undefined) {
    throw optionError('allocation', ` divides ${optionName('shots')}; give that too`);
  }
  const allocation = standardError === null ? (options.allocation ?? 'even') : 'query';
  if (allocation === 'query' && forExpect === null) {
    const name = standardError === null ? 'allocation' : 'standardError';
    const asked = standardError === null ? ' query' : '';
    throw optionError(name, `${asked} goes by an observable; name it with ${optionName('forExpect')}`);
  }
  if (!drawsShots(options)) {
    if (noise !== null) {
      return { data: 'exact', shots, shotsEach, standardError, allocation, seed: 0, forExpect, ...noise };
    }
    if (forExpect === null) return null;
    throw optionError(
      'forExpect',
      ` needs ${optionName('shots')}, ${optionName('shotsEach')} or ${optionName('standardError')}`,
    );
  }
  return { data: 'sampled', shots, shotsEach, standardError, allocation, seed, forExpect, ...noise };
}

/** The options that say how many shots there are. */
const AMOUNTS = ['shots', 'shotsEach', 'standardError'] as const;

/** True where something is drawn. */
export function drawsShots(options: Pick<SamplingOptions, (typeof AMOUNTS)[number]>): boolean {
  return AMOUNTS.some((amount) => options[amount] !== undefined);
}

function requireOneAmount(options: SamplingOptions): void {
  const [one, other] = AMOUNTS.filter((amount) => options[amount] !== undefined);
  if (one === undefined || other === undefined) return;
  throw optionError(one, ` and ${optionName(other)} both say how many shots there are; leave one out`);
}

/** How tensors get their values, in words. */
export function samplingText(sampling: Sampling | null): string {
  if (sampling === null) return 'exactly';
  if (sampling.data === 'imported') return 'by measurements that were imported';
  const { data, shots, shotsEach, standardError, allocation, seed, forExpect } = sampling;
  const number =
    standardError !== null
      ? `shots for a standard error of ${standardError}`
      : shots === null
        ? `${shotsEach} shots each`
        : `${shots} shots (${allocation})`;
  const drawn = data === 'exact' ? 'exactly' : `with ${number}, seed ${seed}`;
  return `${drawn}${forExpect === null ? '' : `, for ${forExpect}`}${noiseText(sampling)}`;
}

/** The shots of every subexperiment by a rule. Throws `usage` where there are fewer than subexperiments. */
function plannedRound(cut: CutCircuit, sampling: Sampling, allocation: 'even' | 'weight'): Round {
  const { shots, shotsEach, forExpect } = sampling;
  const named = measuredTensors(cut, forExpect);
  const weights = named.map(({ subcircuit }) => allocationWeights(cutEndsOf(cut, subcircuit), allocation));
  const each =
    shots === null
      ? weights.map(({ length }) =>
          new Float64Array(length).fill(required(shotsEach ?? undefined, 'a number of shots')),
        )
      : allocate(weights, shots);
  return new Map(named.map(({ name }, i) => [name, required(each[i], 'an allocation')]));
}

/** What fills tensors of a run, or finds those that were measured elsewhere. Throws `usage` where there are too few shots. */
export function evaluatorOf(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  sampling: Sampling | null,
): Evaluator {
  if (sampling === null) return exactEvaluator(cut, precision, threads);
  if (sampling.data === 'imported') return importedEvaluator(cut, precision);
  const { allocation, seed } = sampling;
  if (allocation === 'query')
    return plannedEvaluator(cut, precision, threads, sampling, queryPlan(cut, sampling, []));
  const exact = sampling.data === 'exact';
  const plan = exact ? null : { seed, rounds: [plannedRound(cut, sampling, allocation)] };
  return plannedEvaluator(cut, precision, threads, sampling, plan);
}

/** Without a plan, which is for noise alone, frequencies are exact. */
function plannedEvaluator(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  sampling: NoiseOfRun,
  plan: SamplingPlan | null,
  exact?: ExactTensors,
): Evaluator {
  if (sampling.noise === undefined) {
    return sampledEvaluator(cut, precision, threads, required(plan ?? undefined, 'shots'), exact);
  }
  const noise = checkedNoise(JSON.parse(sampling.noise), MANIFEST_FILE);
  const mitigated = sampling.mitigate === 'readout';
  return noisyEvaluator(cut, precision, threads, { noise, mitigated, sampling: plan });
}

type Round = ReadonlyMap<string, Float64Array>;

/** Of a rank's memory, what exact tensors may take between rounds. */
const KEPT_SHARE = 0.25;

/** A plan whose shots follow from what is drawn: its identity are the tensors and what is asked for. */
function queryPlan(cut: CutCircuit, sampling: Sampling, rounds: readonly Round[]): SamplingPlan {
  const tensors = measuredTensors(cut, sampling.forExpect).map(({ subcircuit }) =>
    tensorKey(bindSubcircuit(cut, subcircuit), 'double'),
  );
  const { shots, standardError, forExpect, seed } = sampling;
  const identity = sha256(JSON.stringify([tensors, shots, standardError, forExpect]));
  return { seed, identity, rounds };
}

/**
 * Collective: the run's evaluator (see `evaluatorOf`), made ready for `named`: where shots are divided by what a question needs,
 * and not all of the tensors are there, the rounds before the last are drawn.
 */
export async function readyEvaluator(
  run: Pick<OpenRun, 'context' | 'cutCircuit' | 'tensors'>,
  precision: Precision,
  sampling: Sampling | null,
  named: readonly NamedSubcircuit[],
  evaluator: Evaluator,
): Promise<Evaluator> {
  const { context, cutCircuit, tensors } = run;
  const { cluster, threads } = context;
  if (sampling === null || sampling.allocation !== 'query') return evaluator;
  const own = measuredTensors(cutCircuit, sampling.forExpect);
  const isThere = async (one: NamedSubcircuit): Promise<boolean> =>
    (await tensors.find(one.name))?.key === evaluator.key(one);
  const [whole, asked] = await cluster.onRoot(async () => [
    (await Promise.all(own.map(isThere))).every(Boolean),
    (await Promise.all(named.map(isThere))).every(Boolean),
  ]);
  if (asked) return evaluator;
  const { forExpect, shots, standardError } = sampling;
  const aim = { forExpect: required(forExpect ?? undefined, 'an observable'), shots, standardError };
  // Rounds draw from the same distributions.
  const exact = new ExactTensors(context.memory * KEPT_SHARE);
  const planned = (rounds: readonly Round[]): Evaluator =>
    plannedEvaluator(
      cutCircuit,
      precision,
      threads,
      sampling,
      queryPlan(cutCircuit, sampling, rounds),
      exact,
    );
  return planned(whole ? [await drawnRound(tensors, own)] : await queryRounds(run, aim, planned));
}

/** Not collective: the shots that tensors have. */
async function drawnRound(store: TensorStore, named: readonly NamedSubcircuit[]): Promise<Round> {
  const counts = named.map(async ({ name }) => [name, (await store.counts(name)).shots] as const);
  return new Map(await Promise.all(counts));
}
