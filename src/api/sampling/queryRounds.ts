/**
 * Shots divided by what a sum of Pauli strings needs of them: a pilot round is spread evenly; from what it tells of how much
 * the shots of each subexperiment spread in the answer, a second round is divided, and from both the last (Neyman 1934).
 */
import { KroncutError, required, valueAt } from '../../error.js';
import { shareTasks } from '../../evaluate/evaluate.js';
import type { Evaluator, NamedSubcircuit } from '../../evaluate/evaluator.js';
import { optionName } from '../../options/optionName.js';
import { planClosed } from '../../reconstruct/engine/closedNetwork.js';
import { joinsOf } from '../../reconstruct/engine/tensorTree.js';
import { shotDeviations } from '../../reconstruct/errors/deviations.js';
import type { ClosedTerm } from '../../reconstruct/errors/gradients.js';
import { SampledMember } from '../../reconstruct/errors/sampledMember.js';
import { tensorMember, tensorNetwork } from '../../reconstruct/network/tensorNetwork.js';
import { stringNetworks } from '../../reconstruct/queries/answers/expectationTerms.js';
import { parsePauliSum } from '../../reconstruct/queries/pauliSum.js';
import type { Counts } from '../../run/tensors/counts.js';
import {
  allocate,
  allocateMore,
  pilotShots,
  requireShots,
  shotsForError,
} from '../../subexperiments/allocation.js';
import { cutEndsOf, subexperimentCount, type CutEndSettings } from '../../subexperiments/subexperiments.js';
import type { BitAction } from '../../native/addon.js';
import { measuredTensors } from '../input/measuredTensors.js';
import type { OpenRun } from '../input/openRun.js';

/** What is aimed at: a number of shots, or the standard error of the sum. */
export interface Aim {
  readonly forExpect: string;
  readonly shots: number | null;
  readonly standardError: number | null;
}

/** Of all shots, those that are drawn when the second round ends. */
const SECOND_SHARE = 0.4;
/** Shots of each subexperiment in the pilot for a standard error, whose number of shots is not known yet. */
const PILOT_EACH = 50;

type Round = ReadonlyMap<string, Float64Array>;
type Found = Pick<OpenRun, 'context' | 'cutCircuit' | 'tensors'>;

/**
 * Collective: the shots of every subexperiment of each tensor, by round; `planned` gives what draws with the rounds so far.
 * Throws `usage` for too few shots.
 */
export async function queryRounds(
  run: Found,
  aim: Aim,
  planned: (rounds: readonly Round[]) => Evaluator,
): Promise<Round[]> {
  const { context, cutCircuit } = run;
  const { cluster } = context;
  const named = measuredTensors(cutCircuit, aim.forExpect);
  const counts = named.map(({ subcircuit }) => subexperimentCount(cutEndsOf(cutCircuit, subcircuit)));
  const question = await cluster.agree(() => questionOf(run, named, aim.forExpect));
  const rounds: Float64Array[][] = [await cluster.agree(() => pilotOf(counts, aim.shots))];
  for (const share of [SECOND_SHARE, 1]) {
    const evaluator = planned(rounds.map((round) => byName(named, round)));
    const drawn = await drawNamed(run, evaluator, named);
    const next = await cluster.onRoot(() => {
      const spread = (planned: readonly Float64Array[]): Float64Array[] =>
        deviationsOf(question, drawn, planned);
      const had = drawn.map(({ shots }) => shots);
      const all = aim.shots ?? shotsFor(required(aim.standardError ?? undefined, 'an aim'), had, spread);
      const note = `${all} shots for a standard error of ${aim.standardError}`;
      if (aim.shots === null) context.onProgress?.({ stage: 'evaluate', done: 0, total: 1, note });
      return leastVariance(had, Math.round(share * all), spread).more;
    });
    rounds.push(next);
  }
  return rounds.map((round) => byName(named, round));
}

/**
 * Not collective: how a next round of shots is best divided, `more` in all, after those that the run's tensors were counted
 * from. Throws `usage` where there are none, or where their number is not known.
 */
export async function nextRound(
  run: Found & Pick<OpenRun, 'name'>,
  forExpect: string,
): Promise<(more: number) => readonly Float64Array[]> {
  const { cutCircuit, tensors } = run;
  const named = measuredTensors(cutCircuit, forExpect);
  const known = await tensors.uncertainties(named.map(({ name }) => name));
  const missing = named.find(({ name }) => known[name] === undefined);
  if (missing !== undefined) {
    throw new KroncutError(
      'usage',
      `${run.name} has no counts of subcircuit ${missing.name} yet, which say how the next round is divided; import the round before first`,
    );
  }
  const counts = await Promise.all(named.map(({ name }) => tensors.counts(name)));
  const had = counts.map(({ shots }) => shots);
  if (had.some((shots) => shots.some((each) => !(each > 0)))) {
    throw new KroncutError(
      'usage',
      `${run.name} has results whose number of shots is not known, so that a next round cannot be divided by ${optionName('forExpect')}`,
    );
  }
  const question = questionOf(run, named, forExpect);
  const spread: Spread = (planned) => deviationsOf(question, counts, planned);
  return (more) => leastVariance(had, sumOf(had) + more, spread).more;
}

/** Deviations of subexperiments where what settings tell is pooled by planned shots. */
type Spread = (planned: readonly Float64Array[]) => Float64Array[];

