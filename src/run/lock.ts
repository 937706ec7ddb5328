/** Keeps two processes out of one run directory. */
import { readFileSync, unlinkSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { KroncutError } from '../error.js';
import { fileError, hasCode } from './files.js';

export const LOCK_FILE = 'lock.json';

const schema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Start of the process in clock ticks since boot (a process number alone may be used again); '' if unknown. */
  started: z.string(),
  since: z.string(),
});

type Owner = z.infer<typeof schema>;

export interface Lock {
  readonly file: string;
  release(): void;
}

/**
 * Takes the lock of a folder. The lock of a dead process on this host is taken over. Throws `usage`, naming the
 * file, while another process holds it, or may hold it on another host.
 */
export async function acquireLock(folder: string): Promise<Lock> {
  const file = join(folder, LOCK_FILE);
  const own: Owner = {
    pid: process.pid,
    host: hostname(),
    started: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
  };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(file, own)) return held(file);
    await removeStale(file);
  }
  throw new KroncutError('usage', `${file} is being taken by other processes; try again when they are done`);
}

async function create(file: string, owner: Owner): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(`${JSON.stringify(owner)}\n`);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw fileError(error, file, 'written');
  }
}

async function removeStale(file: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw fileError(error, file, 'read');
  }
  const owner = parseOwner(text);
  if (owner === undefined) {
    throw new KroncutError(
      'usage',
      `${file} is not a lock that this version understands; delete it if no other process uses the folder`,
    );
  }
  if (owner.host !== hostname()) {
    throw new KroncutError(
      'usage',
      `${file}: the folder is in use by process ${owner.pid} on ${owner.host} since ${owner.since}; ` +
        'delete the file if that process is gone',
    );
  }
  const started = processStart(owner.pid);
  if (started !== undefined && (owner.started === '' || started === owner.started)) {
    throw new KroncutError(
      'usage',
      `${file}: the folder is in use by process ${owner.pid} since ${owner.since}; wait for it or use another folder`,
    );
  }
  // Renaming decides between several processes that all found the owner dead: only one gets the file.
  const aside = `${file}.${process.pid}.stale`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw fileError(error, file, 'written');
  }
  await rm(aside, { force: true });
}

function parseOwner(text: string): Owner | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Start time of a process in ticks since boot, '' where the system does not say, undefined if it is gone. */
function processStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold blanks; the start time is the 20th field after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
  } catch {
    return isAlive(pid) ? '' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function held(file: string): Lock {
  let active = true;
  const release = (): void => {
    if (!active) return;
    active = false;
    process.off('exit', release);
    try {
      unlinkSync(file);
    } catch {
      // The folder may be gone; there is nothing left to unlock.
    }
  };
  process.on('exit', release);
  return { file, release };
}
