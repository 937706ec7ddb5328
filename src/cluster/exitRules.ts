import { writeSync } from 'node:fs';
import { KroncutError } from '../error.js';
import type { NativeAddon } from '../native/addon.js';
import { printable } from '../printable.js';
import { onSignal, signalExitCode } from '../signals.js';
import type { Lifeline, PeerEvent } from './lifeline.js';

/** Exit code of a rank whose peer was lost (`rank` in src/error.ts). */
const PEER_LOST = 5;
/** How long a rank that fails stays, so that the others read its message before the launcher ends them. */
const LINGER_MS = 250;
/** How long a rank that was not signalled itself waits for its own signal after a peer got one. */
const INTERRUPTED_MS = 1000;
/** How long a rank that exits with 0 waits in MPI_Finalize for the others. */
const FINALIZE_SECONDS = 2;
/** How long MPI_Finalize may take once all ranks have come to it. */
const FINALIZE_LIMIT_MS = 30_000;
/**
 * mpirun answers the death of a rank with SIGTERM (MPICH's with SIGUSR1) to the others; the lifeline's word of it may
 * come a moment later.
 */
export const SIGNAL_GRACE_MS = 600;

/** A terminal, a wrapper and a launcher may each pass one and the same signal on, within this time. */
const SAME_SIGNAL_MS = 500;

/** True if a signal that comes now is likely to be the one that came at `first` (milliseconds, as of `Date.now`). */
export function isSameSignal(first: number): boolean {
  return Date.now() - first < SAME_SIGNAL_MS;
}

type ExitAddon = Pick<NativeAddon, 'mpiState' | 'mpiFinalizeSync' | 'mpiAbort' | 'exitNow'>;

/** Writes a line to standard error at once, also while the process ends. */
export function printLine(line: string): void {
  try {
    writeSync(2, `kroncut: ${printable(line)}\n`);
  } catch {
    // Standard error is closed or full; there is nobody to tell.
  }
}

/**
 * Sees to it that the ranks end together, however one of them ends: it listens to this process's exit, and to what
 * the lifeline says of the others. Installed before MPI starts, because an exit after that must not wait for the
 * engine thread, which may be blocked inside MPI for ever.
 */
export class ExitRules {
  readonly #addon: ExitAddon;
  #rank: number;
  #lifeline: Lifeline | undefined;
  #done = false;
  #leaving = false;
  #signalled = false;
  /** Ranks that have said that a signal is ending them, and what they said. */
  readonly #interrupted = new Map<number, PeerEvent>();
  /** What to tell the others when this process exits with an error. */
  #reason: string | undefined;

