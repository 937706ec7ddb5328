/** What queries would take: the sum of what each says of itself. */
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { distinctTasks } from '../evaluate/tasks.js';
import type { Precision } from '../native/addon.js';
import { rankSliceBits } from '../reconstruct/engine/answerSlices.js';
import { planQuery } from '../reconstruct/engine/contractNetwork.js';
import {
  keepQuery,
  tensorMember,
  tensorNetwork,
  withZeroBits,
  type TensorNetwork,
} from '../reconstruct/network/tensorNetwork.js';
import type { ContractionPlan } from '../reconstruct/plan/contractionPlan.js';
import { explainPlan, type PlanExplanation } from '../reconstruct/plan/explainPlan.js';
import { mergedBytes, predictPlan } from '../reconstruct/plan/predictPlan.js';
import { localQuestions } from '../reconstruct/queries/localQueries.js';
import type { BasisVariant } from '../reconstruct/queries/observables.js';
import type { CostLedger, PredictedContraction } from '../reconstruct/queries/query.js';
import {
  isKept,
  marginalTensors,
  questionTensors,
  type ReducedTensor,
} from '../reconstruct/queries/reduced.js';
import { checkQueries, QUERIES, type Queries, type Registry } from '../reconstruct/queries/registry.js';
import { passCost, stepsOf } from '../reconstruct/queries/steps.js';
import type { Context } from '../run/context.js';
import type { KeptQuestion } from '../run/directory/manifest.js';
import { movingSeconds } from '../run/resources/costs.js';
import { FileTensors } from '../run/tensors/fileTensors.js';
import type { Rates } from '../run/calibration.js';
import { ratesFor } from '../run/resources/rates.js';
import { addPredictions, predictTasks, type Prediction } from './predictStages.js';
import { VALUE_BYTES } from '../native/valueBytes.js';

/** What a prediction is for. */
export interface PredictionBasis {
  /** What a job has; default: the ranks and memory of the context, at the rates of a common machine. */
  readonly ranks?: number;
  readonly memory?: number;
  readonly rates?: Rates;
  readonly registry?: Registry;
  /** The questions that the tensors answer, where they keep no outcomes for others. */
  readonly questions?: readonly KeptQuestion[] | undefined;
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

/** Bytes that every answer takes on its way to the other ranks, beside what it holds. */
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
  basis: PredictionBasis = {},
): ReconstructPrediction {
  const { registry = QUERIES, questions = [] } = basis;
  checkQueries(cut, queries, registry);
  const asked = questions.length === 0 ? undefined : localQuestions(queries, registry);
  const ledger = new Ledger(context, cut, precision, basis, asked);
  for (const step of stepsOf(cut, queries, registry)) {
    if (step.pass === undefined) step.alone.cost(ledger, queries);
    else passCost(ledger, step.pass, queries);
  }
  if (context.device !== 'cpu')
    ledger.remark(`times are those of the processor; ${context.device} takes less`);
  return ledger.total();
}

class Ledger implements CostLedger {
  readonly cut: CutCircuit;
  readonly precision: Precision;
  readonly network: TensorNetwork;
  readonly ranks: number;
  readonly rates: Rates;
  readonly tensorBytes: number;
  readonly threads: number;
  private readonly context: Context;
  private readonly memory: number;
  private readonly explanation: PlanExplanation[] = [];
  private readonly remarks: string[] = [];
  private prediction: Prediction = { seconds: 0, memoryBytes: 0, diskBytes: 0 };
  private traffic: Traffic;
  private sharedSeconds = 0;
  private busyRanks = 1;
  private readonly reduced: boolean;