/** Shots for a standard error, when they are divided as well as is known. */
function shotsFor(standardError: number, had: readonly Float64Array[], spread: Spread): number {
  const first = Math.max(shotsForError(spread(had), standardError), sumOf(had));
  return Math.ceil((first * leastVariance(had, first, spread).variance) / standardError ** 2);
}

/** Shots to add, and the variance of the sum with them. */
interface Division {
  readonly more: Float64Array[];
  readonly variance: number;
}

/**
 * Neyman's division takes the estimator as given, but what several settings tell is pooled by the shots that they get: more
 * shots for a noisy setting make its share in what is pooled larger. So his division, the same again from there, and an even
 * one are compared.
 */
function leastVariance(had: readonly Float64Array[], all: number, spread: Spread): Division {
  const divide = (weights: readonly Float64Array[]): Division & { readonly weights: Float64Array[] } => {
    const more = allocateMore(weights, had, all);
    const shots = had.map((before, i) => before.map((each, j) => each + valueAt(valueAt(more, i), j)));
    const after = spread(shots);
    return { more, variance: varianceOf(after, shots), weights: after };
  };
  const even = divide(had.map(({ length }) => new Float64Array(length).fill(1)));
  const once = divide(even.weights);
  const twice = divide(once.weights);
  return [once, even].reduce((least, each) => (each.variance < least.variance ? each : least), twice);
}

function varianceOf(deviations: readonly Float64Array[], shots: readonly Float64Array[]): number {
  return sumOf(deviations.map((own, i) => own.map((each, j) => each ** 2 / (shots[i]?.[j] ?? 1))));
}

function sumOf(lists: readonly Float64Array[]): number {
  return lists.reduce((sum, list) => list.reduce((total, each) => total + each, sum), 0);
}

function pilotOf(counts: readonly number[], shots: number | null): Float64Array[] {
  if (shots === null) return counts.map((count) => new Float64Array(count).fill(PILOT_EACH));
  const total = counts.reduce((sum, count) => sum + count, 0);
  requireShots(total, shots);
  const even = counts.map((count) => new Float64Array(count).fill(1));
  return allocate(even, pilotShots(total, shots));
}

function byName(named: readonly NamedSubcircuit[], round: readonly Float64Array[]): Round {
  return new Map(named.map(({ name }, i) => [name, required(round[i], 'the shots of a tensor')]));
}

/** Collective: the counts of each tensor, in the order of `named`, on every rank. */
async function drawNamed(
  { context }: Found,
  evaluator: Evaluator,
  named: readonly NamedSubcircuit[],
): Promise<Counts[]> {
  const { cluster } = context;
  const tasks = evaluator.tasks(named);
  const own: { index: number; counts: Counts }[] = [];
  await shareTasks(cluster, tasks.length, async (number) => {
    const { index } = required(tasks[number], 'a task');
    const one = required(named[index], 'a tensor');
    const { counts } = await evaluator.evaluate(context, one, undefined, () => undefined);
    own.push({ index, counts: required(counts, `the counts of tensor ${one.name}`) });
  });
  const all = (await cluster.gather(own)).flat().sort((a, b) => a.index - b.index);
  return all.map(({ counts }) => counts);
}

/** What is asked, with all that does not depend on counts. */
interface Question {
  readonly tensors: readonly {
    readonly ends: readonly CutEndSettings[];
    readonly bonds: readonly number[];
    readonly bits: readonly number[];
  }[];
  readonly joins: readonly number[];
  /** For each string of the sum its coefficient, and for each subcircuit the place of its tensor. */
  readonly strings: readonly {
    readonly coefficient: number;
    readonly members: readonly number[];
    readonly actionOf: (bit: number) => BitAction;
  }[];
}

function questionOf(
  { context, cutCircuit, tensors }: Found,
  named: readonly NamedSubcircuit[],
  forExpect: string,
): Question {
  const places = new Map(named.map(({ name }, i) => [name, i]));
  const sum = parsePauliSum(forExpect, cutCircuit.qubits);
  const networks = stringNetworks(cutCircuit, sum, ({ name }) =>
    required(places.get(name), `tensor ${name}`),
  );
  return {
    tensors: named.map(({ name, subcircuit }) => ({
      ends: cutEndsOf(cutCircuit, subcircuit),
      bonds: tensorMember(cutCircuit, subcircuit, tensors, name, 'double').bonds,
      bits: subcircuit.outcomes.map(({ bit }) => bit),
    })),
    joins: joinsOf(planClosed(tensorNetwork(cutCircuit, tensors, 'double'), context.memory)),
    strings: networks.flatMap((network, i) => {
      const { coefficient } = required(sum[i], 'a term');
      return network === undefined ? [] : [{ coefficient, ...network }];
    }),
  };
}

/** Deviations of subexperiments from what was counted, where what settings tell is pooled by `planned` shots. */
function deviationsOf(
  { tensors, joins, strings }: Question,
  counts: readonly Counts[],
  planned: readonly Float64Array[],
): Float64Array[] {
  const members = tensors.map(({ ends, bonds, bits }, i) => {
    return new SampledMember(ends, bonds, bits.length, required(counts[i], 'counts'), planned[i]);
  });
  const terms = strings.map(({ coefficient, members: places, actionOf }): ClosedTerm => {
    const actions = places.map((place) => required(tensors[place], 'a tensor').bits.map(actionOf));
    return {
      coefficient,
      joins,
      members: places.map((place) => required(members[place], 'a member')),
      actionOf: (member) => required(actions[member], 'actions'),
    };
  });
  return shotDeviations(terms, members);
}
