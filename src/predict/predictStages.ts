/** What the stages would take, without doing them: for `--dry-run`, and to decide what is quick. */
import type { Circuit } from '../circuit/circuit.js';
import { uncutBytes, VALUE_BYTES } from '../circuit/simulationMemory.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { predictEvaluation } from '../evaluate/evaluate.js';
import type { EvaluateTask } from '../evaluate/evaluator.js';
import { evaluateTasks } from '../evaluate/tasks.js';
import type { Precision } from '../native/addon.js';
import { liveCircuit } from '../reconstruct/queries/compare.js';
import { TOP_WORK } from '../reconstruct/queries/topOutcomes.js';
import { planQuery, rankSliceBits } from '../reconstruct/engine/contractNetwork.js';
import { explainPlan, type PlanExplanation } from '../reconstruct/plan/explainPlan.js';
import { mergedBytes, predictPlan, type AnswerUse } from '../reconstruct/plan/predictPlan.js';
import {
  checkQueries,
  fullBytes,
  liveBits,
  searchesTop,
  type Queries,
} from '../reconstruct/queries/queries.js';
import { planObservable } from '../reconstruct/queries/observables.js';
import { parsePauliSum } from '../reconstruct/queries/pauliSum.js';
import { keepQuery, tensorNetwork, withZeroBits } from '../reconstruct/network/tensorNetwork.js';
import type { Context } from '../run/context.js';
import { evaluationSeconds, movingSeconds } from '../run/costs.js';
import { FileTensors } from '../run/fileTensors.js';
import { defaultRates, type Rates } from '../run/rates.js';

