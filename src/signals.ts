/**
 * The signals that end the program. It imports nothing but Node's own modules, because `main.ts` takes the signals with
 * it before it loads the rest: SIGUSR1 would otherwise start Node's debugger, which lets every user of this machine
 * run code as the owner of the process.
 */
import { constants } from 'node:os';

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
export type EndSignal = (typeof SIGNALS)[number];

export function isEndSignal(value: unknown): value is EndSignal {
  return SIGNALS.some((name) => name === value);
}

/** 128 + the number of the signal, as shells report it. */
export function signalExitCode(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}

type Handler = (signal: EndSignal) => void;

function endAtOnce(signal: EndSignal): never {
  process.exit(signalExitCode(signal));
}

let handler: Handler = endAtOnce;
let taken = false;

/**
 * For the first line of a program: takes the signals for the rest of the life of this process. One that comes ends it,
 * until `onSignal` says otherwise; so does a SIGUSR1 that came while Node started, and opened the debugger.
 */
export function takeSignals(): void {
  install();
  if (isDebuggerOpen() && !wantsDebugger()) endAtOnce('SIGUSR1');
}

function isDebuggerOpen(): boolean {
  // Node may have been built without it.
  return process.features.inspector && process.getBuiltinModule('node:inspector').url() !== undefined;
}

/** True where the user has asked for the debugger: `--inspect`, `--inspect-brk`, `--inspect-wait`. */
function wantsDebugger(): boolean {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return options.some((option) => /^--inspect(-brk|-wait)?(=|$)/.test(option));
}

function install(): void {
  if (taken) return;
  taken = true;
  for (const name of SIGNALS) process.on(name, (signal: EndSignal) => handler(signal));
}

/**
 * Gives signals to `handle` until the function that it returns is called; after that a signal ends the process again.
 * Node's own answers never come back.
 */
export function onSignal(handle: Handler): () => void {
  handler = handle;
  install();
  return () => {
    if (handler === handle) handler = endAtOnce;
  };
}
