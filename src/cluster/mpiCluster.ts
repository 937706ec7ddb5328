import { cancelledBy, KroncutError } from '../error.js';
import type { DeviceGroup, MpiWorld, NativeAddon } from '../native/addon.js';
import { toKroncutError } from '../native/invoke.js';
import type { Cluster } from './cluster.js';
import type { Job, JobBoard } from './job.js';
import { Placed } from './placed.js';
import { decode, encode, fromWire, toWire } from './wire.js';
import type { Wire, WireError } from './wire.js';

/** Counters that the native window holds (`shared_counters` in native/comm/communicator.hpp). */
const SLOTS = 64;

export interface MpiClusterOptions {
  readonly addon: NativeAddon;
  readonly world: MpiWorld;
  readonly launcher: Cluster['launcher'];
  readonly jobs: JobBoard;
  /** Once aborted, calls that wait for other ranks reject with 'cancelled'; the others may never come. */
  readonly signal?: AbortSignal;
  /** Runs when all ranks have reached the end, before MPI is finalised. */
  readonly onAllDone?: () => void;
}

/** What the root sends of a call of `onRoot`: the value is encoded. */
type Outcome = { readonly value: Uint8Array } | { readonly error: WireError };

/** Several ranks, by MPI. Calls are carried out one after another, in the order made. */
export class MpiCluster extends Placed implements Cluster {
  readonly #addon: NativeAddon;
  readonly #options: MpiClusterOptions;
  #counters = 0;

  constructor(options: MpiClusterOptions) {
    super(options.world, options.launcher);
    this.#addon = options.addon;
    this.#options = options;
  }

  async barrier(): Promise<void> {
    await this.#wait(() => this.#addon.mpiBarrier());
  }

  async broadcast<T extends Wire<T>>(value: T): Promise<T> {
    return decode<T>(await this.#fromRoot(this.isRoot ? encode(value) : undefined));
  }

  async gather<T extends Wire<T>>(value: T): Promise<T[]> {
    const parts = await this.#wait(() => this.#addon.mpiGather(encode(value), 0));
    const all = await this.#fromRoot(this.isRoot ? encode(parts) : undefined);
    return decode<Uint8Array[]>(all).map((part) => decode<T>(part));
  }

  async reduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array> {
    return this.#wait(() => this.#addon.mpiAllReduce(values, operation));
  }

  async shareDevice(identity: string): Promise<DeviceGroup> {
    return this.#wait(() => this.#addon.mpiSplitByDevice(identity));
  }

  async onRoot<T extends Wire<T>>(body: () => Promise<T> | T): Promise<T> {
    let outcome: Outcome | undefined;
    let cause: unknown;
    if (this.isRoot) {
      try {
        outcome = { value: encode(await body()) };
      } catch (error) {
        cause = error;
        outcome = { error: toWire(error) };
      }
    }
    const bytes = await this.#fromRoot(outcome === undefined ? undefined : encode(outcome));
    const shared = decode<Outcome>(bytes);
    if ('error' in shared) throw fromWire(shared.error, 0, cause);
    return decode<T>(shared.value);
  }

  async agree<T>(body: () => Promise<T> | T): Promise<T> {
    let outcome: { value: T } | { error: unknown };
    try {
      outcome = { value: await body() };
    } catch (error) {
      outcome = { error };
    }
    const errors = await this.gather('error' in outcome ? toWire(outcome.error) : null);
    for (const [rank, error] of errors.entries()) {
      if (error === null) continue;
      throw fromWire(error, rank, rank === this.rank && 'error' in outcome ? outcome.error : undefined);
    }
    if ('error' in outcome) throw toKroncutError(outcome.error);
    return outcome.value;
  }

  async nextTask(counter: number): Promise<number> {
    return this.count(counter, 1);
  }

  async count(counter: number, amount: number): Promise<number> {
    if (counter >= this.#counters || counter < this.#counters - SLOTS) {
      throw new KroncutError('internal', `there is no task counter ${counter}`);
    }
    return this.#wait(() => this.#addon.mpiFetchAdd(counter % SLOTS, amount));
  }

  async taskCounter(): Promise<number> {
    const counter = this.#counters;
    if (counter >= SLOTS) {
      // A slot is used again once every rank has left its earlier counter.
      await this.barrier();
      if (this.isRoot) {
        const slot = counter % SLOTS;
        const used = await this.#wait(() => this.#addon.mpiFetchAdd(slot, 0));
        await this.#wait(() => this.#addon.mpiFetchAdd(slot, -used));
      }
      await this.barrier();
    }
    this.#counters += 1;
    return counter;
  }

  beginJob(signal: AbortSignal | undefined): Job {
    return this.#options.jobs.begin(signal);
  }

  async finalize(): Promise<void> {
    await this.barrier();
    this.#options.onAllDone?.();
    await this.#addon.mpiFinalize().catch((error: unknown) => {
      throw toKroncutError(error);
    });
  }

  /** The root's message, on every rank; the others have none. */
  async #fromRoot(message: Uint8Array | undefined): Promise<Uint8Array> {
    return this.#wait(() => this.#addon.mpiBroadcast(message ?? new Uint8Array(), 0));
  }

  /** Makes a native call, and gives up waiting for it when a signal has come. */
  async #wait<T>(call: () => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (signal?.aborted === true) throw cancelled(signal);
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(cancelled(signal));
      signal?.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([call(), aborted]);
    } catch (error) {
      throw toKroncutError(error);
    } finally {
      if (abort !== undefined) signal?.removeEventListener('abort', abort);
    }
  }
}

function cancelled(signal: AbortSignal | undefined): KroncutError {
  return cancelledBy(signal, 'the operation was cancelled');
}
