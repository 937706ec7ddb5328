/** What the stages would take, without doing them: for `--dry-run`, and to decide what is quick. */
import type { Circuit } from '../circuit/circuit.js';
import { uncutBytes, VALUE_BYTES } from '../circuit/simulationMemory.js';
import { DEFAULT_COSTS, predictCost } from '../cut/costModel.js';
import type { CutCircuit } from '../cut/cutCircuit.js';
import { predictEvaluation } from '../evaluate/evaluate.js';
import { evaluateTasks, tensorFile } from '../evaluate/tasks.js';
import type { Precision } from '../native/addon.js';
import { liveCircuit } from '../reconstruct/compare.js';
import { TOP_WORK } from '../reconstruct/distribution.js';
import { planQuery } from '../reconstruct/contractNetwork.js';
import { explainPlan } from '../reconstruct/contractionPath.js';
import { checkQueries, fullBytes, liveBits, searchesTop, type Queries } from '../reconstruct/queries.js';
import { planObservable } from '../reconstruct/observables.js';
import { parsePauliSum } from '../reconstruct/pauliSum.js';
import { keepQuery, tensorNetwork, withZeroBits } from '../reconstruct/tensorNetwork.js';
import type { Context } from '../run/context.js';

export interface Prediction {
  /** Time on all ranks together, memory of one rank, disk space. */
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Threads of the processor that the constants of the cost model were measured on. */
const REFERENCE_THREADS = 2;
/** A multiply-add of the search for the most likely outcomes, which one thread does. */
const SEARCH_SECONDS = 2e-9;
/** Bytes a second that a disk of a cluster takes at least. */
const DISK_RATE = 3e8;

function speed(context: Context): number {
  return (context.threads * context.cluster.size) / REFERENCE_THREADS;
}

export function predictEvaluate(context: Context, cut: CutCircuit, precision: Precision): Prediction {
  const { memoryBytes, diskBytes } = predictEvaluation(evaluateTasks(cut, precision, context.threads));
  const seconds = predictCost(cut).evaluate / speed(context) + diskBytes / DISK_RATE;
  return { seconds, memoryBytes, diskBytes };
}

/** The prediction for queries, and how each would be contracted, as lines of text. */
export function predictReconstruct(
  context: Context,
  cut: CutCircuit,
  precision: Precision,
  queries: Queries,
): Prediction & { readonly plans: readonly string[] } {
  checkQueries(cut, queries);
  const network = tensorNetwork(context.native, cut, tensorFile, '.', precision);
  const plans: string[] = [];
  let total: Prediction = { seconds: 0, memoryBytes: 0, diskBytes: 0 };
  const add = (what: string, order: readonly number[], zeroBits: readonly number[], times: number): void => {
    const whole = withZeroBits(context.native, network, zeroBits);
    const plan = planQuery(whole, keepQuery(order), context.memory);
    const work = plan.multiplyAdds * DEFAULT_COSTS.product + 2 ** order.length * DEFAULT_COSTS.output;
    total = {
      seconds: total.seconds + (times * work) / speed(context),
      memoryBytes: Math.max(total.memoryBytes, plan.peakBytes),
      diskBytes: total.diskBytes,
    };
    const lines = explainPlan(
      plan,
      whole.members.map(({ name }) => name),
    );
    plans.push(`${what}:`, ...lines.map((line) => `  ${line}`));
  };
  if (queries.full === true) {
    const bytes = fullBytes(cut.outcomeBits, precision);
    const order = Array.from({ length: cut.outcomeBits }, (_, bit) => bit);
    add('full distribution', order, cut.zeroBits, 1);
    total = { ...total, seconds: total.seconds + bytes / DISK_RATE, diskBytes: bytes };
  } else if (searchesTop(cut, queries)) {
    const { topWork = TOP_WORK } = queries;
    const memoryBytes = network.members.reduce(
      (sum, { bonds, bits }) => sum + VALUE_BYTES * 4 ** bonds.length * 2 ** bits.length,
      0,
    );
    total = { seconds: topWork * SEARCH_SECONDS, memoryBytes: 2 * memoryBytes, diskBytes: 0 };
    plans.push(
      'top outcomes:',
      `  best-first search over prefixes, at most ${topWork} multiply-adds, on one rank`,
    );
  } else if (queries.top !== undefined || queries.moments === true) {
    add('one pass over the distribution', liveBits(cut), [], 1);
  }
  if (queries.marginal !== undefined) {
    const live = queries.marginal.filter((bit) => !cut.zeroBits.includes(bit));
    add('marginal', live, [], 1);
  }
  if (queries.probability !== undefined) {
    add('probability of one outcome', [], [], queries.probability.length);
  }
  if (queries.bins !== undefined) {
    add('one round of bins', liveBits(cut).slice(0, queries.bins), [], queries.depth ?? 1);
  }
  if (queries.samples !== undefined) {
    add('one sample', [], [], queries.samples * cut.subcircuits.length);
  }
  if (queries.expect !== undefined) {
    const terms = parsePauliSum(queries.expect, cut.qubits);
    add('one term of the expectation value', [], [], terms.length);
    const { variants } = planObservable(cut, terms);
    const tasks = evaluateTasks(cut, precision, context.threads, variants);
    const { memoryBytes, diskBytes } = predictEvaluation(tasks);
    const work = tasks.reduce((sum, task) => sum + task.work, 0) * DEFAULT_COSTS.amplitude;
    total = addPredictions([
      total,
      { seconds: work / speed(context) + diskBytes / DISK_RATE, memoryBytes, diskBytes },
    ]);
  }
  return { ...total, plans };
}

/** The uncut simulation that `verify` runs on every rank. */
export function predictUncut(context: Context, circuit: Circuit, cut: CutCircuit): Prediction {
  const live = liveCircuit(circuit, cut.zeroBits);
  const updates = Math.max(1, circuit.gates.length) * 2 ** live.qubits.length;
  const seconds = (updates * DEFAULT_COSTS.amplitude * REFERENCE_THREADS) / context.threads;
  return { seconds, memoryBytes: uncutBytes(live.qubits.length, live.bits.length, 'double'), diskBytes: 0 };
}

export function addPredictions(parts: readonly Prediction[]): Prediction {
  return {
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    memoryBytes: parts.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0),
    diskBytes: parts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}
