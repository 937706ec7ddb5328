/** From a command that was read to its answer on the screen. */
import type { JobAnswer, JobCommand, JobContext, JobRequestOf } from '../../api/jobs.js';
import { openSession } from '../../api/session/session.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { SharedOptions } from './options.js';
import { Output } from '../output/output.js';
import { progressBar } from '../output/progress.js';

/** What a command prints its answer with. */
export interface App {
  readonly out: Output;
  readonly signal: AbortSignal;
}

/** Called by the command that the arguments name: `print` shows the answer and gives the exit code. */
export type Submit = <C extends JobCommand>(
  options: SharedOptions,
  request: JobRequestOf<C>,
  print: (answer: JobAnswer<C>, app: App) => Promise<number> | number,
) => void;

/** A command that was read. */
export interface Invocation {
  readonly options: SharedOptions;
  /** What is to be done, as data. */
  readonly request: { readonly command: JobCommand };
  /** Does it, and prints the answer. Gives the exit code. */
  readonly run: (context: JobContext, app: App) => Promise<number>;
}

/** A command of this process alone, which needs neither the addon nor other ranks. */
export interface Alone {
  readonly options: SharedOptions;
  /** Gives the exit code. */
  readonly alone: (tools: AloneTools) => Promise<number>;
}

export interface AloneTools {
  readonly out: Output;
  /** Aborted by a signal of the system. */
  readonly signal: AbortSignal;
  /** Reads the arguments of another command. */
  readonly parse: (argv: readonly string[]) => Promise<Parsed>;
}

/** Called by a command of this process alone. */
export type StandAlone = (options: SharedOptions, alone: Alone['alone']) => void;

/** Text that is the whole answer: of `--help` and `--version`. */
export interface Text {
  readonly text: string;
}

export type Parsed = Invocation | Alone | Text;

/** Runs a command on the ranks; only the root prints. */
export async function runJob(
  { options, run }: Invocation,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<number> {
  const json = options.json === true;
  const quiet = options.quiet === true;
  const out = new Output({ root: cluster.isRoot, json, quiet });
  const bar = await progressBar({ quiet: quiet || !cluster.isRoot, json, style: options.progress });
  try {
    const session = await openSession({ cluster, threads: options.threads, device: options.device });
    const onWarning = (warning: string): void => out.note(`warning: ${warning}`);
    const context = { session, signal, onProgress: bar.update, onWarning, stream: process.stdout };
    const exitCode = await run(context, { out, signal });
    await session.close();
    return exitCode;
  } finally {
    bar.stop();
  }
}
