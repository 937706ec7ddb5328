/** What this machine has left, so that a job too large is refused before it starts. */
import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { KroncutError } from '../../error.js';
import type { NativeAddon } from '../../native/addon.js';
import { parseBytes } from '../../options/readers.js';
import { formatBytes } from './units.js';

const MEBIBYTE = 2 ** 20;

/** Bytes that a job of Slurm asked for on each node; infinity where it named none, or there is no job. */
function askedOfSlurm(env: NodeJS.ProcessEnv): number {
  const amount = (name: string): number => {
    const value = Number(env[name]);
    return Number.isFinite(value) && value > 0 ? value : Infinity;
  };
  const perCpu = amount('SLURM_MEM_PER_CPU') * amount('SLURM_CPUS_ON_NODE');
  return MEBIBYTE * Math.min(amount('SLURM_MEM_PER_NODE'), perCpu);
}

/**
 * Bytes of memory that this rank may use: what the node has available, its control group allows, or the job asked Slurm for,
 * whatever is least, shared by the ranks on the node. KRONCUT_MEMORY (bytes per rank) replaces the measured figure; throws `usage` where it is no number.
 */
export function availableMemory(native: Pick<NativeAddon, 'availableMemory'>, ranksOnNode: number): number {
  const text = process.env['KRONCUT_MEMORY'] ?? '';
  if (text !== '') {
    const asked = parseBytes(text);
    if (asked !== undefined && asked > 0) return asked;
    throw new KroncutError('usage', `KRONCUT_MEMORY=${text} is not a number of bytes, such as 4e9 or 512MiB`);
  }
  const bytes = native.availableMemory();
  return Math.min(bytes === 0 ? freemem() : bytes, askedOfSlurm(process.env)) / ranksOnNode;
}

/** Throws `memory`, with both figures, where a rank needs more than it has. */
export function requireMemory(needed: number, available: number, what: string, advice: string): void {
  if (needed > available) throw outOfMemory(`${what} needs`, needed, available, `; ${advice}`);
}

/**
 * The error of cuts that take more memory than a rank has, `what` being as in `evaluating them needs`. What would work instead
 * is for those to say who have the circuit (`withRemedy`): it is `unfit` until then.
 */
export function unfitCuts(what: string, needed: number, available: number, circumstance = ''): KroncutError {
  return outOfMemory(what, needed, available, '', circumstance, { unfit: true });
}

function outOfMemory(
  what: string,
  needed: number,
  available: number,
  advice: string,
  circumstance = '',
  details: Readonly<Record<string, unknown>> = {},
): KroncutError {
  return new KroncutError(
    'memory',
    `${what} ${formatBytes(needed)} of memory on each rank${circumstance}, but ${formatBytes(available)} are available${advice}`,
    { details: { needed, available, ...details } },
  );
}

/** Bytes that can still be written below `folder`. */
export async function availableDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `disk`, with both figures, where a folder has less room than needed. */
export async function requireDisk(
  needed: number,
  folder: string,
  what: string,
  remedy?: string,
): Promise<void> {
  const available = await availableDisk(folder);
  if (needed <= available) return;
  throw new KroncutError(
    'disk',
    `${what} needs ${formatBytes(needed)} on disk, but ${folder} has ${formatBytes(available)} left` +
      (remedy === undefined ? '' : `; ${remedy}`),
    { details: { needed, available } },
  );
}
