/** Keeps a long search polite: it ends in time, can be interrupted, and lets the event loop run. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work between two visits to the event loop. */
const SLICE = 20;

/** What a search takes the time from. */
export interface Clock {
  /** Milliseconds since any moment. */
  now(): number;
  /** Of a clock that counts work in place of time: adds milliseconds for work that it does not see. */
  readonly spend?: (milliseconds: number) => void;
}

const WALL: Clock = { now: () => performance.now() };

export class Pace {
  private readonly begin: number;
  private resume: number;
  private reserved = 0;

  /** `limit`: seconds until `over` becomes true. An aborted `signal` ends the time at once. */
  constructor(
    private readonly limit: number,
    private readonly signal?: AbortSignal,
    readonly clock: Clock = WALL,
  ) {
    this.begin = clock.now();
    this.resume = this.begin;
  }

  /** One with the same signal and clock that has `seconds` from now on. */
  fresh(seconds: number): Pace {
    return new Pace(seconds, this.signal, this.clock);
  }

  /** One that is over when this one has gone on for `seconds`, or earlier with this one. */
  until(seconds: number): Pace {
    return this.fresh(Math.min(seconds, this.limit - this.reserved) - this.seconds);
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.clock.now() - this.begin) / 1000;
  }

  /** Seconds until it is over. */
  get left(): number {
    return this.interrupted ? -Infinity : this.limit - this.reserved - this.seconds;
  }

  /** Keeps seconds at the end for what has to be done when the search is over. */
  reserve(seconds: number): void {
    this.reserved = Math.max(this.reserved, seconds);
  }

  get interrupted(): boolean {
    return this.signal?.aborted === true;
  }

  get over(): boolean {
    return this.left <= 0;
  }

  /** To be awaited often: gives way to the event loop when a slice of work is done. */
  async breathe(): Promise<void> {
    if (this.clock.now() - this.resume < SLICE) return;
    await setImmediate();
    this.resume = this.clock.now();
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
