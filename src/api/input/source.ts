/** What a function of the library is called with, and how that is checked before anything else happens. */
import type { Circuit } from '../../circuit/circuit.js';
import type { Cluster } from '../../cluster/cluster.js';
import { checkArgument, checkOptions, type AnyTable } from '../../options/option.js';
import { text, value } from '../../options/readers.js';
import { RunInMemory, type RunSource } from './runInMemory.js';
import { isSession } from '../options/common.js';
import { checkTogether, clusterIn } from '../session/sessionOptions.js';

/** An OpenQASM file by its path (`-` is standard input), the text itself, or a circuit that was read from one. */
export type CircuitSource = string | { readonly text: string; readonly name?: string } | Circuit;

export function isSource(given: unknown): given is CircuitSource {
  if (typeof given === 'string') return true;
  if (typeof given !== 'object' || given === null) return false;
  if (isCircuit(given)) return true;
  if (!('text' in given)) return false;
  const name = 'name' in given ? given.name : undefined;
  return typeof given.text === 'string' && (name === undefined || typeof name === 'string');
}

const SOURCE = value<CircuitSource>(
  "the name of an OpenQASM file, '-' for standard input, { text: OpenQASM }, or what readQasm gives",
  isSource,
);

/** What `readQasm` gives. */
export function isCircuit(given: object): given is Circuit {
  return ['gates', 'outcomes', 'qubits'].every((name) => name in given);
}

/** Throws `usage` for a source that is none. */
export function checkSource(source: unknown): void {
  checkArgument('source', SOURCE, source);
}

const FOLDER = text('the name of a run directory');

/** Throws `usage` for what cannot be the name of a run directory. */
export function checkDirectory(directory: unknown): void {
  checkArgument('directory', FOLDER, directory);
}

const RUN = value<RunSource>('the name of a run directory, or what cut, evaluate or run gave', isRun);

function isRun(given: unknown): given is RunSource {
  if (typeof given === 'string') return true;
  return typeof given === 'object' && given !== null && 'run' in given && given.run instanceof RunInMemory;
}

/** Throws `usage` for what is no run. */
export function checkRun(run: unknown): void {
  checkArgument('run', RUN, run);
}

/**
 * Collective, where the options name ranks: throws `usage`, the same on all of them, for options that are not those of the
 * table, and what `checkArguments`, or `checkCombination` of options that are right by themselves, throws.
 */
export async function checkCall<O>(
  table: AnyTable,
  options: O,
  checkArguments: () => void = () => {},
  checkCombination: (options: O) => void = () => {},
): Promise<void> {
  await checkTogether(clusterOf(options), () => {
    checkArguments();
    checkOptions(table, options);
    checkCombination(options);
  });
}

function clusterOf(options: unknown): Cluster | undefined {
  const session = typeof options === 'object' && options !== null && 'session' in options && options.session;
  return isSession(session) ? session.cluster : clusterIn(options);
}
