/** From files of results to the counts of all subexperiments of the tensors that they are about. */
import { Random } from '../../circuit/random.js';
import { KroncutError, valueAt } from '../../error.js';
import { optionName } from '../../options/optionName.js';
import { makeCounts, type Counts, type OutcomeCounts } from '../../run/tensors/counts.js';
import { inRunOrder, isRun, type Experiment, type TensorExperiments } from './experiments.js';
import type { Refuse } from './outcomeNumbers.js';
import { isQuasi, shotsOf, type Outcomes } from './readOutcomes.js';
import type { ResultEntry, ResultFile } from './readResults.js';

export interface CollectInput {
  /** The run as messages call it, and the hash of its cuts. */
  readonly run: string;
  readonly cut: string;
  readonly tensors: readonly TensorExperiments[];
  readonly files: readonly ResultFile[];
  /** Which order results without names have. */
  readonly seed: number;
  readonly round: number;
}

/** What came back for a tensor. */
export interface CollectedCounts {
  readonly counts: Counts;
  /** Experiments that nothing came back for, by name. */
  readonly missing: readonly string[];
  /** Shots from each file, null for quasi-probabilities; only files that are about this tensor. */
  readonly shots: ReadonlyMap<ResultFile, number | null>;
  /** What files say of its experiments. */
  readonly results: readonly Pick<Counted, 'experiment' | 'shots' | 'refuse'>[];
}

/** What one file says of one experiment. */
interface Counted {
  readonly file: ResultFile;
  readonly refuse: Refuse;
  readonly experiment: Experiment;
  readonly outcomes: Outcomes;
  /** 0 for quasi-probabilities. */
  readonly shots: number;
}

/**
 * Counts by the names of the tensors that some file is about, and of those where nothing is measured at all. Throws `input`,
 * with the file and the place in it, for what is no result of this cut, has other bits than its subexperiment, or does not go
 * with another file.
 */
export function collectCounts(input: CollectInput): Map<string, CollectedCounts> {
  const { files, cut, run } = input;
  const hashes = new Map<string, string>();
  for (const { file, cut: of, sha256 } of files) {
    if (of !== undefined && of !== cut) {
      throw new KroncutError(
        'input',
        `${file}: cut: these are results of the cut ${of}, and ${run} has the cut ${cut}; import them where they belong; nothing was imported`,
      );
    }
    const same = hashes.get(sha256);
    if (same !== undefined) {
      throw new KroncutError(
        'input',
        `${file}: these are the same results as in ${same}; nothing was imported`,
      );
    }
    hashes.set(sha256, file);
  }
  const byTensor = new Map<string, Counted[]>();
  for (const one of countedOf(input)) {
    const { name } = one.experiment.tensor;
    const own = byTensor.get(name);
    if (own === undefined) byTensor.set(name, [one]);
    else own.push(one);
  }
  const collected = new Map<string, CollectedCounts>();
  for (const tensor of input.tensors) {
    const own = byTensor.get(tensor.name) ?? [];
    if (own.length > 0 || !tensor.experiments.some(isRun)) {
      collected.set(tensor.name, collectTensor(tensor, own));
    }
  }
  return collected;
}

/** All that the files say, each with its number of shots. */
function countedOf(input: CollectInput): Counted[] {
  const { tensors, files, run, seed, round } = input;
  const named = new Map(
    tensors.flatMap(({ experiments }) => experiments.map((one) => [one.id, one] as const)),
  );
  const order = inRunOrder(tensors, seed, round);
  let next = 0;
  const experimentOf = ({ id }: ResultEntry, refuse: Refuse): Experiment => {
    const experiment = id === undefined ? order[next++] : named.get(id);
    if (experiment !== undefined && isRun(experiment)) return experiment;
    throw refuse(
      id === undefined
        ? `there are more results than the ${order.length} subexperiments of ${run}; ${asExported()}`
        : `there is no such subexperiment of ${run}; ${hintFor(id, run)}`,
    );
  };
  const all = files.flatMap((file): Counted[] => {
    const read = file.entries.map((entry) => {
      const experiment = experimentOf(entry, refusal(file, entry.place));
      const refuse = refusal(
        file,
        entry.id === undefined ? `${entry.place} (${experiment.id})` : entry.place,
      );
      return { file, refuse, experiment, outcomes: entry.read(experiment, refuse) };
    });
    const quasi = isQuasi(read.map(({ outcomes }) => outcomes));
    return read.map((one) => ({ ...one, shots: shotsOf(one.outcomes, quasi, one.refuse) }));
  });
  if (next > 0 && next < order.length) throw tooFew(input, next, order.length);
  return all;
}

