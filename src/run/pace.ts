/** Keeps a long search polite: it ends in time, can be interrupted, and lets the event loop run. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work between two visits to the event loop. */
const SLICE = 20;

export class Pace {
  private readonly begin = performance.now();
  private resume = this.begin;

  /** `seconds`: time until `over` becomes true. An aborted `signal` ends the time at once. */
  constructor(
    private readonly limit: number,
    private readonly signal?: AbortSignal,
  ) {}

  /** One that is over when this one has gone on for `seconds`, or earlier with this one. */
  until(seconds: number): Pace {
    return new Pace(Math.min(seconds, this.limit) - this.seconds, this.signal);
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.begin) / 1000;
  }

  get left(): number {
    return this.interrupted ? -Infinity : this.limit - this.seconds;
  }

  get interrupted(): boolean {
    return this.signal?.aborted === true;
  }

  get over(): boolean {
    return this.left <= 0;
  }

  /** To be awaited often: gives way to the event loop when a slice of work is done. */
  async breathe(): Promise<void> {
    if (performance.now() - this.resume < SLICE) return;
    await setImmediate();
    this.resume = performance.now();
  }
}

/** A small deterministic generator of uniform numbers in [0, 1) (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
