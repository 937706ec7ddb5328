/** Several ranks in one process: the collective calls of `Cluster` over shared arrays, for tests without MPI. */
import type { Cluster } from '../../src/cluster/cluster.js';
import { KroncutError } from '../../src/error.js';

interface Round {
  values: unknown[];
  arrived: number;
  done: Promise<void>;
  release: () => void;
}

class Meeting {
  readonly #rounds: Round[] = [];

  constructor(readonly size: number) {}

  /** Rank `rank` brings `value` to its n-th meeting and leaves with what all brought. */
  async exchange(rank: number, turn: number, value: unknown): Promise<unknown[]> {
    let round = this.#rounds[turn];
    if (round === undefined) {
      let release = (): void => {};
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      round = { values: [], arrived: 0, done, release };
      this.#rounds[turn] = round;
    }
    round.values[rank] = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    round.arrived += 1;
    if (round.arrived === this.size) round.release();
    await round.done;
    return round.values;
  }
}

class LocalRank implements Cluster {
  readonly nodeRank: number;
  readonly nodeSize: number;
  readonly node = 0;
  readonly nodes = 1;
  readonly launcher = 'none';
  readonly isRoot: boolean;
  #turn = 0;

  constructor(
    readonly rank: number,
    readonly size: number,
    readonly meeting: Meeting,
    readonly counters: number[],
  ) {
    this.nodeRank = rank;
    this.nodeSize = size;
    this.isRoot = rank === 0;
  }

  async #exchange(value: unknown): Promise<unknown[]> {
    const turn = this.#turn;
    this.#turn += 1;
    return this.meeting.exchange(this.rank, turn, value);
  }

  async barrier(): Promise<void> {
    await this.#exchange(null);
  }

  async broadcast<T>(value: T): Promise<T> {
    return (await this.#exchange(this.isRoot ? value : null))[0] as T;
  }

  async gather<T>(value: T): Promise<T[]> {
    return (await this.#exchange(value)) as T[];
  }

  async reduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array> {
    const parts = await this.gather([...values]);
    const combine = { sum: (a: number, b: number) => a + b, min: Math.min, max: Math.max }[operation];
    return Float64Array.from(values, (_, i) => parts.map((part) => part[i] ?? 0).reduce((a, b) => combine(a, b)));
  }

  async onRoot<T>(body: () => Promise<T> | T): Promise<T> {
    return this.agree(async () => (this.isRoot ? body() : undefined)).then(
      async (value) => (await this.#exchange(value))[0] as T,
    );
  }

  async agree<T>(body: () => Promise<T> | T): Promise<T> {
    let value: T | undefined;
    let error: KroncutError | undefined;
    try {
      value = await body();
    } catch (thrown) {
      error = thrown instanceof KroncutError ? thrown : new KroncutError('internal', String(thrown));
    }
    const errors = (await this.#exchange(
      error === undefined ? null : { code: error.code, message: error.message },
    )) as (Pick<KroncutError, 'code' | 'message'> | null)[];
    const first = errors.find((found) => found !== null);
    if (first !== undefined && first !== null) throw new KroncutError(first.code, first.message);
    return value as T;
  }

  async nextTask(counter: number): Promise<number> {
    const next = this.counters[counter] ?? 0;
    this.counters[counter] = next + 1;
    return next;
  }

  async taskCounter(): Promise<number> {
    return (await this.broadcast(this.isRoot ? this.counters.push(0) - 1 : 0));
  }

  async finalize(): Promise<void> {
    await this.barrier();
  }
}

/** Runs `body` on `size` ranks at once and gives their results in rank order. */
export async function onLocalRanks<T>(size: number, body: (cluster: Cluster) => Promise<T>): Promise<T[]> {
  const meeting = new Meeting(size);
  const counters: number[] = [];
  return Promise.all(
    Array.from({ length: size }, (_, rank) => body(new LocalRank(rank, size, meeting, counters))),
  );
}
