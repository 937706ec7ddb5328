/** Proof that the processes of a team are gone, before an attempt follows theirs. */
import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasJobEnded, stateOf, type LockOwner } from '../../run/directory/lockOwner.js';
import type { TeamTrace } from '../queue/entries.js';

const LOOK_MS = 20;
const LONGEST_LOOK_MS = 1000;
/**
 * After this long without their server, ranks that cannot be seen have ended themselves: the first one because its input
 * has ended, the others because their lifeline to it has.
 */
const UNSEEN_MS = 60_000;
const SLURM_MS = 10_000;

/**
 * Fulfilled once no process of the team is left. Those that this machine sees are killed: they are known by number and start
 * time, so no other process is meant. Slurm is asked to end the step of others, and whether it has; where it cannot be
 * asked, they are given the time in which they end themselves.
 */
export async function proveDead(trace: TeamTrace, unseenMs = UNSEEN_MS): Promise<void> {
  const began = Date.now();
  let stepAsked = false;
  for (let pause = LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
    const left = trace.owners.filter((owner) => stateOf(owner) !== 'gone');
    for (const { pid } of left.filter((owner) => stateOf(owner) === 'alive')) kill(pid);
    const unseen = left.filter((owner) => stateOf(owner) === 'unseen');
    if (left.length === 0) return;
    if (unseen.length === left.length) {
      if (!stepAsked) await endStep(trace.step);
      stepAsked = true;
      if (Date.now() - began >= unseenMs) return;
      if ((await isStepGone(trace.step)) || (await haveJobsEnded(unseen))) return;
    }
    await setTimeout(pause);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}

async function endStep(step: string | undefined): Promise<void> {
  if (step === undefined) return;
  await slurm('scancel', '--signal=KILL', step);
}

/** True where Slurm lists the steps of the job, and this one is not among them. */
async function isStepGone(step: string | undefined): Promise<boolean> {
  if (step === undefined) return false;
  const steps = await slurm('squeue', '--steps', '--noheader', '--format=%i', `--jobs=${step.split('.')[0]}`);
  return steps !== undefined && !steps.split('\n').some((line) => line.trim() === step);
}

async function haveJobsEnded(owners: readonly LockOwner[]): Promise<boolean> {
  for (const { job } of owners) if (!(await hasJobEnded(job))) return false;
  return true;
}

async function slurm(program: string, ...words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, words, { timeout: SLURM_MS });
    return stdout;
  } catch {
    return undefined;
  }
}
