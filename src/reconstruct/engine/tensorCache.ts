/** Tensors that were contracted once, by what they were made from. */
import type { TensorHandle } from '../../native/addon.js';

/** Tensors that are remembered; all are forgotten when there are more. */
const MOST_REMEMBERED = 20_000;

interface Entry {
  readonly item: TensorHandle | number;
  round: number;
}

/** What a round of contractions made, and what it found made. */
export interface CacheCounts {
  readonly made: number;
  readonly found: number;
}

/**
 * Remembers tensors and numbers by keys that name their origin. It may outlive a query: where rounds are begun, what a
 * whole round did not ask for is forgotten.
 */
export class TensorCache {
  private readonly entries = new Map<string, Entry>();
  private readonly numbers = new Map<unknown, number>();
  private round = 0;
  private made = 0;
  private found = 0;

  get counts(): CacheCounts {
    return { made: this.made, found: this.found };
  }

  /** Begins a round: counts anew, and forgets what the last one had no use for. */
  begin(): void {
    for (const [key, entry] of this.entries) if (entry.round < this.round) this.entries.delete(key);
    this.round += 1;
    this.made = 0;
    this.found = 0;
  }

  /** A short name for an origin: equal origins have one name. */
  numberOf(origin: unknown): number {
    const number = this.numbers.get(origin) ?? this.numbers.size;
    this.numbers.set(origin, number);
    return number;
  }

  async tensor(key: string, make: () => Promise<TensorHandle>): Promise<TensorHandle> {
    const known = this.known(key);
    if (known !== undefined && typeof known !== 'number') return known;
    return this.keep(key, await make());
  }

  async number(key: string, make: () => Promise<number>): Promise<number> {
    const known = this.known(key);
    if (typeof known === 'number') return known;
    return this.keep(key, await make());
  }

  private known(key: string): TensorHandle | number | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    entry.round = this.round;
    this.found += 1;
    return entry.item;
  }

  private keep<T extends TensorHandle | number>(key: string, item: T): T {
    if (this.entries.size >= MOST_REMEMBERED) this.entries.clear();
    this.entries.set(key, { item, round: this.round });
    this.made += 1;
    return item;
  }
}
