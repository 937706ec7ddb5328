/** The other ranks, as `native/comm/` has them. */

/** Where a rank stands among the others. */
export interface RankPlace {
  readonly rank: number;
  readonly size: number;
  /** Rank among, and number of, the ranks on this node. */
  readonly nodeRank: number;
  readonly nodeSize: number;
  /** Number of this rank's node, and of nodes. */
  readonly node: number;
  readonly nodes: number;
}

/** The same, as MPI says. */
export interface MpiWorld extends RankPlace {
  readonly processor: string;
  readonly library: string;
}

/** The ranks that use one device, seen from one of them. */
export interface DeviceGroup {
  readonly rank: number;
  readonly size: number;
}

export interface NativeComm {
  /**
   * Initialises MPI on the engine thread; rejects in builds without MPI. `messageBytes` is the longest single
   * message (default 1 GiB); longer data travels in pieces.
   */
  mpiStart(options?: { readonly messageBytes?: number }): Promise<MpiWorld>;
  /** Collective: waits until all ranks are here. */
  mpiBarrier(): Promise<void>;
  /** Collective: bytes of one rank for all. */
  mpiBroadcast(data: Uint8Array, root: number): Promise<Uint8Array>;
  /** Collective: bytes of all ranks, for one; an empty list elsewhere. */
  mpiGather(data: Uint8Array, root: number): Promise<Uint8Array[]>;
  /** Collective: combines numbers of all ranks, place by place. */
  mpiAllReduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array>;
  /** Collective: the ranks of this node that name the same device, as a communicator of their own. */
  mpiSplitByDevice(device: string): Promise<DeviceGroup>;
  /** Adds to a counter that all ranks share, and gives what it was before. Not collective. */
  mpiFetchAdd(counter: number, amount: number): Promise<number>;
  /** Collective: ends MPI. */
  mpiFinalize(): Promise<void>;
  /**
   * Synchronous, for exit handlers: finalises on the engine thread and waits, at most `timeoutSeconds` (2). False if
   * that failed or other ranks did not follow in time; then MPI can no longer be left in good order.
   */
  mpiFinalizeSync(timeoutSeconds?: number): boolean;
  /** Ends all ranks, this one within seconds even if the engine thread is blocked; never returns. */
  mpiAbort(exitCode: number): void;
  /** How far MPI is in this process. */
  mpiState(): 'new' | 'starting' | 'running' | 'finalized' | 'failed';
}
