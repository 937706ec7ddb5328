/**
 * Fills the tensors of subcircuits, whatever gives them their values. The ranks draw tasks from one shared counter; each
 * tensor is stored whole or not at all, with what it belongs to, so that a killed job goes on with the rest.
 */
import type { Cluster } from '../cluster/cluster.js';
import { KroncutError, required } from '../error.js';
import { throwIfAborted, type Context } from '../run/context.js';
import { copyFileAtomic, type FileRecord } from '../run/files/files.js';
import { unfitCuts } from '../run/resources/space.js';
import type { MadeTensor, TensorStore } from '../run/tensors/tensorStore.js';
import type { EvaluateTask, Evaluator, NamedSubcircuit } from './evaluator.js';

export interface EvaluateInput {
  /** Where tensors go; what it holds already is not evaluated again. */
  readonly store: TensorStore;
  readonly evaluator: Evaluator;
  readonly named: readonly NamedSubcircuit[];
}

export interface EvaluateResult {
  /** Record of every tensor file, by name relative to the run directory. */
  readonly files: Readonly<Record<string, FileRecord>>;
  /** Subcircuits evaluated now, and those whose tensors were there already. */
  readonly evaluated: number;
  readonly reused: number;
}

/** What an evaluation would take, for `--dry-run` and before work starts. */
export interface EvaluatePrediction {
  /** Peak memory on one rank, and size of all tensor files, in bytes. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export function predictEvaluation(tasks: readonly EvaluateTask[]): EvaluatePrediction {
  return {
    memoryBytes: tasks.reduce((most, { bytes }) => Math.max(most, bytes), 0),
    diskBytes: tasks.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
  };
}

/** Throws `memory` where the largest of the tasks does not fit on this rank. */
export function requireEvaluationMemory(
  { memory }: Pick<Context, 'memory'>,
  tasks: readonly EvaluateTask[],
): void {
  const { memoryBytes } = predictEvaluation(tasks);
  if (memoryBytes > memory) throw unfitCuts('evaluating the largest subcircuit needs', memoryBytes, memory);
}

/** Collective. Throws `memory` or `disk` before any work where it would not fit. */
export async function evaluateSubcircuits(context: Context, input: EvaluateInput): Promise<EvaluateResult> {
  const { cluster } = context;
  const { store, named } = input;
  const open = await cluster.onRoot(() => openTasks(input));
  const needed = predictEvaluation(open);
  // Memory first: there is advice on what would fit in it.
  await cluster.agree(() => requireEvaluationMemory(context, open));
  await cluster.onRoot(() => store.prepare(needed.diskBytes));
  await shareTasks(cluster, open.length, (number) => evaluateTask(context, input, open, number));
  report(context, open, open.length, 0);
  const files = await store.share(named.map(({ name }) => name));
  const evaluated = open.reduce((sum, { twins = [] }) => sum + 1 + twins.length, 0);
  return { files, evaluated, reused: named.length - evaluated };
}

/** Collective: the ranks do tasks 0 to `count` - 1, each as it becomes free. */
export async function shareTasks(
  cluster: Cluster,
  count: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  const counter = await cluster.taskCounter();
  await cluster.agree(async () => {
    try {
      for (;;) {
        const number = await cluster.nextTask(counter);
        if (number >= count) break;
        await work(number);
      }
    } catch (error) {
      // No rank should begin another task: the job has failed.
      while ((await cluster.nextTask(counter)) < count);
      throw error;
    }
  });
}

/** Tasks whose tensors the store does not hold; for use on the root. */
async function openTasks({ store, evaluator, named }: EvaluateInput): Promise<EvaluateTask[]> {
  const open: EvaluateTask[] = [];
  for (const task of evaluator.tasks(named)) {
    const missing: number[] = [];
    for (const index of [task.index, ...(task.twins ?? [])]) {
      const item = itemOf(named, index);
      if ((await store.find(item.name))?.key !== evaluator.key(item)) missing.push(index);
    }
    const [index, ...twins] = missing;
    if (index !== undefined) open.push({ ...task, index, twins });
  }
  return open;
}

function itemOf(named: readonly NamedSubcircuit[], index: number): NamedSubcircuit {
  const item = named[index];
  if (item === undefined) throw new KroncutError('internal', `a task is for subcircuit ${index} of the list`);
  return item;
}

async function evaluateTask(
  context: Context,
  { store, evaluator, named }: EvaluateInput,
  open: readonly EvaluateTask[],
  number: number,
): Promise<void> {
  const task = open[number];
  if (task === undefined) throw new KroncutError('internal', `there is no task ${number}`);
  const item = itemOf(named, task.index);
  throwIfAborted(context.signal);
  report(context, open, number, 0);
  const onWork = (fraction: number): void => report(context, open, number, fraction);
  const began = new Date().toISOString();
  const { rank } = context.cluster;
  let made: MadeTensor | undefined;
  let original: string | undefined;
  await store.put(item.name, evaluator.key(item), async (file) => {
    original = file;
    made = { ...(await evaluator.evaluate(context, item, file, onWork)), rank, began };
    return made;
  });
  for (const index of task.twins ?? []) {
    const twin = itemOf(named, index);
    throwIfAborted(context.signal);
    await store.put(twin.name, evaluator.key(twin), async (file) => {
      if (file !== undefined) await copyFileAtomic(required(original, 'a file of a tensor'), file);
      return { ...required(made, 'a tensor'), seconds: 0 };
    });
  }
}

/** Progress over all ranks, judged by the latest task that this rank drew. */
function report(context: Context, open: readonly EvaluateTask[], drawn: number, fraction: number): void {
  const total = open.reduce((sum, { work }) => sum + work, 0);
  const before = open.slice(0, drawn).reduce((sum, { work }) => sum + work, 0);
  const done = before + fraction * (open[drawn]?.work ?? 0);
  const note = `${Math.min(drawn + 1, open.length)} of ${open.length}`;
  context.onProgress?.({ stage: 'evaluate', done, total, note });
}
