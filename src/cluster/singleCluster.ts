import { KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';
import type { DeviceGroup } from '../native/addon.js';
import type { Cluster } from './cluster.js';
import { soleJob, type Job } from './job.js';
import { decode, encode } from './wire.js';
import type { Wire } from './wire.js';

export interface SingleClusterOptions {
  /** Values make the trip that they would make between ranks; for tests, so that they see what does not survive it. */
  readonly roundTrip?: boolean;
  /** A job of so many ranks is planned: predictions are for its rank 0, and nothing of it may run. */
  readonly planned?: { readonly ranks: number; readonly ranksPerNode: number };
}

/** One rank alone, without MPI. Values pass through as they are, without a copy, unless asked otherwise. */
export class SingleCluster implements Cluster {
  readonly rank = 0;
  readonly size: number;
  readonly nodeRank = 0;
  readonly nodeSize: number;
  readonly node = 0;
  readonly nodes: number;
  readonly isRoot = true;
  readonly #counters: number[] = [];

  constructor(
    readonly launcher: Cluster['launcher'] = 'none',
    private readonly options: SingleClusterOptions = {},
  ) {
    const { ranks, ranksPerNode } = options.planned ?? { ranks: 1, ranksPerNode: 1 };
    this.size = ranks;
    this.nodeSize = ranksPerNode;
    this.nodes = Math.ceil(ranks / ranksPerNode);
  }

  async barrier(): Promise<void> {}

  async broadcast<T extends Wire<T>>(value: T): Promise<T> {
    return this.passed(value);
  }

  async gather<T extends Wire<T>>(value: T): Promise<T[]> {
    return [this.passed(value)];
  }

  async reduce(values: Float64Array): Promise<Float64Array> {
    return values.slice();
  }

  async shareDevice(): Promise<DeviceGroup> {
    return { rank: 0, size: 1 };
  }

  async onRoot<T extends Wire<T>>(body: () => Promise<T> | T): Promise<T> {
    return this.agree(async () => this.passed(await body()));
  }

  async agree<T>(body: () => Promise<T> | T): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw toKroncutError(error);
    }
  }

  async nextTask(counter: number): Promise<number> {
    return this.count(counter, 1);
  }

  async count(counter: number, amount: number): Promise<number> {
    const before = this.#counters[counter];
    if (before === undefined) throw new KroncutError('internal', `there is no task counter ${counter}`);
    this.#counters[counter] = before + amount;
    return before;
  }

  async taskCounter(): Promise<number> {
    return this.#counters.push(0) - 1;
  }

  beginJob(signal: AbortSignal | undefined): Job {
    return soleJob(signal);
  }

  async finalize(): Promise<void> {}

  private passed<T extends Wire<T>>(value: T): T {
    return this.options.roundTrip === true ? decode<T>(encode(value)) : value;
  }
}
