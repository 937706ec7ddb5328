import type { DeviceGroup } from '../native/addon.js';
import type { RankPlace } from '../native/comm.js';
import type { Job } from './job.js';
import type { Wire } from './wire.js';

/**
 * The other ranks, as the stages see them. Alone (no launcher) the same interface is served by one rank without
 * MPI. All calls are collective unless said otherwise. Values that travel are of types that `Wire` admits.
 */
export interface Cluster extends RankPlace {
  readonly launcher: 'none' | 'slurm' | 'mpirun';
  /** True on the rank that prints and that owns the run directory's manifest. */
  readonly isRoot: boolean;

  /** Collective: waits until all ranks are here. */
  barrier(): Promise<void>;
  /** The root's value, on every rank. */
  broadcast<T extends Wire<T>>(value: T): Promise<T>;
  /** One value per rank, in rank order, on every rank. */
  gather<T extends Wire<T>>(value: T): Promise<T[]>;
  /**
   * Collective: sums, or takes the least or greatest of, numbers of all ranks, place by place; all get the result.
   */
  reduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array>;
  /**
   * Runs `body` on the root alone and gives its result to all; if it throws, all ranks throw the same KroncutError
   * and only the root reports it (`details.rank` tells).
   */
  onRoot<T extends Wire<T>>(body: () => Promise<T> | T): Promise<T>;
  /**
   * Runs `body` on every rank; if it throws on any, all ranks throw (the lowest failing rank's error). What `body` gives
   * stays on its rank.
   */
  agree<T>(body: () => Promise<T> | T): Promise<T>;
  /**
   * The ranks of this node that use the device of this identity (`DeviceInfo.identity`), as a communicator of their
   * own; gives this rank's place among them.
   */
  shareDevice(identity: string): Promise<DeviceGroup>;
  /** Not collective: the next undone task of `counter`'s list, 0, 1, 2, ...; every number goes to one rank. */
  nextTask(counter: number): Promise<number>;
  /** Not collective: adds a whole number to a counter, and gives what it was before; 0 only reads it. */
  count(counter: number, amount: number): Promise<number>;
  /** Collective: sets up a fresh task counter. */
  taskCounter(): Promise<number>;
  /**
   * Begins a job, which any rank may cancel by its signal. Every rank calls it, in one order, but nothing travels:
   * collective calls of a job go through a `JobCluster`, and one job follows another where there are several ranks.
   */
  beginJob(signal: AbortSignal | undefined): Job;
  /** Collective: leaves in good order. */
  finalize(): Promise<void>;
}