export interface Prediction {
  /** Time on all ranks together, memory of one rank, disk space. */
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** A multiply-add of the search for the most likely outcomes, which one thread does. */
const SEARCH_SECONDS = 2e-9;

export function predictEvaluate(context: Context, cut: CutCircuit, precision: Precision): Prediction {
  return predictTasks(context, evaluateTasks(cut, precision, context.threads));
}

/** Ranks draw tasks, so the largest one or an even share takes longest; all write to one disk. */
function predictTasks(context: Context, tasks: readonly EvaluateTask[]): Prediction {
  const { memoryBytes, diskBytes } = predictEvaluation(tasks);
  const rates = defaultRates(context.threads);
  const seconds = tasks.map(({ shape }) => evaluationSeconds(shape, rates).compute);
  const all = seconds.reduce((sum, each) => sum + each, 0);
  const longest = seconds.reduce((most, each) => Math.max(most, each), 0);
  const compute = Math.max(longest, all / context.cluster.size);
  return { seconds: compute + diskBytes / rates.disk, memoryBytes, diskBytes };
}

/** What a job has: by default the ranks and memory of the context, at the rates of a common machine. */
export interface Resources {
  readonly ranks: number;
  readonly memory: number;
  readonly rates: Rates;
}

/** Where the bytes go, all queries together. */
export interface Traffic {
  /** Tensors, read by all ranks together. */
  readonly readBytes: number;
  /** Partial results that every rank receives. */
  readonly messageBytes: number;
  readonly writeBytes: number;
}

export interface ReconstructPrediction extends Prediction {
  /** How each query is contracted. */
  readonly explanation: readonly PlanExplanation[];
  /** What is said of queries that contract nothing whole. */
  readonly remarks: readonly string[];
  readonly traffic: Traffic;
  /** Seconds that every rank spends alike, and ranks that have a part of the answer; for streamed answers. */
  readonly sharedSeconds: number;
  readonly busyRanks: number;
}

/** Bytes of JSON that a number and a listed outcome take on their way to the other ranks, and of all else. */
const NUMBER_BYTES = 20;
const OUTCOME_BYTES = 48;
const MESSAGE_BYTES = 256;
/** Numbers are contracted many at a time: seconds of a product of one of them, and calls for all. */
const ROW_SECONDS = 2e-7;
const MOST_CALLS = 10;

/** The prediction for queries. The cut alone decides it: nothing needs to be evaluated yet. */
export function predictReconstruct(
  context: Context,
  cut: CutCircuit,
  precision: Precision,
  queries: Queries,
  resources: Resources = {
    ranks: context.cluster.size,
    memory: context.memory,
    rates: defaultRates(context.threads),
  },
): ReconstructPrediction {
  checkQueries(cut, queries);
  const { ranks, memory, rates } = resources;
  const network = tensorNetwork(cut, new FileTensors(context, '.'), precision);
  const tensorBytes = network.members.reduce(
    (sum, { bonds, bits }) =>
      sum + VALUE_BYTES * bonds.reduce((size, bond) => size * network.extent(bond), 2 ** bits.length),
    0,
  );
  const explanation: PlanExplanation[] = [];
  const remarks: string[] = [];
  let total: Prediction = { seconds: 0, memoryBytes: 0, diskBytes: 0 };
  let traffic: Traffic = { readBytes: ranks * tensorBytes, messageBytes: 0, writeBytes: 0 };
  let [sharedSeconds, busyRanks] = [0, 1];
  const add = (
    query: string,
    what: string,
    order: readonly number[],
    zeroBits: readonly number[],
    times: number,
    use: Pick<AnswerUse, 'sliceBytes' | 'bytes' | 'entropies'> = { sliceBytes: 0, bytes: 0 },
    valueSeconds = 0,
  ): void => {
    const whole = withZeroBits(context.native, network, zeroBits);
    const plan = planQuery(whole, keepQuery(order), memory);
    const answer = {
      rankSliceBits: rankSliceBits(order.length),
      tensorBytes,
      ...use,
      bytes: use.bytes + MESSAGE_BYTES,
    };
    // Answers are streamed by all ranks together; numbers are divided among them.
    const streamed = order.length > 0;
    const rounds = streamed ? times : Math.ceil(times / ranks);
    const cost = streamed
      ? predictPlan(plan, answer, rates, ranks)
      : predictPlan(plan, { ...answer, tensorBytes: 0 }, { ...rates, call: ROW_SECONDS }, 1);
    const once = streamed ? 0 : movingSeconds(tensorBytes / VALUE_BYTES, rates) + MOST_CALLS * rates.call;
    const seconds = once + rounds * (cost.seconds + cost.mergeSeconds + valueSeconds);
    total = {
      seconds: total.seconds + seconds,
      memoryBytes: Math.max(total.memoryBytes, plan.peakBytes),
      diskBytes: total.diskBytes,
    };
    sharedSeconds += rounds * cost.sharedSeconds;
    busyRanks = Math.max(busyRanks, streamed ? cost.busyRanks : Math.min(ranks, times));
    traffic = { ...traffic, messageBytes: traffic.messageBytes + times * mergedBytes(answer, ranks) };
    const kept = new Set(order);
    explanation.push(
      explainPlan(
        plan,
        {
          names: whole.members.map(({ name }) => name),
          members: whole.members.map(({ bits }) => ({ bits: bits.filter((bit) => kept.has(bit)).length })),
          bonds: new Set(network.members.flatMap(({ bonds }) => bonds)).size,
        },
        { query, what, times, predictedSeconds: seconds },
      ),
    );
  };
  if (queries.full === true) {
    const bytes = fullBytes(cut.outcomeBits, precision);
    const order = Array.from({ length: cut.outcomeBits }, (_, bit) => bit);
    const outcomes = OUTCOME_BYTES * (queries.top ?? 0);
    const use = { sliceBytes: NUMBER_BYTES, bytes: outcomes, entropies: queries.moments === true };
    add('full', 'full distribution', order, cut.zeroBits, 1, use);
    total = { ...total, seconds: total.seconds + bytes / rates.disk, diskBytes: bytes };
    traffic = { ...traffic, writeBytes: bytes };
  } else if (searchesTop(cut, queries)) {
    const { topWork = TOP_WORK } = queries;
    const memoryBytes = network.members.reduce(
      (sum, { bonds, bits }) => sum + VALUE_BYTES * 4 ** bonds.length * 2 ** bits.length,
      0,
    );
    total = { seconds: topWork * SEARCH_SECONDS, memoryBytes: 2 * memoryBytes, diskBytes: 0 };
    remarks.push(
      `top outcomes: best-first search over prefixes, at most ${topWork} multiply-adds, on one rank`,
    );
  } else if (queries.top !== undefined || queries.moments === true) {
    const sliceBytes = queries.moments === true ? 4 * NUMBER_BYTES : 0;
    const bytes = OUTCOME_BYTES * (queries.top ?? 0);
    add(
      queries.moments === true ? 'moments' : 'top',
      'one pass over the distribution',
      liveBits(cut),
      [],
      1,
      { sliceBytes, bytes, entropies: queries.moments === true },
    );
  }
  if (queries.marginal !== undefined) {
    const live = queries.marginal.filter((bit) => !cut.zeroBits.includes(bit));
    add('marginal', 'marginal', live, [], 1, {
      sliceBytes: 0,
      bytes: (NUMBER_BYTES * 2 ** live.length) / ranks,
    });
  }
  if (queries.probability !== undefined) {
    add('probability', 'probability of one outcome', [], [], queries.probability.length);
  }
  if (queries.bins !== undefined) {
    add('bins', 'one round of bins', liveBits(cut).slice(0, queries.bins), [], queries.depth ?? 1);
  }
  if (queries.samples !== undefined) {
    // The likelihood of every outcome of every tensor takes most of it.
    const likelihoods = (tensorBytes / VALUE_BYTES) * rates.multiplyAdd;
    add('samples', 'one sample', [], [], queries.samples, undefined, likelihoods);
  }
  if (queries.expect !== undefined) {
    const terms = parsePauliSum(queries.expect, cut.qubits);
    add('expect', 'one term of the expectation value', [], [], terms.length);
    const { variants } = planObservable(cut, terms);
    const tasks = evaluateTasks(cut, precision, context.threads, variants);
    total = addPredictions([total, predictTasks(context, tasks)]);
  }
  return { ...total, explanation, remarks, traffic, sharedSeconds, busyRanks };
}

/** The uncut simulation that `verify` runs on every rank. */
export function predictUncut(context: Context, circuit: Circuit, cut: CutCircuit): Prediction {
  const live = liveCircuit(circuit, cut.zeroBits);
  const updates = Math.max(1, circuit.gates.length) * 2 ** live.qubits.length;
  const seconds = updates * defaultRates(context.threads).amplitude;
  return { seconds, memoryBytes: uncutBytes(live.qubits.length, live.bits.length, 'double'), diskBytes: 0 };
}

export function addPredictions(parts: readonly Prediction[]): Prediction {
  return {
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    memoryBytes: parts.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0),
    diskBytes: parts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}
