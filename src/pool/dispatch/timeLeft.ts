/** Whether the time that the allocation of a pool has left suffices for a job. */
import { TIME_MARGIN } from '../../api/predicted.js';
import { graceOf, secondsLeft, secondsOfLimit } from '../../cluster/timeLimit.js';
import type { Environment } from '../../cluster/launcher.js';
import { hasJobEnded, thisProcess } from '../../run/directory/lockOwner.js';
import { formatSeconds } from '../../run/resources/units.js';
import type { TimeBounds } from '../protocol/teamMessages.js';
import type { Job } from '../queue/entries.js';

/** The limit of an allocation may be changed while it runs. */
const LOOK_MS = 60_000;

/** Seconds of an allocation: in all, and left of that `at` a time in milliseconds. Infinity where nothing ends it. */
export interface Allocation {
  readonly whole: number;
  readonly left: number;
  readonly at: number;
}

const ENDLESS: Allocation = { whole: Infinity, left: Infinity, at: 0 };

/**
 * A job whose predicted time, with a margin, is more than what is left waits for the next allocation; one that takes more than
 * a whole one begins whenever it may: it keeps what is finished, and goes on in the next.
 */
export class TimeLeft {
  /** Called when there may be more time than before. */
  onChange: () => void = () => {};
  /** Called when Slurm knows that the allocation has ended: started by `salloc`, the server is on no node of it and lives on. */
  onEnd: (job: string) => void = () => {};
  #allocation: Allocation;
  readonly #grace: number;

  constructor(allocation: Allocation = ENDLESS, grace = 0) {
    this.#allocation = allocation;
    this.#grace = grace;
  }

  /** Asks Slurm, and again every minute until the signal comes. */
  static async watch(env: Environment, signal: AbortSignal): Promise<TimeLeft> {
    const job = env['SLURM_JOB_ID'] ?? '';
    if (job === '') return new TimeLeft();
    const time = new TimeLeft((await askedOf(job)) ?? ENDLESS, graceOf(env));
    const timer = setInterval(() => void time.#look(job, signal), LOOK_MS).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    return time;
  }

  /** False for a job that is known to take longer, and not longer than a whole allocation. */
  sufficesFor({ seconds }: Pick<Job, 'seconds'>): boolean {
    if (seconds === undefined) return true;
    const { left, whole } = this.#bounds();
    return seconds <= left || seconds > whole;
  }

  /** What a team should predict a job's time for: undefined where more than half of the time is left, or it is known. */
  boundsFor({ seconds }: Pick<Job, 'seconds'>): TimeBounds | undefined {
    const bounds = this.#bounds();
    if (seconds !== undefined || bounds.whole === Infinity || bounds.left > bounds.whole / 2)
      return undefined;
    return bounds;
  }

  /** Why a job of so many seconds waits, as the end of a sentence. */
  whyNot(seconds: number): string {
    const asked = formatSeconds(TIME_MARGIN * seconds);
    return (
      `it is predicted to take ${formatSeconds(seconds)}, with a margin ${asked}, and the allocation has ` +
      `${formatSeconds(this.#left())} left`
    );
  }

  async #look(job: string, signal: AbortSignal): Promise<void> {
    const allocation = await askedOf(job);
    if (allocation === undefined && (await hasJobEnded(thisProcess().job))) this.onEnd(job);
    if (allocation === undefined || signal.aborted) return;
    this.#allocation = allocation;
    this.onChange();
  }

  /** Seconds that a prediction may say. */
  #bounds(): TimeBounds {
    const { whole } = this.#allocation;
    return { left: this.#left() / TIME_MARGIN, whole: Math.max(0, whole - this.#grace) / TIME_MARGIN };
  }

  #left(): number {
    const { left, at } = this.#allocation;
    return Math.max(0, left - (Date.now() - at) / 1000 - this.#grace);
  }
}

async function askedOf(job: string): Promise<Allocation | undefined> {
  const [left, whole] = await Promise.all([secondsLeft(job), secondsOfLimit(job)]);
  return left === undefined || whole === undefined ? undefined : { left, whole, at: Date.now() };
}
