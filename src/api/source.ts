/** What a function of the library is called with, and how that is checked before anything else happens. */
import type { Cluster } from '../cluster/cluster.js';
import { checkArgument, checkOptions, type AnyTable } from '../options/option.js';
import { text, value } from '../options/readers.js';
import { isSession } from './options/common.js';
import { checkTogether, clusterIn } from './options/session.js';

/** An OpenQASM file by its path (`-` is standard input), or the text itself. */
export type CircuitSource = string | { readonly text: string; readonly name?: string };

export function isSource(given: unknown): given is CircuitSource {
  if (typeof given === 'string') return true;
  if (typeof given !== 'object' || given === null || !('text' in given)) return false;
  const name = 'name' in given ? given.name : undefined;
  return typeof given.text === 'string' && (name === undefined || typeof name === 'string');
}

const SOURCE = value<CircuitSource>(
  "the name of an OpenQASM file, '-' for standard input, or { text: OpenQASM }",
  isSource,
);

/** Throws `usage` for a source that is none. */
export function checkSource(source: unknown): void {
  checkArgument('source', SOURCE, source);
}

const FOLDER = text('the name of a run directory');

/** Throws `usage` for what cannot be the name of a run directory. */
export function checkDirectory(directory: unknown): void {
  checkArgument('directory', FOLDER, directory);
}

/**
 * Collective, where the options name ranks: throws `usage`, the same on all of them, for options that are not those of the
 * table, and what `checkArguments` throws.
 */
export async function checkCall(
  table: AnyTable,
  options: unknown,
  checkArguments: () => void = () => {},
): Promise<void> {
  await checkTogether(clusterOf(options), () => {
    checkArguments();
    checkOptions(table, options);
  });
}

function clusterOf(options: unknown): Cluster | undefined {
  const session = typeof options === 'object' && options !== null && 'session' in options && options.session;
  return isSession(session) ? session.cluster : clusterIn(options);
}
