/** Keeps two processes out of one run directory. */
import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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
  /** The Slurm job that the process belongs to, and how often that job was started again before. */
  job: z.object({ id: z.string(), restarts: z.number().int().nonnegative() }).optional(),
});

type Owner = z.infer<typeof schema>;

export interface Lock {
  readonly file: string;
  release(): void;
}

/**
 * Takes the lock of a folder. The lock of a dead process on this host is taken over, and so is that of an earlier start
 * of the same Slurm job, wherever it ran. Throws `usage`, naming the file, while another process holds it, or may hold
 * it on another host.
 */
export async function acquireLock(folder: string): Promise<Lock> {
  const file = join(folder, LOCK_FILE);
  const own: Owner = {
    pid: process.pid,
    host: hostname(),
    started: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
    job: slurmJob(),
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await create(file, own)) return held(file);
    if (!(await removeStale(file))) await setTimeout(RETRY_MS);
  }
  throw new KroncutError('usage', `${file} is being taken by other processes; try again when they are done`);
}

const ATTEMPTS = 20;
const RETRY_MS = 50;

/** Creates the file with its content in one step; false if it exists. */
async function create(file: string, owner: Owner): Promise<boolean> {
  const partial = `${file}.${process.pid}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(owner)}\n`);
    await link(partial, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw fileError(error, file, 'written');
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * Removes the lock of a process that is gone. One process at a time does so, and looks again once it is its turn:
 * otherwise it could remove the fresh lock of another that was faster. False where another one is at it.
 */
async function removeStale(file: string): Promise<boolean> {
  if (!(await isStale(file))) return true;
  const turn = `${file}.takeover`;
  try {
    await (await open(turn, 'wx')).close();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw fileError(error, turn, 'written');
    await removeOld(turn);
    return false;
  }
  try {
    if (await isStale(file)) await rm(file, { force: true });
    return true;
  } finally {
    await rm(turn, { force: true });
  }
}

const TURN_MS = 10_000;

/** A turn takes milliseconds; one that is older belongs to a process that was killed in it. */
async function removeOld(turn: string): Promise<void> {
  try {
    if (Date.now() - (await stat(turn)).mtimeMs > TURN_MS) await rm(turn, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw fileError(error, turn, 'read');
  }
}

/** True for the lock of a dead process, false for none. Throws `usage` for one that is, or may be, in use. */
async function isStale(file: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
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
    // Slurm starts a job again once its earlier processes have ended.
    const job = slurmJob();
    if (job !== undefined && owner.job?.id === job.id && owner.job.restarts < job.restarts) return true;
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
  return true;
}

function slurmJob(): Owner['job'] {
  const { SLURM_JOB_ID: id = '', SLURM_RESTART_COUNT: restarts = '0' } = process.env;
  return id === '' || !/^\d+$/.test(restarts) ? undefined : { id, restarts: Number(restarts) };
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
