/** Who holds a lock, and whether that process still is. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';
import { hasCode } from '../files/files.js';

/** A process, as others can tell whether it is still there. */
export const ownerSchema = z.object({
  /** Tells this lock from all others. Locks of earlier versions have none, and no sign of life. */
  id: z.string().optional(),
  pid: z.number().int().positive(),
  host: z.string(),
  /** Names this start of the machine and the process numbers that `pid` is one of; '' if unknown. */
  boot: z.string().default(''),
  pidNamespace: z.string().default(''),
  /** Start of the process in clock ticks since boot (a process number alone may be used again); '' if unknown. */
  started: z.string(),
  since: z.string(),
  /** The Slurm job that the process belongs to, and how often that job was started again before. */
  job: z
    .object({
      id: z.string(),
      restarts: z.number().int().nonnegative(),
      cluster: z.string().default(''),
    })
    .optional(),
  /** The sign of life: it changes every few seconds while the process lives. */
  beat: z.string().optional(),
});

export type LockOwner = z.infer<typeof ownerSchema>;
type SlurmJob = NonNullable<LockOwner['job']>;

const BEAT_DIGITS = 9;

/** This process, as the owner of a new lock. */
export function thisProcess(): LockOwner & { readonly id: string } {
  return {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    pidNamespace: pidNamespace(),
    started: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
    job: slurmJob(),
  };
}

/** The text of a lock with its sign of life number `beat`; as long for one number as for another. */
export function lockText(owner: LockOwner, beat: number): string {
  return `${JSON.stringify({ ...owner, beat: String(beat).padStart(BEAT_DIGITS, '0') })}\n`;
}

/** Undefined for a text that is no lock. */
export function parseLock(text: string): LockOwner | undefined {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What this process can tell of an owner by itself; `unseen` where it runs on another machine or in another container. */
export function stateOf(owner: LockOwner): 'alive' | 'gone' | 'unseen' {
  if (sharesProcessNumbers(owner)) {
    const started = processStart(owner.pid);
    return started !== undefined && (owner.started === '' || started === owner.started) ? 'alive' : 'gone';
  }
  // Slurm starts a job again once its earlier processes have ended.
  const job = slurmJob();
  if (job !== undefined && owner.job?.id === job.id && owner.job.restarts < job.restarts) return 'gone';
  return 'unseen';
}

/** Containers may have one host name and one kernel, and number their processes each for itself. */
function sharesProcessNumbers({ boot, pidNamespace: namespace, host }: LockOwner): boolean {
  const here = bootId();
  if (boot === '' || here === '') return host === hostname();
  return boot === here && namespace === pidNamespace();
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function slurmJob(): SlurmJob | undefined {
  const {
    SLURM_JOB_ID: id = '',
    SLURM_RESTART_COUNT: restarts = '0',
    SLURM_CLUSTER_NAME: cluster = '',
  } = process.env;
  return id === '' || !/^\d+$/.test(restarts) ? undefined : { id, restarts: Number(restarts), cluster };
}

/** States of a job none of whose processes is left. */
const ENDED = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'TIMEOUT',
]);

const SLURM_MS = 10_000;

/** True where Slurm knows that this start of a job has ended; false where it does not, or cannot be asked. */
export async function hasJobEnded(job: SlurmJob | undefined): Promise<boolean> {
  if (job === undefined || !/^\d+$/.test(job.id)) return false;
  try {
    // Job numbers are those of one cluster; several may share a file system.
    const config = await scontrol('show', 'config');
    if (/^ClusterName\s*=\s*(\S*)/m.exec(config)?.[1] !== job.cluster) return false;
    const jobs = await scontrol('--oneliner', 'show', 'job', job.id);
    const line = jobs.split('\n').find((one) => field(one, 'JobId') === job.id);
    if (line === undefined) return false;
    return ENDED.has(field(line, 'JobState') ?? '') || Number(field(line, 'Restarts')) > job.restarts;
  } catch {
    return false;
  }
}

async function scontrol(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('scontrol', words, { timeout: SLURM_MS });
  return stdout;
}

function field(line: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(line)?.[1];
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
