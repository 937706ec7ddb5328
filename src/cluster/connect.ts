import { hostname } from 'node:os';
import { cancelledBy, KroncutError } from '../error.js';
import { setupCommand } from '../installation.js';
import { checkOptions, type OptionTable } from '../options/option.js';
import { aFunction, anObject, aSignal, has, numberFrom, value, wholeNumber } from '../options/readers.js';
import type { MpiWorld, NativeAddon } from '../native/addon.js';
import { toKroncutError } from '../native/invoke.js';
import type { Cluster } from './cluster.js';
import { ExitRules, printLine } from './exitRules.js';
import { describeLauncher } from './launcher.js';
import type { Environment, Launcher } from './launcher.js';
import { JobBoard } from './job.js';
import { openLifeline, type Lifeline } from './lifeline.js';
import { SingleCluster } from './singleCluster.js';

/** How this process finds the others that its launcher started. */
export interface ConnectOptions {
  readonly addon: NativeAddon;
  /** Where the launcher's variables are read. Default: `process.env`. */
  readonly env?: Environment;
  /** How long MPI may take to start. Default: KRONCUT_MPI_TIMEOUT, or 60. */
  readonly mpiTimeoutSeconds?: number;
  /** Longest single MPI message in bytes; for tests. */
  readonly messageBytes?: number;
  /** Once aborted, waiting for other ranks ends with 'cancelled'. */
  readonly signal?: AbortSignal;
  /**
   * Called before MPI starts with the rules that end the ranks together, by a caller that handles signals itself
   * (`runRanks`). Without it the signals of `SIGNALS` end the process.
   */
  readonly onExitRules?: (rules: ExitRules) => void;
}

const CONNECT_OPTIONS = {
  addon: {
    reader: value('the addon of what loadAddon gives', (given) => has(given, 'buildInfo')),
    required: true,
  },
  env: { reader: anObject('an object of variables, such as process.env') },
  mpiTimeoutSeconds: { reader: numberFrom(0) },
  messageBytes: { reader: wholeNumber(1) },
  signal: { reader: aSignal },
  onExitRules: { reader: aFunction() },
} satisfies OptionTable<ConnectOptions>;

const DEFAULT_TIMEOUT_SECONDS = 60;

/**
 * The ranks of a launcher, once a session has connected with them. MPI is state of the process: it starts once, and ends
 * with the process, so all sessions share it. This is its only home.
 */
const launched: { ranks?: Promise<Cluster> } = {};

/**
 * The ranks for a session that names none: this process alone, or those that its launcher started, with which it connects
 * on the first call.
 */
export function ranksOfProcess(addon: NativeAddon): Promise<Cluster> {
  if (describeLauncher(process.env).size === 1) return connectCluster({ addon });
  launched.ranks ??= connectCluster({ addon }).catch((error: unknown) => {
    // A later call may try again.
    delete launched.ranks;
    throw error;
  });
  return launched.ranks;
}

/**
 * Connects this process with the others that its launcher started. Without a launcher, or with one rank, MPI is not
 * touched. With several ranks all of them must call this; afterwards they end together: if one throws, exits, or is
 * killed, the others end within about a second with exit code 5, until all have called `finalize`.
 *
 * @throws KroncutError('mpi') if there are several ranks and the build has no MPI, if MPI does not start in time, or if
 * MPI and the launcher disagree; 'usage' if a variable of the launcher is not a number, or an option of another kind.
 */
