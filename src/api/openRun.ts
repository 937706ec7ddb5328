/** A run directory that is open for a stage: locked and read by the root, known to all ranks. */
import { resolve } from 'node:path';
import type { Circuit } from '../circuit/circuit.js';
import { readQasm } from '../circuit/qasm/readQasm.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { readCutsFile } from '../cut/solution/cutsFile.js';
import type { SolutionQuality } from '../cut/solution/summary.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import type { Context } from '../run/context.js';
import { readText } from '../run/inputs.js';
import { RunDirectory } from '../run/runDirectory.js';

export interface OpenRun {
  readonly context: Context;
  /** Absolute path of the run directory, and the path as the caller wrote it. */
  readonly path: string;
  readonly name: string;
  readonly cutCircuit: CutCircuit;
  readonly quality: SolutionQuality;
  /** The directory itself, on the root rank; for use within `cluster.onRoot`. */
  directory(): RunDirectory;
}

/** Collective: opens the run in `path`, which must have been cut, for the time of `body`. */
export async function withRun<T>(
  context: Context,
  path: string,
  body: (run: OpenRun) => Promise<T>,
): Promise<T> {
  return holdingDirectory(context, path, async (hold) => {
    const { cutCircuit, quality } = await context.cluster.onRoot(async () => {
      const directory = hold.take(await RunDirectory.open(path));
      if (!(await directory.isDone('cut'))) {
        throw new KroncutError(
          'usage',
          `${path} holds no finished cut, or its files were changed; run 'kroncut cut CIRCUIT -o ${path}' first`,
        );
      }
      const file = directory.file('cuts.json');
      const { cutCircuit, quality } = readCutsFile(await readText(file), file);
      return { cutCircuit, quality };
    });
    return body(hold.run(cutCircuit, quality));
  });
}

/** Gives a run directory back however the work ends. */
export interface DirectoryHold {
  take(directory: RunDirectory): RunDirectory;
  run(cutCircuit: CutCircuit, quality: SolutionQuality): OpenRun;
}

export async function holdingDirectory<T>(
  context: Context,
  path: string,
  body: (hold: DirectoryHold) => Promise<T>,
): Promise<T> {
  let held: RunDirectory | undefined;
  const directory = (): RunDirectory => {
    if (held === undefined) throw new KroncutError('internal', 'only the root rank opens the run directory');
    return held;
  };
  try {
    return await body({
      take: (taken) => (held = taken),
      run: (cutCircuit, quality) => ({
        context,
        path: resolve(path),
        name: path,
        cutCircuit,
        quality,
        directory,
      }),
    });
  } finally {
    held?.close();
  }
}

/** The precision that a run was evaluated in. Throws `usage` where it was not; for use on the root. */
export function evaluatedPrecision(directory: RunDirectory, name: string): Precision {
  const { precision } = directory.manifest.options;
  if (directory.stage('evaluate')?.status !== 'done' || precision === null) {
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
  const file = run.directory().file('circuit.qasm');
  return readQasm(await readText(file), { file });
}
