/** What a command works with once its arguments are read: the ranks, and the way to talk. */
import { openSession, type Session } from '../api/session.js';
import type { JobOptions } from '../api/options/session.js';
import type { Cluster } from '../cluster/cluster.js';
import type { SharedOptions } from './options.js';
import { Output } from './output.js';
import { progressBar } from './progress.js';

export interface App {
  readonly out: Output;
  /** The options that every function of the library takes. */
  readonly common: JobOptions & { readonly session: Session };
}

/** A command with its arguments, ready to run. Gives the exit code. */
export type Job = (app: App) => Promise<number>;

/** Called by the command that the arguments name. */
export type Submit = (options: SharedOptions, job: Job) => void;

export interface Invocation {
  readonly options: SharedOptions;
  readonly job: Job;
}

/** Runs a command on the ranks; only the root prints. */
export async function runJob(
  { options, job }: Invocation,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<number> {
  const json = options.json === true;
  const quiet = options.quiet === true;
  const out = new Output({ root: cluster.isRoot, json, quiet });
  const bar = await progressBar(cluster.isRoot && !json && !quiet && process.stderr.isTTY);
  try {
    const session = await openSession({ cluster, threads: options.threads, device: options.device });
    const exitCode = await job({ out, common: { session, signal, onProgress: bar.update } });
    await session.close();
    return exitCode;
  } finally {
    bar.stop();
  }
}
