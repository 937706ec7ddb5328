/** Independent starts of a large search for cuts, on all ranks of a job. */
import type { Candidate } from '../problem/candidate.js';
import { Pace } from '../../../run/resources/pace.js';
import { StartPool, type SharedProblem, type Start, type StartRunner } from './startPool.js';
import type { Context } from '../../../run/context.js';
import { isDealtTo } from '../../../cluster/share.js';

/** What the root asks of every rank. */
export interface StartJob {
  /** The problem of a new series of starts; undefined: that of the last one. */
  readonly shared: SharedProblem | undefined;
  readonly starts: readonly Start[];
  readonly seconds: number;
}

/** What a rank found, and the place of each among the starts of the job. */
export type StartAnswer = readonly { readonly place: number; readonly found: Candidate | undefined }[];

/** A rank's part in the starts: every `size`-th of them. */
export class StartHelper {
  private shared: SharedProblem | undefined;

  constructor(private readonly context: Context) {}

  /** For `rootWithHelpers`. */
  async help(job: StartJob): Promise<StartAnswer> {
    this.shared = job.shared ?? this.shared;
    const { cluster, threads, signal } = this.context;
    const places = [...job.starts.keys()].filter((place) => isDealtTo(cluster, place));
    if (this.shared === undefined || places.length === 0) return [];
    const pool = new StartPool(this.shared, threads);
    try {
      const own = places.flatMap((place) => job.starts[place] ?? []);
      const found = await pool.run(own, new Pace(job.seconds, signal));
      return places.map((place, i) => ({ place, found: found[i] }));
    } finally {
      await pool.close();
    }
  }

  /** On the root: makes starts of a problem on all ranks through `ask` of `rootWithHelpers`. */
  runner(
    ask: (job: StartJob) => Promise<(StartAnswer | undefined)[]>,
  ): (shared: SharedProblem) => StartRunner {
    return (shared) => {
      let sent = false;
      return async (starts, pace) => {
        const results: (Candidate | undefined)[] = starts.map(() => undefined);
        const job = { shared: sent ? undefined : shared, starts, seconds: pace.left };
        const answers = await answersUnless(pace, ask(job));
        sent = true;
        for (const { place, found } of answers.flatMap((answer) => answer ?? [])) results[place] = found;
        return results;
      };
    };
  }
}

/** Nothing where the search is interrupted: then nobody waits for the other ranks. */
async function answersUnless<T>(pace: Pace, answers: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answers;
  } catch (error) {
    if (pace.interrupted) return [];
    throw error;
  }
}
