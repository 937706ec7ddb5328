/** A run that is open for a stage: held by the root, in a directory or in memory, and known to all ranks. */
import { resolve } from 'node:path';
import type { Circuit } from '../circuit/circuit.js';
import { readQasm } from '../circuit/qasm/readQasm.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { readCutsFile } from '../cut/solution/cutsFile.js';
import type { SolutionQuality } from '../cut/solution/summary.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import type { Context } from '../run/context.js';
import { FileTensors } from '../run/fileTensors.js';
import { LayeredTensors } from '../run/layeredTensors.js';
import { MemoryTensors, type KeptTensors } from '../run/memoryTensors.js';
import type { Run } from '../run/run.js';
import { RunDirectory } from '../run/runDirectory.js';
import type { TensorStore } from '../run/tensorStore.js';

export interface OpenRun {
  readonly context: Context;
  /** Absolute path of the run directory; undefined for a run in memory. */
  readonly path: string | undefined;
  /** The same where ranks may write files there. */
  readonly writePath: string | undefined;
  /** The path as the caller wrote it, or what the run is called in messages. */
  readonly name: string;
  /** The run itself as its owner keeps it, where it is in memory. */
  readonly inMemory?: RunInMemory;
  readonly tensors: TensorStore;
  readonly cutCircuit: CutCircuit;
  readonly quality: SolutionQuality;
  /** The run itself, on the root rank; for use within `cluster.onRoot`. */
  directory(): Run;
}

/**
 * A run in memory: what `cut` begins where no directory is named, `evaluate` fills, and `reconstruct` asks. It lives for as
 * long as somebody holds it, and one call at a time works with it. Under several ranks each has its own, and all pass
 * theirs to the same calls.
 */
export class RunInMemory {
  readonly cutCircuit: CutCircuit;
  readonly #quality: SolutionQuality;
  /** On the root alone. */
  readonly #run: Run | undefined;
  readonly #tensors: KeptTensors;
  #busy = false;

  constructor(cutCircuit: CutCircuit, quality: SolutionQuality, run: Run | undefined, tensors: KeptTensors) {
    this.cutCircuit = cutCircuit;
    this.#quality = quality;
    this.#run = run;
    this.#tensors = tensors;
  }

  /** Collective: opens the run for the time of `body`. Throws `usage` while another call works with it. */
  async open<T>(context: Context, body: (run: OpenRun) => Promise<T>): Promise<T> {
    let taken = false;
    try {
      await context.cluster.agree(() => {
        if (this.#busy) {
          throw new KroncutError('usage', 'another call works with this run in memory; wait for it to end');
        }
        this.#busy = taken = true;
      });
      return await body({
        context,
        path: undefined,
        writePath: undefined,
        name: 'the run in memory',
        inMemory: this,
        tensors: new MemoryTensors(context, this.#tensors),
        cutCircuit: this.cutCircuit,
        quality: this.#quality,
        directory: () => heldBy(this.#run),
      });
    } finally {
      if (taken) this.#busy = false;
    }
  }
}

/** What `cut` and `evaluate` give where no directory is named. */
export interface InMemory {
  readonly run: RunInMemory;
}

/** A run for those who get it from a call, where it is in memory. */
export function inMemory({ inMemory: run }: OpenRun): Partial<InMemory> {
  return run === undefined ? {} : { run };
}

/** The name of a run directory, or a run in memory as an earlier call gave it. */
export type RunSource = string | InMemory;

/** What a run is opened for: to `change` it, or to `answer`, which a directory that cannot be written does too. */
export type RunUse = 'answer' | 'change';

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
      const directory = hold.take<Run>(
        use === 'answer'
          ? await RunDirectory.openForAnswers(source, signal)
          : await RunDirectory.open(source, signal),
      );
      if (!(await directory.isDone('cut'))) {
        throw new KroncutError(
          'usage',
          `${source} holds no finished cut, or its files were changed; run 'kroncut cut CIRCUIT -o ${source}' first`,
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
      take: (taken) => (held = taken),
      open: async (cutCircuit, quality, work) => {
        if (path === undefined) {
          return new RunInMemory(cutCircuit, quality, held, new Map()).open(context, work);
        }
        const folder = resolve(path);
        const files = new FileTensors(context, folder);
        const writable = await context.cluster.onRoot(() => heldBy(held).writable);
        const where = writable
          ? { writePath: folder, tensors: files }
          : { writePath: undefined, tensors: new LayeredTensors(files, new MemoryTensors(context)) };
        const run = { context, path: folder, name: path, cutCircuit, quality, ...where };
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

function heldBy(run: Run | undefined): Run {
  if (run === undefined) throw new KroncutError('internal', 'only the root rank holds the run');
  return run;
}

/** The precision that a run was evaluated in. Throws `usage` where it was not; for use on the root. */
export function evaluatedPrecision(run: Run, name: string): Precision {
  const { precision } = run.manifest.options;
  if (run.stage('evaluate')?.status !== 'done' || precision === null) {
    throw new KroncutError('usage', `${name} is not evaluated yet; run 'kroncut evaluate ${name}' first`);
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
