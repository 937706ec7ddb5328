/** Those who follow jobs. */
import type { ProgressOf } from '../protocol/work.js';

/** Calls those who follow a job when there is something new; of what comes fast, the latest is enough. */
export class Watchers {
  readonly #byJob = new Map<string, Set<() => void>>();
  readonly #progress = new Map<string, ProgressOf>();

  progressOf(job: string): ProgressOf | undefined {
    return this.#progress.get(job);
  }

  setProgress(job: string, progress: ProgressOf): void {
    this.#progress.set(job, progress);
    this.tell(job);
  }

  forgetProgress(job: string): void {
    this.#progress.delete(job);
  }

  tell(job: string): void {
    for (const hear of this.#byJob.get(job) ?? []) hear();
  }

  /** Calls `hear` when the job changes, until the function that this gives is called. */
  watch(job: string, hear: () => void): () => void {
    const all = this.#byJob.get(job) ?? new Set();
    this.#byJob.set(job, all.add(hear));
    return () => {
      all.delete(hear);
      if (all.size === 0) this.#byJob.delete(job);
    };
  }
}
