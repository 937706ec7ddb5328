/** A job of Slurm from its submission to its end. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { open, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { cancelledBy, KroncutError } from '../error.js';
import { askSlurm } from '../cluster/timeLimit.js';

const LOOK_MS = 500;
const LONGEST_LOOK_MS = 10_000;
/** Slurm's own answer to a question may fail for a while, as when its controller starts again. */
const SILENT_MS = 300_000;

/** Gives a script to sbatch; the number of the job. Throws `usage` where there is no sbatch, or where it refuses. */
export async function submitJob(script: string): Promise<string> {
  const { code, stdout, stderr } = await new Promise<{ code: number | null; stdout: string; stderr: string }>(
    (resolve, reject) => {
      const child = spawn('sbatch', ['--parsable'], { stdio: 'pipe' });
      const texts = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
      child.once('error', (cause) => {
        reject(
          new KroncutError(
            'usage',
            'sbatch cannot be started here; submit on a login node, or write the script with -o',
            { cause },
          ),
        );
      });
      child.once('close', (code) => resolve({ code, ...texts }));
      // sbatch that refuses its options does not read.
      child.stdin.on('error', () => {});
      child.stdin.end(script);
    },
  );
  const job = /^(\d+)(?:;|$)/m.exec(stdout.trim())?.[1];
  if (code === 0 && job !== undefined) return job;
  const said = stderr
    .trim()
    .split('\n')
    .map((line) => line.replace(/^sbatch: (?:error: )?/, ''))
    .join('; ');
  throw new KroncutError(
    'usage',
    `sbatch has refused the job: ${said === '' ? `it ended with ${code}` : said}`,
  );
}

/** What Slurm says of a job. */
export interface JobStatus {
  readonly state: string;
  /** Why it waits; empty where nothing is to be said. */
  readonly reason: string;
  /** Exit status of the script, and the signal that ended it or 0. */
  readonly exit: readonly [number, number];
}

/** Reads a line of `scontrol --oneliner show job`; undefined where it is none. */
export function parseStatus(text: string): JobStatus | undefined {
  const field = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(text)?.[1];
  const state = field('JobState');
  if (state === undefined) return undefined;
  const [code, signal] = (field('ExitCode') ?? '0:0').split(':').map(Number);
  const reason = field('Reason') ?? 'None';
  return { state, reason: reason === 'None' ? '' : reason, exit: [code ?? 0, signal ?? 0] };
}

const WORKING = new Set([
  'PENDING',
  'CONFIGURING',
  'RUNNING',
  'COMPLETING',
  'SUSPENDED',
  'STOPPED',
  'RESIZING',
  'SIGNALING',
  'STAGE_OUT',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
]);

export function hasEnded({ state }: JobStatus): boolean {
  return !WORKING.has(state);
}

/** The exit code of a command of this program that ended so. */
export function exitCodeOf({ state, exit: [code, signal] }: JobStatus): number {
  if (signal !== 0) return 128 + signal;
  if (state === 'COMPLETED' || code !== 0) return code;
  if (state === 'OUT_OF_MEMORY') return new KroncutError('memory', '').exitCode;
  if (state === 'CANCELLED' || state === 'PREEMPTED' || state === 'TIMEOUT' || state === 'DEADLINE') {
    return 128 + constants.signals.SIGTERM;
  }
  return new KroncutError('rank', '').exitCode;
}

async function statusOf(job: string): Promise<JobStatus | undefined> {
  const shown = await askSlurm('scontrol', '--oneliner', 'show', 'job', job);
  const known = shown === undefined ? undefined : parseStatus(shown);
  if (known !== undefined) return known;
  // The controller forgets jobs some minutes after their end.
  const kept = await askSlurm(
    'sacct',
    '--noheader',
    '--allocations',
    '--parsable2',
    '--format=State,ExitCode',
    `--jobs=${job}`,
  );
  const found = /^(\w+)[^|]*\|(\d+):(\d+)/.exec(kept?.trim() ?? '');
  return found === null
    ? undefined
    : { state: found[1] ?? '', reason: '', exit: [Number(found[2]), Number(found[3])] };
}

export interface FollowedJob {
  readonly job: string;
  /** What it writes to standard error. */
  readonly log: string;
  readonly signal: AbortSignal;
  /** Hears of changes of the state, and of what is added to the log. */
  readonly onState: (line: string) => void;
  readonly onText: (text: string) => void;
}

/** Waits until a job has ended. It goes on where the waiting is interrupted. Throws `rank` where Slurm does not know it any more. */
export async function followJob({ job, log, signal, onState, onText }: FollowedJob): Promise<JobStatus> {
  const tail = new Tail(log, onText);
  let said = '';
  let heard = Date.now();
  for (let pause = LOOK_MS; ; pause = Math.min(1.5 * pause, LONGEST_LOOK_MS)) {
    const status = await statusOf(job);
    await tail.read();
    if (status === undefined) {
      if (Date.now() - heard > SILENT_MS)
        throw new KroncutError('rank', `Slurm says nothing of job ${job} any more`);
    } else {
      heard = Date.now();
      const line = `job ${job}: ${status.state}${status.reason === '' ? '' : ` (${status.reason})`}`;
      if (line !== said) onState(line);
      said = line;
      if (hasEnded(status)) {
        await tail.read();
        return status;
      }
    }
    try {
      await setTimeout(pause, undefined, { signal });
    } catch {
      throw cancelledBy(signal, `interrupted; job ${job} goes on: scancel ${job} ends it`);
    }
  }
}

/** A file that grows. */
class Tail {
  #offset = 0;

  constructor(
    private readonly path: string,
    private readonly onText: (text: string) => void,
  ) {}

  async read(): Promise<void> {
    try {
      const file = await open(this.path, 'r');
      try {
        const { size } = await file.stat();
        if (size <= this.#offset) return;
        const { buffer, bytesRead } = await file.read(
          Buffer.alloc(size - this.#offset),
          0,
          undefined,
          this.#offset,
        );
        this.#offset += bytesRead;
        this.onText(buffer.toString('utf8', 0, bytesRead));
      } finally {
        await file.close();
      }
    } catch {
      // It is not there yet.
    }
  }
}

/** What a job printed; empty where it printed nothing. */
export async function printedBy(output: string): Promise<Buffer> {
  try {
    return await readFile(output);
  } catch {
    return Buffer.alloc(0);
  }
}