export async function connectCluster(options: ConnectOptions): Promise<Cluster> {
  checkOptions(CONNECT_OPTIONS, options);
  const { addon } = options;
  const env = options.env ?? process.env;
  const launcher = describeLauncher(env);
  if (launcher.size === 1) return new SingleCluster(launcher.kind);

  const library = addon.buildInfo().mpi;
  if (library === null) {
    throw failure(
      launcher,
      `the launcher started ${ranksOf(launcher)}, but this build of the addon has no MPI; ` +
        `install an MPI compiler wrapper (mpicc) and run ${setupCommand()}, or start one process`,
    );
  }
  if (launcher.kind === 'slurm' && !launcher.hasPmix && isOpenMpi(library)) {
    // Open MPI would end the process inside MPI_Init.
    throw failure(
      launcher,
      `srun started ${ranksOf(launcher)} without PMIx, which ${library} needs; start them with srun --mpi=pmix`,
    );
  }

  const rules = new ExitRules(addon, launcher.rank);
  if (options.onExitRules === undefined) rules.handleSignals();
  else options.onExitRules(rules);
  // A process alone, and a thousand that only print help, need not open it.
  const { MpiCluster } = await import('./mpiCluster.js');
  const world = await startMpi(options, env, launcher, library);
  await crossCheck(addon, world, launcher);
  rules.started(world.rank);
  let lifeline: Lifeline | undefined;
  const jobs = new JobBoard((job, reason) => lifeline?.cancel(job, reason));
  const cluster = new MpiCluster({
    addon,
    world,
    jobs,
    launcher: launcher.kind === 'none' ? 'mpirun' : launcher.kind,
    onAllDone: () => rules.allDone(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  lifeline = await openLifeline({
    place: world,
    nodeName: env['SLURMD_NODENAME'] ?? hostname(),
    gather: (value) => cluster.gather(value),
    onPeer: rules.onPeer,
    onCancel: ({ rank, job, reason }) => jobs.hear(rank, job, reason),
    onWarning: (message) => printLine(`warning: ${message}`),
  });
  rules.watch(lifeline);
  return cluster;
}

async function startMpi(
  options: ConnectOptions,
  env: Environment,
  launcher: Launcher,
  library: string,
): Promise<MpiWorld> {
  const { addon, messageBytes, signal } = options;
  const seconds = options.mpiTimeoutSeconds ?? readTimeout(env);
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(cancelledBy(signal, 'interrupted while MPI started'));
    signal?.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => {
      reject(
        failure(
          launcher,
          `MPI did not start within ${seconds} s: the launcher started ${ranksOf(launcher)}, and at least one has ` +
            'ended or hangs; KRONCUT_MPI_TIMEOUT=SECONDS waits longer',
        ),
      );
    }, seconds * 1000);
  });
  try {
    return await Promise.race([addon.mpiStart(messageBytes === undefined ? {} : { messageBytes }), late]);
  } catch (error) {
    const cause = toKroncutError(error);
    if (cause.code !== 'mpi' || cause.details['launcherRank'] !== undefined) throw cause;
    throw failure(launcher, `${library} did not start: ${cause.message}; ${cure(library)}`, cause);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}

/** A launcher that MPI cannot talk to leaves it with many worlds of one rank, each of which would do all the work. */
async function crossCheck(addon: NativeAddon, world: MpiWorld, launcher: Launcher): Promise<void> {
  const sizeFits = launcher.size === undefined || world.size === launcher.size;
  if (sizeFits && world.rank === launcher.rank) return;
  const error = failure(
    launcher,
    `the launcher says rank ${launcher.rank} of ${launcher.size ?? 'several'} (${launcher.evidence}), but MPI ` +
      `(${world.library}) says rank ${world.rank} of ${world.size}, so the two do not fit together; ${cure(world.library)}`,
  );
  if (world.size === 1) await addon.mpiFinalize().catch(() => {});
  throw error;
}

function failure(launcher: Launcher, message: string, cause?: unknown): KroncutError {
  return new KroncutError('mpi', message, {
    details: { launcherRank: launcher.rank },
    ...(cause === undefined ? {} : { cause }),
  });
}

function ranksOf(launcher: Launcher): string {
  return `${launcher.size ?? 'several'} ranks (${launcher.evidence})`;
}

function isOpenMpi(library: string): boolean {
  return /open mpi/i.test(library);
}

function cure(library: string): string {
  return isOpenMpi(library)
    ? "use srun --mpi=pmix, or Open MPI's own mpirun"
    : 'use srun --mpi=pmi2, or the mpirun of the MPI library that the addon was built with';
}

function readTimeout(env: Environment): number {
  const text = env['KRONCUT_MPI_TIMEOUT'];
  if (text === undefined || text === '') return DEFAULT_TIMEOUT_SECONDS;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new KroncutError('usage', `KRONCUT_MPI_TIMEOUT=${text} is not a number of seconds from 1 to 86400`);
  }
  return seconds;
}
