import { KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';
import type { DeviceGroup } from '../native/addon.js';
import type { Cluster } from './cluster.js';

/** One rank alone, without MPI. Values pass through as they are, without a copy. */
export class SingleCluster implements Cluster {
  readonly rank = 0;
  readonly size = 1;
  readonly nodeRank = 0;
  readonly nodeSize = 1;
  readonly node = 0;
  readonly nodes = 1;
  readonly isRoot = true;
  readonly #counters: number[] = [];

  constructor(readonly launcher: Cluster['launcher'] = 'none') {}

  async barrier(): Promise<void> {}

  async broadcast<T>(value: T): Promise<T> {
    return value;
  }

  async gather<T>(value: T): Promise<T[]> {
    return [value];
  }

  async reduce(values: Float64Array): Promise<Float64Array> {
    return values.slice();
  }

  async shareDevice(): Promise<DeviceGroup> {
    return { rank: 0, size: 1 };
  }

  async onRoot<T>(body: () => Promise<T> | T): Promise<T> {
    return this.agree(body);
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

  async finalize(): Promise<void> {}
}
