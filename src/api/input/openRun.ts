/** A run that is open for a stage: held by the root, in a directory or in memory, and known to all ranks. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Circuit } from '../../circuit/circuit.js';
import { readQasm } from '../../circuit/qasm/readQasm.js';
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import { readCutsFile } from '../../cut/solution/cutsFile.js';
import type { SolutionQuality } from '../../cut/solution/summary.js';
import { KroncutError } from '../../error.js';
import type { Precision } from '../../native/addon.js';
import type { Context } from '../../run/context.js';
import { FileTensors } from '../../run/tensors/fileTensors.js';
import { LayeredTensors } from '../../run/tensors/layeredTensors.js';
import { MemoryTensors } from '../../run/tensors/memoryTensors.js';
import type { StageWorker } from '../../run/directory/manifest.js';
import type { Run } from '../../run/directory/run.js';
import { RunDirectory } from '../../run/directory/runDirectory.js';
import { heldBy, RunInMemory, type InMemory, type OpenRun, type RunSource } from './runInMemory.js';
import { nextStep } from '../../options/optionName.js';

export type { InMemory, OpenRun, RunInMemory, RunSource } from './runInMemory.js';

/** A run for those who get it from a call, where it is in memory. */
export function inMemory({ inMemory: run }: OpenRun): Partial<InMemory> {
  return run === undefined ? {} : { run };
}

/**
 * What a run is opened for: to `change` it; to `answer`, which a directory that cannot be written does too; or to `look`,
 * which takes no lock and leaves nothing behind.
 */
export type RunUse = 'look' | 'answer' | 'change';

const OPENERS: Readonly<Record<RunUse, (path: string, signal: AbortSignal | undefined) => Promise<Run>>> = {
  look: (path) => RunDirectory.openToLook(path),
  answer: (path, signal) => RunDirectory.openForAnswers(path, signal),
  change: (path, signal) => RunDirectory.open(path, signal),
};

/** Collective: opens a run, which must have been cut, for the time of `body`. */
export async function withRun<T>(
  context: Context,
  source: RunSource,
  body: (run: OpenRun) => Promise<T>,
  use: RunUse = 'change',
): Promise<T> {
  if (typeof source !== 'string') return source.run.open(context, body);
  return holdingRun(context, source, async (hold) => {
    const { cutCircuit, quality } = await context.cluster.onRoot(async () => {
      const { signal } = context;
      const directory = hold.take<Run>(await OPENERS[use](source, signal));
      if (!(await directory.isDone('cut'))) {
        throw new KroncutError(
          'usage',
          `${source} holds no finished cut, or its files were changed; ${nextStep(`run 'kroncut cut CIRCUIT -o ${source}'`, 'call cut with it as its directory')} first`,
        );
      }
      return readCutsFile(await directory.read('cuts.json'), directory.nameOf('cuts.json'));
    });
    return hold.open(cutCircuit, quality, body);
  });
}

/** Gives a run back however the work ends. */
export interface RunHold {
  /** On the root: what `OpenRun.directory` gives from now on. */
  take<R extends Run>(run: R): R;
  /** Collective: the run with these cuts, for the time of `body`. */
  open<T>(cutCircuit: CutCircuit, quality: SolutionQuality, body: (run: OpenRun) => Promise<T>): Promise<T>;
}

/** Collective: holds the run in a directory, or one in memory where no path is given, for the time of `body`. */
export async function holdingRun<T>(
  context: Context,
  path: string | undefined,
  body: (hold: RunHold) => Promise<T>,
): Promise<T> {
  let held: Run | undefined;
  try {
    return await body({
      take: (taken) => {
        taken.describeWorker = () => workerOf(context);
        return (held = taken);
      },
      open: async (cutCircuit, quality, work) => {
        if (path === undefined) {
          return new RunInMemory(cutCircuit, quality, held, new Map()).open(context, work);
        }
        const folder = resolve(path);
        const files = new FileTensors(context, folder);
        const writable = await context.cluster.onRoot(() => heldBy(held).writable);
        const passing = new MemoryTensors(context);
        const tensors = new LayeredTensors(files, passing, writable);
        const where = { path: folder, writePath: writable ? folder : undefined, name: path };
        const run = { context, ...where, tensors, passing, cutCircuit, quality };
        return work({ ...run, directory: () => heldBy(held) });
      },
    });
  } catch (error) {
    held?.abandon();
    throw error;
  } finally {
    held?.close();
  }
}

/** What a job says of itself where it has finished a stage; for use on the root. */
function workerOf({ cluster, device, threads }: Context): StageWorker {
  return {
    ended: new Date().toISOString(),
    node: process.version,
    host: hostname(),
    device,
    ranks: cluster.size,
    threads,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** The precision that a run was evaluated in. Throws `usage` where it was not; for use on the root. */
export function evaluatedPrecision(run: Run, name: string): Precision {
  const { precision } = run.manifest.options;
  if (run.stage('evaluate')?.status !== 'done' || precision === null) {
    throw new KroncutError(
      'usage',
      `${name} is not evaluated yet; ${nextStep(`run 'kroncut evaluate ${name}'`, 'call evaluate')} first`,
    );
  }
  return precision;
}

/** Seconds since `begin` (of `performance.now()`). */
export function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1000;
}

/** The circuit of a run; for use on the root. */
export async function runCircuit(run: OpenRun): Promise<Circuit> {
  const held = run.directory();
  return readQasm(await held.read('circuit.qasm'), { file: held.nameOf('circuit.qasm') });
}