  constructor(addon: ExitAddon, rank: number) {
    this.#addon = addon;
    this.#rank = rank;
    process.on('exit', this.#onExit);
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
  }

  /** True once another rank's end, or `leave`, is ending this process. */
  get leaving(): boolean {
    return this.#leaving;
  }

  watch(lifeline: Lifeline): void {
    this.#lifeline = lifeline;
  }

  /** MPI has started and says that this process is `rank`. */
  started(rank: number): void {
    this.#rank = rank;
  }

  /** For programs that handle no signals themselves: the first one ends the process, and the others are told. */
  handleSignals(): void {
    let first: number | undefined;
    onSignal((name) => {
      const exitCode = signalExitCode(name);
      if (this.#done) this.#addon.exitNow(exitCode);
      if (first === undefined) {
        first = Date.now();
        this.interrupted(name);
        setTimeout(() => this.leaveInterrupted(exitCode), SIGNAL_GRACE_MS);
      } else if (!isSameSignal(first)) {
        this.leaveInterrupted(exitCode);
      }
    });
  }

  /** All ranks have reached the end: from now on each may go when it likes. */
  allDone(): void {
    this.#done = true;
    setTimeout(() => {
      if (this.#addon.mpiState() === 'finalized') return;
      printLine(`rank ${this.#rank}: MPI_Finalize did not return within ${FINALIZE_LIMIT_MS / 1000} s`);
      this.#addon.exitNow(PEER_LOST);
    }, FINALIZE_LIMIT_MS).unref();
    this.#lifeline?.close();
    process.off('exit', this.#onExit);
    process.off('uncaughtExceptionMonitor', this.#onUncaught);
  }

  /** Ends this process after a failure of its own: the others are told, and nothing waits for MPI. */
  leave(exitCode: number, reason: string): never {
    this.#reason = reason;
    process.exit(exitCode);
  }

  /** A signal has come: the others learn that this rank is leaving on purpose. */
  interrupted(signal: string): void {
    this.#signalled = true;
    this.#lifeline?.announce('interrupted', signal);
  }

  /** Ends this process after a signal. */
  leaveInterrupted(exitCode: number): never {
    this.#leaving = true;
    process.exit(exitCode);
  }

  /** What the lifeline reports. */
  readonly onPeer = (event: PeerEvent): void => {
    if (this.#done || this.#leaving) return;
    if (event.kind === 'silent') {
      this.#warnOfSilence(event);
      return;
    }
    const interrupted = this.#interrupted.get(event.rank);
    if (interrupted !== undefined) {
      // It has gone while no signal has come here. One that comes now is mpirun's word of that.
      if (!this.#signalled) this.#peerEnded(interrupted);
    } else if (event.kind !== 'interrupted') {
      this.#peerEnded(event);
    } else {
      this.#interrupted.set(event.rank, event);
      setTimeout(() => {
        if (!this.#signalled && !this.#done && !this.#leaving) this.#peerEnded(event);
      }, INTERRUPTED_MS);
    }
  };

  /** It may come back: nothing ends. */
  #warnOfSilence({ rank, node, text }: PeerEvent): void {
    if (this.#rank !== (rank === 0 ? 1 : 0)) return;
    const why = 'it is stopped or swapped out, or its node hangs';
    printLine(`warning: rank ${rank} on node ${node} is silent: ${text}, so ${why}; the others wait for it`);
  }

  #peerEnded(event: PeerEvent): void {
    this.#leaving = true;
    // One voice is enough, unless it is the root's that is missing.
    if (this.#rank === 0 || event.rank === 0) {
      const verbs = {
        lost: 'was lost',
        failed: 'failed',
        interrupted: 'was interrupted',
        silent: 'is silent',
      };
      const verb = verbs[event.kind];
      printLine(
        `rank ${event.rank} on node ${event.node} ${verb}: ${event.text}; rank ${this.#rank} ends too`,
      );
    }
    // The interrupted rank may still be saving: that this one leaves is no news to it.
    if (event.kind === 'interrupted') this.#lifeline?.close();
    process.exit(PEER_LOST);
  }

  readonly #onUncaught = (error: unknown): void => {
    this.#reason = error instanceof Error ? error.message : String(error);
    // Node would print it after the exit listeners, which is too late for a process that ends in one of them.
    const bug = error instanceof Error && !(error instanceof KroncutError);
    printLine(`rank ${this.#rank}: ${bug ? (error.stack ?? error.message) : this.#reason}`);
  };

  readonly #onExit = (exitCode: number): void => {
    if (this.#done) return;
    const end = this.#chooseEnd(exitCode);
    // Listeners that came after this one would be skipped by an exit that waits for nothing.
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(this.#onExit) + 1)) {
      try {
        listener.call(process, exitCode);
      } catch (error) {
        printLine(String(error));
      }
    }
    end();
  };

  #chooseEnd(exitCode: number): () => void {
    if (this.#leaving) return () => this.#addon.exitNow(exitCode);
    const state = this.#addon.mpiState();
    if (state === 'new' || state === 'finalized') return () => {};
    if (state !== 'running') return () => this.#addon.exitNow(exitCode === 0 ? PEER_LOST : exitCode);
    if (exitCode === 0) {
      if (this.#addon.mpiFinalizeSync(FINALIZE_SECONDS)) {
        this.#lifeline?.close();
        return () => {};
      }
      const text = 'it exited with code 0 before the other ranks were done';
      printLine(`rank ${this.#rank}: ${text}`);
      return this.#fail(text, PEER_LOST);
    }
    return this.#fail(this.#reason ?? `it exited with code ${exitCode}`, exitCode);
  }

  #fail(text: string, exitCode: number): () => void {
    this.#lifeline?.announce('failed', text);
    return () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LINGER_MS);
      // Where the others heard it, they end by themselves and with their own exit code.
      if (this.#lifeline?.connected === true) this.#addon.exitNow(exitCode);
      this.#addon.mpiAbort(exitCode);
    };
  }
}
