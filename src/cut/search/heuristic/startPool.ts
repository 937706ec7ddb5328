/**
 * Makes many starts of a large problem side by side on threads. What a start finds depends on it alone, not on the
 * thread: answers are the same for any number of them, unless the time runs out.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CutProblem } from '../problem/cutProblem.js';
import type { Candidate } from '../problem/candidate.js';
import { multilevel } from './multilevel.js';
import type { Pace } from '../../../run/resources/pace.js';

export interface Start {
  readonly slots: number;
  readonly maxWidth: number;
  readonly seed: number;
  /** A partition to improve; left out: from scratch. */
  readonly from?: Candidate | undefined;
}

/** Makes starts of a problem; what each finds, in their order. */
export type StartRunner = (starts: readonly Start[], pace: Pace) => Promise<(Candidate | undefined)[]>;

/** What other processes need to make starts of a problem. */
export interface SharedProblem {
  readonly problem: CutProblem;
  readonly qubitsOfNode: readonly (readonly number[])[];
}

/** Below this number of nodes a start is over before a thread is up. */
const THREADED_NODES = 1500;

export class StartPool {
  private workers: Worker[] = [];

  /** `threads`: this one works too where there is no other. Close the pool when it is no longer needed. */
  constructor(
    private readonly shared: SharedProblem,
    private readonly threads: number,
  ) {}

  /** What each start finds, in their order; undefined where nothing fits or the time was over. */
  async run(starts: readonly Start[], pace: Pace): Promise<(Candidate | undefined)[]> {
    const results: (Candidate | undefined)[] = starts.map(() => undefined);
    let next = 0;
    const drain = async (make: (start: Start) => Promise<Candidate | undefined>): Promise<void> => {
      for (let start = starts[next]; start !== undefined && !pace.over; start = starts[next]) {
        const place = next;
        next += 1;
        results[place] = await make(start);
      }
    };
    const workers = this.started(Math.min(this.threads, starts.length));
    if (workers.length === 0) {
      await drain(({ from, ...settings }) =>
        multilevel(this.shared.problem, { ...settings, qubitsOfNode: this.shared.qubitsOfNode }, pace, from),
      );
      return results;
    }
    const watch = new AbortController();
    try {
      await Promise.race([
        Promise.all(workers.map((worker) => drain((start) => ask(worker, start, pace, watch.signal)))),
        interrupted(pace, watch.signal),
      ]);
    } finally {
      watch.abort();
    }
    return results;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    this.workers = [];
  }

  private started(count: number): readonly Worker[] {
    const file = fileURLToPath(new URL('./startWorker.js', import.meta.url));
    if (count < 2 || this.shared.problem.nodes < THREADED_NODES || !existsSync(file)) return [];
    const { problem, qubitsOfNode } = this.shared;
    while (this.workers.length < count) {
      this.workers.push(new Worker(file, { workerData: { problem, qubitsOfNode } }));
    }
    return this.workers.slice(0, count);
  }
}

async function ask(
  worker: Worker,
  start: Start,
  pace: Pace,
  signal: AbortSignal,
): Promise<Candidate | undefined> {
  const answer = once(worker, 'message', { signal });
  worker.postMessage({ start, seconds: pace.left }, []);
  const [found]: (Candidate | null)[] = await answer;
  return found ?? undefined;
}

/** Waits until the search is interrupted, or `signal` says that nobody waits any more. */
async function interrupted(pace: Pace, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !pace.interrupted) await new Promise((resolve) => setTimeout(resolve, 20));
}
