/** Jobs of all ranks: each has one signal, which any rank may abort. */

/** A job of all ranks, seen from one of them. */
export interface Job {
  /** Aborted once the signal of any rank is. */
  readonly signal: AbortSignal;
  /** Nothing aborts the job any more. */
  end(): void;
}

/** A job of one rank alone. */
export function soleJob(signal: AbortSignal | undefined): Job {
  return { signal: signal ?? new AbortController().signal, end: () => {} };
}

/**
 * The jobs of a rank, numbered in the order in which they begin, which is the same on every rank. `tell` says to the
 * other ranks that a job was cancelled here; what they say comes to `hear`, be it late or before this rank is as far.
 */
export class JobBoard {
  readonly #tell: (job: number, reason: string) => void;
  readonly #running = new Map<number, AbortController>();
  /** Jobs that others have cancelled and this rank has yet to begin, and why. */
  readonly #early = new Map<number, Error>();
  #begun = 0;

  constructor(tell: (job: number, reason: string) => void) {
    this.#tell = tell;
  }

  begin(signal: AbortSignal | undefined): Job {
    const number = this.#begun;
    this.#begun += 1;
    const controller = new AbortController();
    const early = this.#early.get(number);
    this.#early.delete(number);
    if (early !== undefined) controller.abort(early);
    this.#running.set(number, controller);
    const abort = (): void => {
      if (controller.signal.aborted) return;
      controller.abort(signal?.reason);
      this.#tell(number, reasonText(signal?.reason));
    };
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    return {
      signal: controller.signal,
      end: () => {
        signal?.removeEventListener('abort', abort);
        this.#running.delete(number);
      },
    };
  }

  hear(rank: number, job: number, reason: string): void {
    const error = new Error(`rank ${rank} cancelled the job: ${reason}`);
    const running = this.#running.get(job);
    if (running !== undefined) running.abort(error);
    else if (job >= this.#begun) this.#early.set(job, error);
  }
}

function reasonText(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
