/** The time limit of the job of Slurm that this process belongs to. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KroncutError } from '../error.js';
import type { Environment } from './launcher.js';

const SLURM_MS = 20_000;

/** What a program of Slurm prints; undefined where it is not there, fails, or does not answer. */
export async function askSlurm(program: string, ...words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, words, { timeout: SLURM_MS });
    return stdout;
  } catch {
    return undefined;
  }
}

/** Seconds that a job has left, by Slurm; Infinity where nothing ends it, undefined where Slurm does not say. */
export async function secondsLeft(job: string): Promise<number | undefined> {
  return askedTime(job, '%L');
}

/** Seconds that a job has in all, likewise. */
export async function secondsOfLimit(job: string): Promise<number | undefined> {
  return askedTime(job, '%l');
}

async function askedTime(job: string, format: string): Promise<number | undefined> {
  return parseTimeLeft((await askSlurm('squeue', '--noheader', `--format=${format}`, `--jobs=${job}`)) ?? '');
}

/** Reads what squeue calls time left: `1-02:03:04`, `02:03:04`, `3:04`, `UNLIMITED`. */
export function parseTimeLeft(text: string): number | undefined {
  if (text.trim() === 'UNLIMITED') return Infinity;
  const found = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/.exec(text.trim());
  if (found === null) return undefined;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** Slurm gives processes so long to end after their time is over, unless its KillWait says otherwise. */
const DEFAULT_GRACE = 30;
const FIRST_LOOK_MS = 20_000;
/** The limit of a job may be changed while it runs. */
const LONGEST_LOOK_MS = 3_600_000;

export interface TimeLimitOptions {
  readonly env: Environment;
  /** Called once, when so much is left as ending in good order may take; `left` in seconds. */
  readonly onNear: (left: number) => void;
  readonly firstLookMs?: number;
  readonly secondsLeft?: (job: string) => Promise<number | undefined>;
}

/**
 * Watches the time limit of a step of Slurm until the function that it returns is called; does nothing elsewhere, or where
 * KRONCUT_GRACE is 0. Throws `usage` where that is no number of seconds.
 */
export function watchTimeLimit({
  env,
  onNear,
  firstLookMs = FIRST_LOOK_MS,
  secondsLeft: ask = secondsLeft,
}: TimeLimitOptions): () => void {
  const job = env['SLURM_JOB_ID'] ?? '';
  const grace = graceOf(env);
  if (job === '' || grace === 0) return () => {};
  let stopped = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const left = await ask(job);
    if (stopped || left === undefined) return;
    if (left <= grace) onNear(left);
    else wait(Math.min(LONGEST_LOOK_MS, (left - grace) * 1000));
  };
  const wait = (ms: number): void => {
    timer = setTimeout(() => void look(), ms).unref();
  };
  wait(firstLookMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Seconds before the time limit at which work ends; throws `usage` where KRONCUT_GRACE is no number of them. */
export function graceOf(env: Environment): number {
  const text = env['KRONCUT_GRACE'] ?? '';
  if (text === '') return DEFAULT_GRACE;
  const grace = Number(text);
  if (grace >= 0 && /\S/.test(text)) return grace;
  throw new KroncutError(
    'usage',
    `KRONCUT_GRACE=${text} is not a number of seconds, such as 60; 0 watches no time limit`,
  );
}
