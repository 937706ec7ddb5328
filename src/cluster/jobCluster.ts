import { cancelledBy, KroncutError } from '../error.js';
import type { DeviceGroup } from '../native/addon.js';
import type { Cluster } from './cluster.js';
import type { Job } from './job.js';
import { Placed } from './placed.js';
import type { Wire } from './wire.js';

/**
 * The ranks as a job sees them. A job that was cancelled on some rank ends at the same call on all: computing stops at
 * once, but a rank always comes to the calls in which the others wait for it, and says there what happened (`agree`).
 * So nothing is left in flight, and the next job can begin. Once all ranks know, further calls serve the tidying up.
 */
export class JobCluster extends Placed implements Cluster {
  readonly #ranks: Cluster;
  readonly #signal: AbortSignal;
  #known = false;

  constructor(ranks: Cluster, signal: AbortSignal) {
    super(ranks, ranks.launcher);
    this.#ranks = ranks;
    this.#signal = signal;
  }

  barrier(): Promise<void> {
    return this.#ranks.barrier();
  }

  broadcast<T extends Wire<T>>(value: T): Promise<T> {
    return this.#ranks.broadcast(value);
  }

  gather<T extends Wire<T>>(value: T): Promise<T[]> {
    return this.#ranks.gather(value);
  }

  reduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array> {
    return this.#ranks.reduce(values, operation);
  }

  shareDevice(identity: string): Promise<DeviceGroup> {
    return this.#ranks.shareDevice(identity);
  }

  onRoot<T extends Wire<T>>(body: () => Promise<T> | T): Promise<T> {
    return this.#watched(this.#ranks.onRoot(body));
  }

  agree<T>(body: () => Promise<T> | T): Promise<T> {
    return this.#watched(
      this.#ranks.agree(() => {
        if (this.#signal.aborted && !this.#known) {
          throw cancelledBy(this.#signal, 'the job was cancelled');
        }
        return body();
      }),
    );
  }

  nextTask(counter: number): Promise<number> {
    return this.#ranks.nextTask(counter);
  }

  count(counter: number, amount: number): Promise<number> {
    return this.#ranks.count(counter, amount);
  }

  taskCounter(): Promise<number> {
    return this.#ranks.taskCounter();
  }

  beginJob(signal: AbortSignal | undefined): Job {
    return this.#ranks.beginJob(signal);
  }

  finalize(): Promise<void> {
    return this.#ranks.finalize();
  }

  async #watched<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof KroncutError && error.code === 'cancelled') this.#known = true;
      throw error;
    }
  }
}
