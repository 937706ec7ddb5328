/** What the stages would take, without doing them: for `--dry-run`, and to decide what is quick. */
import type { Circuit } from '../circuit/circuit.js';
import { uncutBytes } from '../circuit/simulationMemory.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { predictEvaluation } from '../evaluate/evaluate.js';
import type { EvaluateTask } from '../evaluate/evaluator.js';
import { distinctTasks, namedSubcircuits } from '../evaluate/tasks.js';
import type { Precision } from '../native/addon.js';
import { liveCircuit } from '../reconstruct/queries/answers/compare.js';
import { questionTensors } from '../reconstruct/queries/reduced.js';
import type { Context } from '../run/context.js';
import { evaluationSeconds } from '../run/resources/costs.js';
import type { KeptQuestion } from '../run/directory/manifest.js';
import { ratesFor } from '../run/resources/rates.js';

/** What a stage would take: seconds by the clock, and bytes of memory on a rank and of disk in all. */
export interface Prediction {
  /** Time on all ranks together, memory of one rank, disk space. */
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/**
 * What a process grows by while it works beside the data: heap, code that is loaded, stacks of threads. 16 to 55 MiB more
 * than an idle one, in all commands that were measured.
 */
const PROGRAM_BYTES = 40 * 2 ** 20;

/** A stage as a process takes it, and not its data alone. */
export function asProcess({ seconds, memoryBytes, diskBytes }: Prediction): Prediction {
  return { seconds, memoryBytes: memoryBytes + PROGRAM_BYTES, diskBytes };
}

/** The prediction for all tensors of a cut circuit, or for those that answer these questions alone. */
export function predictEvaluate(
  context: Context,
  cut: CutCircuit,
  precision: Precision,
  questions: readonly KeptQuestion[] = [],
  ranks?: number,
): Prediction {
  const named =
    questions.length === 0
      ? namedSubcircuits(cut)
      : questions.flatMap((question) => questionTensors(cut, question));
  return predictTasks(context, distinctTasks(cut, precision, context.threads, named), ranks);
}

/** Ranks draw tasks, so the largest one or an even share takes longest; all write to one disk. */
export function predictTasks(
  context: Context,
  tasks: readonly EvaluateTask[],
  ranks = context.cluster.size,
): Prediction {
  const { memoryBytes, diskBytes } = predictEvaluation(tasks);
  const rates = ratesFor(context);
  const seconds = tasks.map(({ shape }) => evaluationSeconds(shape, rates).compute);
  const all = seconds.reduce((sum, each) => sum + each, 0);
  const longest = seconds.reduce((most, each) => Math.max(most, each), 0);
  const compute = Math.max(longest, all / ranks);
  return { seconds: compute + diskBytes / rates.disk, memoryBytes, diskBytes };
}

/** The uncut simulation that `verify` runs on every rank. */
export function predictUncut(context: Context, circuit: Circuit, cut: CutCircuit): Prediction {
  const live = liveCircuit(circuit, cut.zeroBits);
  const updates = Math.max(1, circuit.gates.length) * 2 ** live.qubits.length;
  const seconds = updates * ratesFor(context).amplitude;
  return { seconds, memoryBytes: uncutBytes(live.qubits.length, live.bits.length, 'double'), diskBytes: 0 };
}

export function addPredictions(parts: readonly Prediction[]): Prediction {
  return {
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    memoryBytes: parts.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0),
    diskBytes: parts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}
