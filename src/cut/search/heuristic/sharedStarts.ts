/** Independent starts of a large search for cuts, on all ranks of a job. */
import { deserialize, serialize } from 'node:v8';
import type { Candidate } from '../problem/candidate.js';
import { Pace } from '../../../run/pace.js';
import { StartPool, type SharedProblem, type Start, type StartRunner } from './startPool.js';
import type { Context } from '../../../run/context.js';

/** Crosses as text, since typed arrays are no JSON: see `pack`. */
export type Packed = string;

interface StartJob {
  /** The problem of a new series of starts; undefined: that of the last one. */
  readonly shared: SharedProblem | undefined;
  readonly starts: readonly Start[];
  readonly seconds: number;
}

type StartAnswer = readonly { readonly place: number; readonly found: Candidate | undefined }[];

function pack(value: StartJob | StartAnswer): Packed {
  return serialize(value).toString('base64');
}

/** A rank's part in the starts: every `size`-th of them. */
export class StartHelper {
  private shared: SharedProblem | undefined;

  constructor(private readonly context: Context) {}

  /** For `rootWithHelpers`. */
  async help(packed: Packed): Promise<Packed> {
    const job: StartJob = deserialize(Buffer.from(packed, 'base64'));
    this.shared = job.shared ?? this.shared;
    const { cluster, threads, signal } = this.context;
    const places = [...job.starts.keys()].filter((place) => place % cluster.size === cluster.rank);
    if (this.shared === undefined || places.length === 0) return pack([]);
    const pool = new StartPool(this.shared, threads);
    try {
      const own = places.flatMap((place) => job.starts[place] ?? []);
      const found = await pool.run(own, new Pace(job.seconds, signal));
      return pack(places.map((place, i) => ({ place, found: found[i] })));
    } finally {
      await pool.close();
    }
  }

  /** On the root: makes starts of a problem on all ranks through `ask` of `rootWithHelpers`. */
  runner(ask: (job: Packed) => Promise<(Packed | undefined)[]>): (shared: SharedProblem) => StartRunner {
    return (shared) => {
      let sent = false;
      return async (starts, pace) => {
        const results: (Candidate | undefined)[] = starts.map(() => undefined);
        const job = pack({ shared: sent ? undefined : shared, starts, seconds: pace.left });
        const answers = await answersUnless(pace, ask(job));
        sent = true;
        for (const packed of answers) {
          if (packed === undefined) continue;
          const answer: StartAnswer = deserialize(Buffer.from(packed, 'base64'));
          for (const { place, found } of answer) results[place] = found;
        }
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