  /** `asked` are the questions that the queries come down to where the tensors keep no outcomes. */
  constructor(
    context: Context,
    cut: CutCircuit,
    precision: Precision,
    basis: PredictionBasis,
    asked: readonly KeptQuestion[] | undefined,
  ) {
    this.context = context;
    this.cut = cut;
    this.precision = precision;
    this.ranks = basis.ranks ?? context.cluster.size;
    this.threads = context.threads;
    this.memory = basis.memory ?? context.memory;
    this.rates = basis.rates ?? ratesFor(context);
    const store = new FileTensors(context, '.');
    const whole = tensorNetwork(cut, store, precision);
    this.reduced = asked !== undefined;
    const marginal = asked?.flatMap((question) => question.marginal ?? []);
    const members =
      marginal &&
      marginalTensors(cut, marginal).map(({ name, subcircuit }) =>
        tensorMember(cut, subcircuit, store, name, precision),
      );
    this.network = { ...whole, members: members ?? whole.members };
    this.tensorBytes = this.network.members.reduce(
      (sum, { bonds, bits }) =>
        sum + VALUE_BYTES * bonds.reduce((size, bond) => size * this.network.extent(bond), 2 ** bits.length),
      0,
    );
    this.traffic = { readBytes: this.ranks * this.tensorBytes, messageBytes: 0, writeBytes: 0 };
    const missing = asked?.filter((question) => !isKept(cut, basis.questions ?? [], question)) ?? [];
    this.tasks(missing.flatMap((question) => questionTensors(cut, question)));
  }

  contraction(contraction: PredictedContraction): void {
    const { query, what, order, zeroBits = [], times, valueSeconds = 0 } = contraction;
    const { use = { sliceBytes: 0, bytes: 0 } } = contraction;
    const { ranks, rates, tensorBytes } = this;
    const whole = withZeroBits(this.context.native, this.network, zeroBits);
    const plan = planQuery(whole, keepQuery(order), this.memory);
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
    // Tensors stay mapped while what the query needs of them is taken out.
    this.work(seconds, Math.max(plan.peakBytes, tensorBytes));
    this.sharedSeconds += rounds * cost.sharedSeconds;
    this.busyRanks = Math.max(this.busyRanks, streamed ? cost.busyRanks : Math.min(ranks, times));
    const messageBytes = this.traffic.messageBytes + times * mergedBytes(answer, ranks);
    this.traffic = { ...this.traffic, messageBytes };
    this.explanation.push(
      this.explain(plan, whole, order, { query, what, times, predictedSeconds: seconds }),
    );
  }

  work(seconds: number, memoryBytes: number): void {
    this.add({ seconds, memoryBytes, diskBytes: 0 });
  }

  write(bytes: number): void {
    this.add({ seconds: bytes / this.rates.disk, memoryBytes: 0, diskBytes: bytes });
    this.traffic = { ...this.traffic, writeBytes: this.traffic.writeBytes + bytes };
  }

  evaluation(variants: readonly BasisVariant[]): void {
    // Observables have taken the place of variants.
    if (!this.reduced) this.tasks(variants);
  }

  remark(text: string): void {
    this.remarks.push(text);
  }

  total(): ReconstructPrediction {
    const { prediction, explanation, remarks, traffic, sharedSeconds, busyRanks } = this;
    return { ...prediction, explanation, remarks, traffic, sharedSeconds, busyRanks };
  }

  private tasks(named: readonly ReducedTensor[]): void {
    if (named.length === 0) return;
    const tasks = distinctTasks(this.cut, this.precision, this.context.threads, named);
    this.add(predictTasks(this.context, tasks));
  }

  private add(part: Prediction): void {
    this.prediction = addPredictions([this.prediction, part]);
  }

  private explain(
    plan: ContractionPlan,
    whole: TensorNetwork,
    order: readonly number[],
    words: Pick<PlanExplanation, 'query' | 'what' | 'times' | 'predictedSeconds'>,
  ): PlanExplanation {
    const kept = new Set(order);
    const network = {
      names: whole.members.map(({ name }) => name),
      members: whole.members.map(({ bits }) => ({ bits: bits.filter((bit) => kept.has(bit)).length })),
      bonds: new Set(this.network.members.flatMap(({ bonds }) => bonds)).size,
    };
    return explainPlan(plan, network, words);
  }
}
