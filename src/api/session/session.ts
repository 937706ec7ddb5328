/** A session: the addon, the ranks, the device and what was read, for any number of jobs. */
import { setImmediate } from 'node:timers/promises';
import type { Cluster } from '../../cluster/cluster.js';
import { ranksOfProcess } from '../../cluster/connect.js';
import { deviceOfRank, isLeftOut } from '../../cluster/deviceMap.js';
import { JobCluster } from '../../cluster/jobCluster.js';
import { cancelledBy, KroncutError } from '../../error.js';
import type { DeviceGroup, DeviceInfo, NativeAddon } from '../../native/addon.js';
import { loadAddon, type LoadedAddon } from '../../native/load.js';
import type { Calibration } from '../../run/calibration.js';
import type { Context } from '../../run/context.js';
import { Inputs } from '../../run/files/inputs.js';
import { readCalibration } from '../../run/resources/rates.js';
import { availableMemory } from '../../run/resources/space.js';
import { checkOptions } from '../../options/option.js';
import { optionName } from '../../options/optionName.js';
import {
  checkTogether,
  clusterIn,
  JOB_OPTIONS,
  SESSION_OPTIONS,
  type DeviceChoice,
  type JobOptions,
  type SessionOptions,
} from './sessionOptions.js';

type Resources = Pick<Context, 'device' | 'deviceGroup' | 'threads' | 'calibration' | 'inputs'> & {
  /** Bytes that a rank may use; undefined: what there is when a job begins. */
  readonly memory?: number | undefined;
};

/**
 * What jobs work with. A process may have several at once; where a launcher started several ranks, every rank opens the
 * same ones and gives them the same jobs in the same order. Made by `openSession`.
 */
export class Session {
  readonly addon: LoadedAddon;
  readonly cluster: Cluster;
  /** `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  /** This rank's place among those that use its device. */
  readonly deviceGroup: DeviceGroup;
  /** Threads of each rank. */
  readonly threads: number;
  readonly #calibration: Calibration;
  readonly #inputs: Inputs;
  readonly #memory: number | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    addon: LoadedAddon,
    cluster: Cluster,
    { device, deviceGroup, threads, calibration, inputs, memory }: Resources,
  ) {
    this.addon = addon;
    this.cluster = cluster;
    this.device = device;
    this.deviceGroup = deviceGroup;
    this.threads = threads;
    this.#calibration = calibration;
    this.#inputs = inputs;
    this.#memory = memory;
  }

  /**
   * Collective: does a job. Rejects with `cancelled`, on all ranks, where a signal is aborted, with the reason as
   * `cause` where that was known here; with `usage` where the session is closed; with what `onProgress` or `onWarning`
   * threw, as it was, where one of them did: the job ends then as by a signal.
   */
  async job<T>(options: JobOptions, body: (context: Context) => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new KroncutError('usage', 'the session is closed; open another one with openSession');
    }
    checkOptions(JOB_OPTIONS, options);
    const running = this.#work(options, body);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Waits for the jobs that were given, and takes no more. The ranks stay connected: a launcher's leave when their process ends. */
  close(): Promise<void> {
    return (this.#closing ??= this.#end());
  }

  async #end(): Promise<void> {
    // A call looks at its options before it comes here.
    await setImmediate();
    this.#isClosed = true;
    await settled(this.#running);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #work<T>(options: JobOptions, body: (context: Context) => Promise<T>): Promise<T> {
    const { addon, cluster: ranks, device, deviceGroup, threads } = this;
    const listeners = new Listeners(options);
    const { onProgress, onWarning } = listeners;
    const job = ranks.beginJob(listeners.signal);
    const cluster = new JobCluster(ranks, job.signal);
    try {
      const memory = this.#memory ?? (await leastMemory(addon.addon, cluster));
      const result = await body({
        cluster,
        native: addon.addon,
        device,
        deviceGroup,
        threads,
        memory,
        calibration: this.#calibration,
        inputs: this.#inputs.forJob(),
        signal: job.signal,
        onProgress,
        onWarning,
      });
      listeners.throwTheirs();
      return result;
    } catch (error) {
      listeners.throwTheirs();
      if (!(error instanceof KroncutError) || error.code !== 'cancelled' || !job.signal.aborted) throw error;
      throw cancelledBy(job.signal, error.message, { details: error.details });
    } finally {
      job.end();
      listeners.end();
    }
  }
}

