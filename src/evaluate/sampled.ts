/**
 * Evaluation with shots: every subexperiment is drawn as often as a device would run it, from its exact distribution, and
 * linear inversion makes tensors of the counts. No circuit is run twice: the exact tensor has the distributions of all.
 */
import { setImmediate } from 'node:timers/promises';
import { Random } from '../circuit/random.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { required, numberAt } from '../error.js';
import type { Precision } from '../native/addon.js';
import { storedBytes, VALUE_BYTES } from '../native/valueBytes.js';
import { compute, throwIfAborted, type Context } from '../run/context.js';
import { sha256 } from '../run/files/fileHash.js';
import { addCounts, COUNT_BYTES, makeCounts, type Counts } from '../run/tensors/counts.js';
import { cutEndsOf } from '../subexperiments/subexperiments.js';
import { recordedBits } from '../subexperiments/counts.js';
import { scatter } from '../subexperiments/transform.js';
import { countedTensor } from './countedTensor.js';
import { drawCounts } from './draw.js';
import type { EvaluateTask, Evaluator, NamedSubcircuit } from './evaluator.js';
import { bindSubcircuit, evaluateTasks, lowerSubcircuit, tensorKey } from './tasks.js';

/** What is drawn. */
export interface SamplingPlan {
  readonly seed: number;
  /** What the shots follow from, where they are known when they are drawn only: a hash. Left out: they are in `rounds`. */
  readonly identity?: string | undefined;
  /**
   * Shots of each subexperiment of a tensor, by its name, in rounds that add up. A subcircuit read in bases that were not
   * planned for gets as many again as the subcircuit itself.
   */
  readonly rounds: readonly ReadonlyMap<string, Float64Array>[];
}

/** Exact tensors of this rank, by their names, from one round to the next: as many as fit into so many bytes. */
export class ExactTensors {
  readonly #held = new Map<string, Float64Array>();
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  get(name: string): Float64Array | undefined {
    return this.#held.get(name);
  }

  /** Kept where there is room, and not changed any more. */
  keep(name: string, values: Float64Array): void {
    if (this.#held.has(name) || values.byteLength > this.#free) return;
    this.#free -= values.byteLength;
    this.#held.set(name, values);
  }
}

/** Milliseconds after which others on this rank have their turn. */
export const TURN = 50;

export function sampledEvaluator(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  plan: SamplingPlan,
  exact?: ExactTensors,
): Evaluator {
  return {
    key: (named) => {
      const whole = tensorKey(bindSubcircuit(cut, named.subcircuit), precision);
      return sha256(JSON.stringify([whole, ...drawIdentity(plan, named)]));
    },
    tasks: (named) => sampledTasks(cut, precision, threads, plan, named),
    async evaluate(context, named, file, onWork) {
      const begin = performance.now();
      const { subcircuit } = named;
      const tensorOf = async (): Promise<Float64Array> => {
        const values =
          exact?.get(named.name) ?? (await exactTensor(context, cut, named, (done) => onWork(done / 2)));
        exact?.keep(named.name, values);
        return values;
      };
      const counts = await drawAll(context, cut, plan, named, { tensor: await tensorOf(), onWork });
      const tensor = await countedTensor(cut, subcircuit, counts, precision, file);
      return { ...tensor, seconds: (performance.now() - begin) / 1000, uncertainty: { data: 'sampled' } };
    },
  };
}

/** As exact evaluation, with a tensor that is made of counts beside the exact one, and the file of the counts. */
function sampledTasks(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  plan: SamplingPlan,
  named: readonly NamedSubcircuit[],
): EvaluateTask[] {
  return evaluateTasks(cut, 'double', threads, named).map((task) => {
    const one = required(named[task.index], 'a tensor');
    const counts = countsBytes(cut, plan, one);
    const values = task.fileBytes / VALUE_BYTES;
    return {
      ...task,
      bytes: task.bytes + VALUE_BYTES * values + counts,
      fileBytes: values * storedBytes(precision) + counts,
    };
  });
}

/** At most: no subexperiment has more outcomes than shots. Rounds that are planned later are not counted. */
export function countsBytes(cut: CutCircuit, plan: SamplingPlan, named: NamedSubcircuit): number {
  const ends = cutEndsOf(cut, named.subcircuit);
  const rounds = shotsOfTensor(plan, named);
  const rows = (rounds[0] ?? new Float64Array()).reduce((sum, _, i) => {
    const shots = rounds.reduce((all, round) => all + numberAt(round, i), 0);
    return sum + Math.min(shots, 2 ** (named.subcircuit.outcomes.length + recordedBits(ends, i)));
  }, 0);
  return COUNT_BYTES * rows;
}

/** What the draws of a tensor follow from beside its distributions, for a hash. */
export function drawIdentity(plan: SamplingPlan, named: NamedSubcircuit): readonly unknown[] {
  return [plan.seed, named.name, plan.identity ?? shotsOfTensor(plan, named).map((round) => [...round])];
}

/** The shots of each subexperiment of a tensor, round by round. */
export function shotsOfTensor(
  { rounds }: SamplingPlan,
  { name, subcircuit }: NamedSubcircuit,
): Float64Array[] {
  return rounds.map((round) => {
    const shots = round.get(name) ?? round.get(String(subcircuit.index));
    return required(shots, `the shots of tensor ${name}`);
  });
}

/** Which the frequencies of all subexperiments follow from. */
async function exactTensor(
  context: Context,
  cut: CutCircuit,
  { subcircuit }: NamedSubcircuit,
  onWork: (fraction: number) => void,
): Promise<Float64Array> {
  const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit, true));
  const { values } = await compute(
    context,
    (options) =>
      context.native.evaluateSubcircuit(program, { ...options, file: undefined, precision: 'double' }),
    onWork,
  );
  return required(values, 'the values of a tensor');
}

/** What the shots of all subexperiments of a tensor count; each subexperiment and round draws numbers of its own. */
async function drawAll(
  context: Context,
  cut: CutCircuit,
  plan: SamplingPlan,
  named: NamedSubcircuit,
  { tensor, onWork }: { readonly tensor: Float64Array; readonly onWork: (fraction: number) => void },
): Promise<Counts> {
  const { name, subcircuit } = named;
  const { seed } = plan;
  const rounds = shotsOfTensor(plan, named);
  const ends = cutEndsOf(cut, subcircuit).map(({ table }) => ({ matrix: table.effects, rows: table.rows }));
  const each: Map<number, number>[][] = rounds.map(() => []);
  let turn = performance.now();
  for (const { subexperiment, frequencies } of scatter(tensor, ends, 2 ** subcircuit.outcomes.length)) {
    for (const [round, shots] of rounds.entries()) {
      const random = new Random(seed, `shots ${name} ${subexperiment} ${round}`);
      each[round]?.push(drawCounts(frequencies, numberAt(shots, subexperiment), random));
    }
    if (performance.now() - turn < TURN) continue;
    await setImmediate();
    throwIfAborted(context.signal);
    onWork(0.5 + (0.5 * subexperiment) / (rounds[0]?.length ?? 1));
    turn = performance.now();
  }
  return each.map((round) => makeCounts(round)).reduce(addCounts);
}
