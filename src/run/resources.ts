/** What this machine has left, so that a job too large is refused before it starts. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { KroncutError } from '../error.js';
import { formatBytes } from './units.js';

/**
 * Bytes of memory that this rank may use: what the node has available, or its control group allows, shared by the
 * ranks on the node. KRONCUT_MEMORY (bytes per rank) replaces the measured figure; throws `usage` where it is no number.
 */
export function availableMemory(ranksOnNode: number): number {
  const text = process.env['KRONCUT_MEMORY'] ?? '';
  if (text !== '') {
    const asked = Number(text);
    if (asked > 0) return asked;
    throw new KroncutError('usage', `KRONCUT_MEMORY=${text} is not a number of bytes, such as 4e9`);
  }
  return Math.min(systemMemory(), groupMemory()) / ranksOnNode;
}

function systemMemory(): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo'));
  return match?.[1] === undefined ? freemem() : Number(match[1]) * 1024;
}

/** Bytes left below the memory limit of the control group of this process; Infinity without a limit. */
function groupMemory(): number {
  const unified = /^0::(.*)$/m.exec(readText('/proc/self/cgroup'))?.[1];
  const older = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(readText('/proc/self/cgroup'))?.[1];
  let least = Infinity;
  for (const [root, group, limitFile, usedFile] of [
    ['/sys/fs/cgroup', unified, 'memory.max', 'memory.current'],
    ['/sys/fs/cgroup/memory', older, 'memory.limit_in_bytes', 'memory.usage_in_bytes'],
  ] as const) {
    if (group === undefined) continue;
    // A limit may be set on any group above as well; inside a container only the root is visible.
    const parts = group.split('/').filter((part) => part !== '');
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const folder = [root, ...parts.slice(0, depth)].join('/');
      const limit = Number.parseInt(readText(`${folder}/${limitFile}`), 10);
      const used = Number.parseInt(readText(`${folder}/${usedFile}`), 10);
      const cache = Number(/^inactive_file (\d+)$/m.exec(readText(`${folder}/memory.stat`))?.[1] ?? 0);
      if (limit > 0 && used >= 0) least = Math.min(least, Math.max(0, limit - used + cache));
    }
  }
  return least;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Throws `memory`, with both figures, where a rank needs more than it has. */
export function requireMemory(needed: number, available: number, what: string, advice: string): void {
  if (needed <= available) return;
  throw new KroncutError(
    'memory',
    `${what} needs ${formatBytes(needed)} of memory on each rank, but ${formatBytes(available)} are available; ${advice}`,
    { details: { needed, available } },
  );
}

/** Bytes that can still be written below `folder`. */
export async function availableDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `disk`, with both figures, where a folder has less room than needed. */
export async function requireDisk(needed: number, folder: string, what: string): Promise<void> {
  const available = await availableDisk(folder);
  if (needed <= available) return;
  throw new KroncutError(
    'disk',
    `${what} needs ${formatBytes(needed)} on disk, but ${folder} has ${formatBytes(available)} left`,
    { details: { needed, available } },
  );
}