function tooFew({ files, run }: CollectInput, found: number, wanted: number): KroncutError {
  const names = files
    .filter(({ entries }) => entries.some(({ id }) => id === undefined))
    .map(({ file }) => file);
  return new KroncutError(
    'input',
    `${names.join(', ')}: there ${found === 1 ? 'is 1 result' : `are ${found} results`} without names, where ${run} has ` +
      `${wanted} subexperiments; give all files of a round together, in the order of its jobs, and ${asExported()}; nothing was imported`,
  );
}

/** Results without names have the order of an export, which options decide. */
function asExported(): string {
  const [seed, round, bases] = [optionName('seed'), optionName('round'), optionName('forExpect')];
  return `${seed}, ${round} and ${bases} as in the export`;
}

/** A tensor in other bases is there only where these are said. */
function hintFor(id: string, run: string): string {
  return /^\d+\.[XYZ]/.test(id)
    ? `if it is of another basis, give ${optionName('forExpect')} as in the export`
    : `'kroncut subexperiments ${run}' lists them`;
}

function refusal({ file }: ResultFile, place: string): Refuse {
  return (what) => new KroncutError('input', `${file}: ${place}: ${what}; nothing was imported`);
}

function collectTensor(tensor: TensorExperiments, own: readonly Counted[]): CollectedCounts {
  const each = new Map<number, Share>();
  const shots = new Map<ResultFile, number | null>();
  const byExperiment = new Map<Experiment, Counted[]>();
  for (const one of own) {
    const { experiment, file } = one;
    const others = byExperiment.get(experiment);
    if (others === undefined) byExperiment.set(experiment, [one]);
    else others.push(one);
    shots.set(file, one.shots === 0 ? null : (shots.get(file) ?? 0) + one.shots);
  }
  for (const [experiment, results] of byExperiment) {
    for (const [i, part] of dealt(experiment, added(results), results[0]?.refuse).entries()) {
      each.set(valueAt(experiment.numbers, i), part);
    }
  }
  // Where nothing is measured, the one outcome is certain.
  const most = own.reduce((largest, one) => Math.max(largest, one.shots), own.length === 0 ? 1 : 0);
  const certain = { outcomes: new Map([[0, Math.max(1, most)]]), shots: most };
  const missing: string[] = [];
  for (const experiment of tensor.experiments) {
    if (isRun(experiment)) {
      if (!byExperiment.has(experiment)) missing.push(experiment.id);
    } else for (const number of experiment.numbers) each.set(number, certain);
  }
  const none: OutcomeCounts = new Map();
  const numbers = Array.from({ length: tensor.count }, (_, number) => number);
  return {
    counts: makeCounts(
      numbers.map((number) => each.get(number)?.outcomes ?? none),
      numbers.map((number) => each.get(number)?.shots ?? 0),
    ),
    missing,
    shots,
    results: own,
  };
}

/** Counts, or quasi-probabilities of 0 shots. */
interface Share {
  readonly outcomes: Outcomes;
  readonly shots: number;
}

/** Rounds add up. Throws `input` for quasi-probabilities, whose weight nobody knows, beside anything else. */
function added(results: readonly Counted[]): Share {
  const outcomes: Outcomes = new Map();
  let shots = 0;
  for (const one of results) {
    if (results.length > 1 && one.shots === 0) throw one.refuse(NO_WEIGHT);
    shots += one.shots;
    for (const [outcome, count] of one.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }
  return { outcomes, shots };
}

export const NO_WEIGHT = 'quasi-probabilities without a number of shots do not add up with other results';

/**
 * The shots of an experiment, dealt out at random to the subexperiments that it was run for, so that their counts are
 * independent. Quasi-probabilities are those of all of them.
 */
function dealt({ id, numbers }: Experiment, { outcomes, shots }: Share, refuse: Refuse | undefined): Share[] {
  if (numbers.length === 1 || shots === 0) return numbers.map(() => ({ outcomes, shots }));
  if (shots < numbers.length && refuse !== undefined) {
    throw refuse(`${shots} shots are too few for ${numbers.length} subexperiments that come to this circuit`);
  }
  const random = new Random(shots, `deal ${id}`);
  const hands = numbers.map((_, i) => {
    const size = Math.ceil((shots - i) / numbers.length);
    return { shots: size, free: size, outcomes: new Map<number, number>() };
  });
  let remaining = shots;
  for (const [outcome, count] of outcomes) {
    for (let shot = 0; shot < count; shot += 1, remaining -= 1) {
      let place = random.next() * remaining;
      const hand = hands.find(({ free }) => (place -= free) < 0) ?? hands.findLast(({ free }) => free > 0);
      if (hand === undefined) throw new KroncutError('internal', `no share of ${id} takes another shot`);
      hand.free -= 1;
      hand.outcomes.set(outcome, (hand.outcomes.get(outcome) ?? 0) + 1);
    }
  }
  return hands;
}
