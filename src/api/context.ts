/** From the caller's options to what the stages work with: ranks, addon, device, threads, memory. */
import { connectCluster } from '../cluster/connect.js';
import type { Cluster } from '../cluster/cluster.js';
import { deviceOfRank } from '../cluster/deviceMap.js';
import { KroncutError } from '../error.js';
import type { DeviceInfo, NativeAddon } from '../native/addon.js';
import { loadAddon } from '../native/load.js';
import type { Context, Progress } from '../run/context.js';
import { availableMemory } from '../run/resources.js';

export const DEVICE_CHOICES = ['auto', 'cpu', 'cuda'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** Options of every function that computes. */
export interface CommonOptions {
  /** The ranks to work with; default: those that the launcher started, or this process alone. */
  readonly cluster?: Cluster | undefined;
  /** Threads of each rank; default: the CPUs that this process may use, divided by the ranks on the node. */
  readonly threads?: number | undefined;
  /** `auto` takes a CUDA device where there is one. */
  readonly device?: DeviceChoice | undefined;
  /** Ends the work early; what is finished is kept. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

let connected: Promise<Cluster> | undefined;

/** The ranks of this job; connects on the first call. */
function defaultCluster(native: NativeAddon): Promise<Cluster> {
  connected ??= connectCluster({ addon: native }).catch((error: unknown) => {
    // A later call may try again.
    connected = undefined;
    throw error;
  });
  return connected;
}

/** Collective. Throws `usage` for options out of range and `device` where the device asked for is absent. */
export async function openContext(options: CommonOptions): Promise<Context> {
  const { threads } = options;
  const { device: choice = 'auto' } = options;
  if (!DEVICE_CHOICES.includes(choice)) {
    throw new KroncutError('usage', `--device ${choice}: ${DEVICE_CHOICES.join(', ')} can be chosen`);
  }
  const native = loadAddon().addon;
  const cluster = options.cluster ?? (await defaultCluster(native));
  const { name: device, identity } = await cluster.agree(() => {
    if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
      throw new KroncutError('usage', `--threads ${threads}: a whole number, 1 or more, is needed`);
    }
    return chooseDevice(native, choice, cluster.nodeRank);
  });
  return {
    cluster,
    native,
    device,
    deviceGroup: await cluster.shareDevice(identity),
    threads: threads ?? Math.max(1, Math.floor(native.availableThreads() / cluster.nodeSize)),
    memory: await leastMemory(native, cluster),
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

/** What the rank with the least memory has: all ranks plan with one figure, for they must come to one plan. */
async function leastMemory(native: NativeAddon, cluster: Cluster): Promise<number> {
  const own = await cluster.agree(() => availableMemory(native, cluster.nodeSize));
  const [least] = await cluster.reduce(Float64Array.of(own), 'min');
  return least ?? own;
}

/** The device of a rank: ranks on a node take the visible CUDA devices in turn. */
export function chooseDevice(
  native: Pick<NativeAddon, 'devices' | 'cudaUnavailableReason'>,
  choice: DeviceChoice,
  nodeRank: number,
): Pick<DeviceInfo, 'name' | 'identity'> {
  const cpu = { name: 'cpu', identity: 'cpu' };
  if (choice === 'cpu') return cpu;
  const cuda = native.devices().filter(({ name }) => name.startsWith('cuda'));
  const own = cuda[deviceOfRank(nodeRank, cuda.length) ?? 0];
  if (own !== undefined) return own;
  if (choice === 'auto') return cpu;
  throw new KroncutError(
    'device',
    `--device cuda: no CUDA device can be used (${native.cudaUnavailableReason()}); use --device cpu or auto`,
  );
}
