/** Lets others come to their turn between steps of rewriting: signals above all, and progress. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which they do. */
const BREATH = 20;

export class Breath {
  private last = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  /** What is to be done next need not be begun: what there is will do. */
  get isOver(): boolean {
    return this.signal?.aborted === true;
  }

  async take(): Promise<void> {
    if (performance.now() - this.last < BREATH) return;
    await setImmediate();
    this.last = performance.now();
  }
}
