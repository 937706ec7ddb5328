/** `info`: what this build and this allocation can do. */
import { hostname } from 'node:os';
import { widestWidth } from '../circuit/simulationMemory.js';
import { loadAddon, type LoadAttempt } from '../native/load.js';
import type { DeviceInfo } from '../native/addon.js';
import type { Context } from '../run/context.js';
import { withContext } from './context.js';
import { type CommonOptions, COMMON_OPTIONS } from './options/common.js';
import { version } from '../installation.js';
import { checkCall } from './input/source.js';

/** A rank: its node, its device, its threads and its memory in bytes. */
export interface RankInfo {
  readonly rank: number;
  readonly node: number;
  readonly host: string;
  readonly device: string;
  /** This rank's number among, and the number of, the ranks that use the device. */
  readonly deviceRank: number;
  readonly deviceRanks: number;
  readonly threads: number;
  /** Bytes of memory that the rank may use. */
  readonly memoryBytes: number;
}

/** A build of the addon that was not taken, and why. */
export interface VariantInfo {
  readonly variant: string;
  readonly reason: string;
}

/** What this build and this allocation can do. */
export interface Info {
  readonly version: string;
  readonly node: string;
  readonly build: {
    readonly variant: string;
    readonly file: string;
    readonly compiler: string;
    readonly mpi: string | null;
    readonly cuda: string | null;
    readonly blas: string | null;
    readonly simd: string;
    /** Builds that were tried first, and why they were passed over. */
    readonly passedOver: readonly VariantInfo[];
    /** Builds that were not tried, as the one taken comes first, and why it does. */
    readonly others: readonly VariantInfo[];
  };
  readonly launcher: 'none' | 'slurm' | 'mpirun';
  readonly ranks: readonly RankInfo[];
  readonly nodes: number;
  readonly devices: readonly DeviceInfo[];
  /** Why no CUDA device is listed; null if one is. */
  readonly cudaUnavailable: string | null;
  /** Widest circuit, in qubits, that one rank can simulate without cutting it. */
  readonly widestUncut: number;
}

/**
 * Collective: what this build and this allocation can do: the variant of the addon, MPI, ranks, devices, threads, and
 * memory in bytes.
 *
 * @throws KroncutError `device` where the device asked for is absent, `mpi` where ranks cannot be reached.
 * @example
 * ```js
 * import { info } from 'kroncut';
 *
 * const { build, ranks } = await info();
 * console.log(build.variant, ranks.length);
 * ```
 */
export async function info(options: CommonOptions = {}): Promise<Info> {
  await checkCall(COMMON_OPTIONS, options);
  return withContext(options, infoOf);
}

async function infoOf(context: Context): Promise<Info> {
  const { cluster, native } = context;
  const loaded = loadAddon();
  const { variant, compiler, mpi, cuda, blas, simd } = native.buildInfo();
  const reason = native.cudaUnavailableReason();
  const ranks = await cluster.gather<RankInfo>({
    rank: cluster.rank,
    node: cluster.node,
    host: hostname(),
    device: context.device,
    deviceRank: context.deviceGroup.rank,
    deviceRanks: context.deviceGroup.size,
    threads: context.threads,
    memoryBytes: context.memory,
  });
  return {
    version: version(),
    node: process.version,
    build: {
      variant,
      file: loaded.file,
      compiler,
      mpi,
      cuda,
      blas,
      simd,
      passedOver: loaded.attempts.flatMap(reasonOf),
      others: loaded.others().flatMap(reasonOf),
    },
    launcher: cluster.launcher,
    ranks,
    nodes: cluster.nodes,
    devices: native.devices(),
    cudaUnavailable: reason === '' ? null : reason,
    widestUncut: widestWidth(context.memory),
  };
}

function reasonOf({ variant, reason }: LoadAttempt): VariantInfo[] {
  return reason === undefined ? [] : [{ variant, reason }];
}
