/**
 * Exact evaluation: fills the tensors of all subcircuits. The ranks draw subcircuits from one shared counter; each
 * tensor is written whole or not at all, and registered beside it, so that a killed job goes on with the rest.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { compute, throwIfAborted, type Context } from '../run/context.js';
import { isIntact, makeFolder, recordFile, writeFileAtomic, type FileRecord } from '../run/files.js';
import { requireDisk, requireMemory } from '../run/resources.js';
import {
  bindSubcircuit,
  evaluateTasks,
  lowerSubcircuit,
  namedSubcircuits,
  tensorFile,
  tensorKey,
  type EvaluateTask,
  type NamedSubcircuit,
} from './tasks.js';

/** What `tensors/N.json` says about `tensors/N.npy`. */
const registrationSchema = z.object({
  /** Hash of the subcircuit and the precision that the tensor belongs to. */
  key: z.string(),
  size: z.number().int().nonnegative(),
  sha256: z.string(),
  seconds: z.number().nonnegative(),
});
type Registration = z.infer<typeof registrationSchema>;

export interface EvaluateInput {
  /** The run directory. */
  readonly directory: string;
  readonly cutCircuit: CutCircuit;
  readonly precision: Precision;
  /** What to evaluate; default: all subcircuits. */
  readonly named?: readonly NamedSubcircuit[] | undefined;
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

/** Collective. Throws `memory` or `disk` before any work where it would not fit. */
export async function evaluateSubcircuits(context: Context, input: EvaluateInput): Promise<EvaluateResult> {
  const { cluster } = context;
  const { directory, cutCircuit, precision } = input;
  const named = input.named ?? namedSubcircuits(cutCircuit);
  const open = await cluster.onRoot(openTasks);
  const needed = predictEvaluation(open);
  await cluster.agree(async () => {
    requireMemory(
      needed.memoryBytes,
      context.memory,
      'evaluating the largest subcircuit',
      'cut with a smaller --max-width, or start fewer ranks per node',
    );
    if (cluster.isRoot) await requireDisk(needed.diskBytes, directory, 'storing the subcircuit tensors');
  });
  const counter = await cluster.taskCounter();
  await cluster.agree(async () => {
    try {
      for (;;) {
        const number = await cluster.nextTask(counter);
        const task = open[number];
        if (task === undefined) break;
        await evaluateTask(context, { ...input, named }, open, number);
      }
    } catch (error) {
      // No rank should begin another task: the job has failed.
      while ((await cluster.nextTask(counter)) < open.length);
      throw error;
    }
  });
  report(context, open, open.length, 0);
  return cluster.onRoot(async () => {
    const files: Record<string, FileRecord> = {};
    for (const { name } of named) {
      const registration = await readRegistration(directory, name);
      if (registration === undefined) {
        throw new KroncutError('internal', `${tensorFile(name)} was evaluated but is not registered`);
      }
      files[tensorFile(name)] = { size: registration.size, sha256: registration.sha256 };
    }
    return {
      files,
      evaluated: open.length,
      reused: named.length - open.length,
    };
  });

  async function openTasks(): Promise<EvaluateTask[]> {
    await makeFolder(join(directory, 'tensors'));
    const result: EvaluateTask[] = [];
    for (const task of evaluateTasks(cutCircuit, precision, context.threads, named)) {
      const item = named[task.index];
      if (item === undefined) continue;
      const registration = await readRegistration(directory, item.name);
      const valid =
        registration?.key === tensorKey(bindSubcircuit(cutCircuit, item.subcircuit), precision) &&
        (await isIntact(join(directory, tensorFile(item.name)), registration));
      if (!valid) result.push(task);
    }
    return result;
  }
}

async function evaluateTask(
  context: Context,
  { directory, cutCircuit, precision, named = [] }: EvaluateInput,
  open: readonly EvaluateTask[],
  number: number,
): Promise<void> {
  const task = open[number];
  const item = task === undefined ? undefined : named[task.index];
  if (task === undefined || item === undefined) {
    throw new KroncutError('internal', `task ${number} names no subcircuit`);
  }
  const bound = bindSubcircuit(cutCircuit, item.subcircuit);
  throwIfAborted(context.signal);
  report(context, open, number, 0);
  const file = join(directory, tensorFile(item.name));
  // Without its registration a tensor is not believed; so first the old one goes.
  await rm(registrationFile(directory, item.name), { force: true });
  const { seconds } = await compute(
    context,
    (options) => context.native.evaluateSubcircuit(lowerSubcircuit(bound), { ...options, file, precision }),
    (fraction) => report(context, open, number, fraction),
  );
  const registration: Registration = {
    key: tensorKey(bound, precision),
    ...(await recordFile(file)),
    seconds,
  };
  await writeFileAtomic(registrationFile(directory, item.name), `${JSON.stringify(registration)}\n`);
}

/** Progress over all ranks, judged by the latest task that this rank drew. */
function report(context: Context, open: readonly EvaluateTask[], drawn: number, fraction: number): void {
  const total = open.reduce((sum, { work }) => sum + work, 0);
  const before = open.slice(0, drawn).reduce((sum, { work }) => sum + work, 0);
  context.onProgress?.({ stage: 'evaluate', done: before + fraction * (open[drawn]?.work ?? 0), total });
}

function registrationFile(directory: string, name: string): string {
  return join(directory, 'tensors', `${name}.json`);
}

async function readRegistration(directory: string, name: string): Promise<Registration | undefined> {
  try {
    const text = await readFile(registrationFile(directory, name), 'utf8');
    const parsed = registrationSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
