/** What rewriting regions of one circuit has tried, and how much work it may still take. */
import { Breath } from '../gates/breath.js';

/** Work that is counted down, in looks at a pair of letters: about a nanosecond each. */
export interface Work {
  left: number;
}

/** Work for a circuit over all rounds: some seconds. */
const ALL_WORK = 1e9;
/** Part of what is left that one kind of runs in one block may take. */
const SHARE = 0.02;
/** Runs that are remembered, at most. */
const MOST_SPENT = 1 << 20;

export class RegionMemory {
  readonly work: Work = { left: 0 };
  private rest = ALL_WORK;
  private readonly spent = new Set<number>();

  /** When it is over, there is no more work to do: what is asked for next ends at once, with what there is. */
  constructor(readonly breath = new Breath()) {}

  /** Gives the next runs their share of what is left. */
  share(): void {
    this.rest = this.breath.isOver ? 0 : this.rest + this.work.left;
    this.work.left = Math.max(0, SHARE * this.rest);
    this.rest -= this.work.left;
  }

  /** Whether a run has come out no shorter before. */
  isSpent(key: number): boolean {
    return this.work.left <= 0 || this.spent.has(key);
  }

  spend(key: number): void {
    if (this.work.left > 0 && this.spent.size < MOST_SPENT) this.spent.add(key);
  }
}
