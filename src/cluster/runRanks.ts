import { constants } from 'node:os';
import { KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';
import { onSignal, signalExitCode, SIGNALS } from '../signals.js';
import type { EndSignal } from '../signals.js';
import type { Cluster } from './cluster.js';
import { connectCluster } from './connect.js';
import type { ConnectOptions } from './connect.js';
import { isSameSignal, SIGNAL_GRACE_MS } from './exitRules.js';
import type { ExitRules } from './exitRules.js';
import { describeLauncher, isDeathNotice } from './launcher.js';
import { isOnEveryRank } from './wire.js';

export interface RunRanksOptions extends Omit<ConnectOptions, 'signal' | 'onExitRules'> {
  /** Shows an error; called on one rank only if all have the same one. `rank` is given where it matters. */
  readonly report: (error: KroncutError, rank: number | undefined) => void;
  /** Hears of the first signal, as soon as it comes; what it stops may take a moment. */
  readonly stopping?: (signal: EndSignal) => void;
  /** Ends as with SIGUSR1 shortly before the time limit of a job of Slurm. */
  readonly keepsTimeLimit?: boolean;
}

const FIRST_SPEAKS_MS = 700;
/** How long a signal may wait for this program to hear it; some work on large circuits does not look up for longer. */
const UNHEARD_MS = 3000;

/**
 * The whole life of a program on its ranks: connects, runs `body`, leaves in good order, and gives the exit code.
 *
 * - A signal of `SIGNALS` aborts the signal that `body` gets; it saves what it has and throws, and the exit code is
 *   128 + its number. From then on all calls that wait for other ranks reject with 'cancelled'. A second signal ends at once.
 *   One that is not heard within some seconds, because JavaScript is busy, ends the process with the same exit code; what is
 *   finished is kept, as after a kill.
 * - Near the time limit of a job (`keepsTimeLimit`) rank 0 cancels the work of all, and the exit code is that of SIGUSR1.
 * - An error that every rank throws (`onRoot`, `agree`) is reported once, by the root. An error of one rank alone is
 *   reported by it, and ends all ranks.
 *
 * After a failure of one rank alone this ends the process and does not return.
 */
export async function runRanks(
  options: RunRanksOptions,
  body: (cluster: Cluster, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interruption = new Interruption();
  let rules: ExitRules | undefined;
  let cluster: Cluster | undefined;
  const { report: _report, stopping, keepsTimeLimit = false, ...connecting } = options;
  const { addon, env = process.env } = connecting;
  // Not the interruption's signal: the ranks end this in their calls, together.
  const limit = new AbortController();
  let unwatch: (() => void) | undefined;
  interruption.listen(
    (signal) => {
      addon.signalHeard();
      stopping?.(signal);
      rules?.interrupted(signal);
    },
    (exitCode) => {
      rules?.leaveInterrupted(exitCode);
      process.exit(exitCode);
    },
  );
  addon.watchSignals(
    SIGNALS.map((name) => constants.signals[name]),
    UNHEARD_MS,
  );
  try {
    cluster = await connectCluster({
      ...connecting,
      signal: interruption.signal,
      onExitRules: (installed) => {
        rules = installed;
      },
    });
    if (keepsTimeLimit && cluster.isRoot && env['SLURM_JOB_ID'] !== undefined) {
      const { watchTimeLimit } = await import('./timeLimit.js');
      unwatch = watchTimeLimit({ env, onNear: (left) => limit.abort(outOfTime(left)) });
    }
    const exitCode = await body(cluster, AbortSignal.any([interruption.signal, limit.signal]));
    await cluster.finalize();
    return exitCode;
  } catch (thrown) {
    const error = toKroncutError(thrown);
    if (interruption.received !== undefined) {
      return await endInterrupted(error, interruption.received, cluster, rules, options);
    }
    return await endFailed(withReason(error, limit.signal), cluster, rules, options);
  } finally {
    unwatch?.();
    interruption.stop();
  }
}

function outOfTime(left: number): KroncutError {
  const seconds = Math.round(left);
  return cancelled('SIGUSR1', `the time limit of the job is ${seconds} s away; what is finished is kept`);
}

/** What the time limit has ended says so. */
function withReason(error: KroncutError, { aborted, reason }: AbortSignal): KroncutError {
  if (!aborted || error.code !== 'cancelled' || !(reason instanceof KroncutError)) return error;
  return new KroncutError('cancelled', reason.message, {
    cause: error,
    details: { ...reason.details, ...error.details },
  });
}

async function endInterrupted(
  error: KroncutError,
  received: Received,
  cluster: Cluster | undefined,
  rules: ExitRules | undefined,
  options: RunRanksOptions,
): Promise<number> {
  if (rules !== undefined && cluster !== undefined) {
    const wait = SIGNAL_GRACE_MS - (Date.now() - received.at);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  const env = options.env ?? process.env;
  const launcher = describeLauncher(env);
  if (cluster === undefined && rules !== undefined && isDeathNotice(received.name, launcher, env)) {
    // Nobody but mpirun itself, which ends the other ranks when one dies, is likely to send this so early.
    const text = `mpirun ended the ranks (${received.name}) while MPI started; one of them may have died before`;
    if (launcher.rank === 0) options.report(new KroncutError('mpi', text), undefined);
    return rules.leave(new KroncutError('mpi', text).exitCode, text);
  }
  const rank = cluster?.rank ?? launcher.rank;
  if (rank === 0) {
    const { kept } = error.details;
    const what = `interrupted by ${received.name}${typeof kept === 'string' ? `; ${kept}` : ''}`;
    const own = error.code === 'cancelled' ? cancelled(received.name, what) : error;
    options.report(own, undefined);
  }
  const exitCode = signalExitCode(received.name);
  rules?.leaveInterrupted(exitCode);
  return exitCode;
}

async function endFailed(
  error: KroncutError,
  cluster: Cluster | undefined,
  rules: ExitRules | undefined,
  options: RunRanksOptions,
): Promise<number> {
  if (cluster === undefined) {
    // Before there is a cluster every rank meets the same trouble, as a rule, and the first one speaks.
    const launcherRank = error.details['launcherRank'] ?? 0;
    if (launcherRank === 0) options.report(error, undefined);
    // A launcher ends all ranks when one has failed: the first one must have spoken by then.
    else await new Promise((resolve) => setTimeout(resolve, FIRST_SPEAKS_MS));
    rules?.leave(error.exitCode, error.message);
    return error.exitCode;
  }
  if (cluster.size === 1) {
    options.report(error, undefined);
    return error.exitCode;
  }
  if (isOnEveryRank(error)) {
    if (cluster.isRoot) options.report(error, undefined);
    await cluster.finalize();
    return error.exitCode;
  }
  options.report(error, cluster.rank);
  rules?.leave(error.exitCode, error.message);
  return error.exitCode;
}

interface Received {
  readonly name: EndSignal;
  readonly at: number;
}

function cancelled(signal: EndSignal, message: string): KroncutError {
  return new KroncutError('cancelled', message, { details: { signal } });
}

/** The signals that end the program, as an AbortSignal. */
class Interruption {
  readonly #controller = new AbortController();
  #received: Received | undefined;
  #onFirst: (signal: EndSignal) => void = () => {};
  #onSecond: (exitCode: number) => void = () => {};
  #stop: () => void = () => {};

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get received(): Received | undefined {
    return this.#received;
  }

  listen(onFirst: (signal: EndSignal) => void, onSecond: (exitCode: number) => void): void {
    this.#onFirst = onFirst;
    this.#onSecond = onSecond;
    this.#stop = onSignal(this.#handle);
  }

  stop(): void {
    this.#stop();
  }

  readonly #handle = (name: EndSignal): void => {
    if (this.#received !== undefined) {
      if (isSameSignal(this.#received.at)) return;
      this.#onSecond(signalExitCode(name));
      return;
    }
    this.#received = { name, at: Date.now() };
    this.#onFirst(name);
    this.#controller.abort(cancelled(name, `interrupted by ${name}`));
  };
}