/**
 * Collective: what jobs share: the addon, the ranks, threads and a device. Close it when the last job was given.
 *
 * @throws KroncutError `usage` for options out of range, `device` where the device asked for is absent, `mpi` where the
 * ranks of a launcher cannot be reached.
 * @example
 * ```js
 * import { openSession, run } from 'kroncut';
 *
 * const session = await openSession({ threads: 2 });
 * try {
 *   await run('circuit.qasm', { session, maxWidth: 8 });
 * } finally {
 *   await session.close();
 * }
 * ```
 */
export function openSession(options: SessionOptions = {}): Promise<Session> {
  return openSessionWith(options, new Inputs());
}

/** Collective: the same, with what `-` stands for, and with bytes of memory to plan with in place of those of this machine. */
export async function openSessionWith(
  options: SessionOptions,
  inputs: Inputs,
  memory?: number,
): Promise<Session> {
  await checkTogether(clusterIn(options), () => checkOptions(SESSION_OPTIONS, options));
  const { threads, device: choice = 'auto' } = options;
  const loaded = loadAddon();
  const { addon: native } = loaded;
  const cluster = options.cluster ?? (await ranksOfProcess(native));
  const { chosen, calibration } = await cluster.agree(async () => ({
    chosen: chooseDevice(native, choice, cluster.nodeRank),
    calibration: await readCalibration(),
  }));
  return new Session(loaded, cluster, {
    device: chosen.name,
    deviceGroup: await cluster.shareDevice(chosen.identity),
    threads: threads ?? Math.max(1, Math.floor(native.availableThreads() / cluster.nodeSize)),
    calibration,
    inputs,
    memory,
  });
}

/**
 * The caller's `onProgress` and `onWarning`, and a signal that is aborted with the caller's, or once one of the two has
 * thrown: the places that call them, timers among them, could not tell the caller.
 */
class Listeners {
  readonly onProgress: JobOptions['onProgress'];
  /** Hears of each warning once. */
  readonly onWarning: JobOptions['onWarning'];
  readonly #abort = new AbortController();
  readonly #forward: () => void;
  /** Follows the caller's, which may be that of many jobs, without a listener of its own there. */
  readonly #given: AbortSignal | undefined;
  #thrown: { readonly error: unknown } | undefined;

  constructor({ signal, onProgress, onWarning }: JobOptions) {
    this.#given = signal === undefined ? undefined : AbortSignal.any([signal]);
    this.#forward = (): void => this.#abort.abort(signal?.reason);
    if (signal?.aborted === true) this.#forward();
    else this.#given?.addEventListener('abort', this.#forward, { once: true });
    this.onProgress = this.#guarded(onProgress);
    this.onWarning = this.#guarded(onWarning === undefined ? undefined : eachOnce(onWarning));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Throws what one of the functions threw, as it was. */
  throwTheirs(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }

  /** The caller's signal is not listened to any more. */
  end(): void {
    this.#given?.removeEventListener('abort', this.#forward);
  }

  #guarded<T>(hear: ((told: T) => void) | undefined): ((told: T) => void) | undefined {
    if (hear === undefined) return undefined;
    const fail = (error: unknown): void => {
      this.#thrown ??= { error };
      this.#abort.abort(error);
    };
    return (told) => {
      if (this.#thrown !== undefined) return;
      try {
        const answer: unknown = hear(told);
        // An async function throws later.
        if (answer instanceof Promise) answer.catch(fail);
      } catch (error) {
        fail(error);
      }
    };
  }
}

/** Of what is said several times, only the first. */
function eachOnce(hear: (text: string) => void): (text: string) => void {
  const heard = new Set<string>();
  return (text) => {
    if (heard.size === heard.add(text).size) return;
    hear(text);
  };
}

async function settled(promises: Iterable<Promise<unknown>>): Promise<void> {
  await Promise.allSettled(promises);
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
  const cuda = native
    .devices()
    .filter(({ name, identity }) => name.startsWith('cuda') && !isLeftOut(identity, process.env));
  const own = cuda[deviceOfRank(nodeRank, cuda.length) ?? 0];
  if (own !== undefined) return own;
  if (choice === 'auto') return cpu;
  throw new KroncutError(
    'device',
    `${optionName('device')} cuda: no CUDA device can be used (${native.cudaUnavailableReason()}); use ${optionName('device')} cpu or auto`,
  );
}
