/** What every stage works with: the ranks, the addon, and the caller's wishes. */
import type { Cluster } from '../cluster/cluster.js';
import { cancelledBy } from '../error.js';
import type { ComputeOptions, DeviceGroup, NativeAddon, Precision } from '../native/addon.js';
import { invoke } from '../native/invoke.js';
import type { Calibration } from './calibration.js';
import type { Inputs } from './files/inputs.js';

/** How far a stage is: `done` of `total` in the stage's own unit. */
export interface Progress {
  readonly stage: 'cut' | 'evaluate' | 'reconstruct' | 'verify' | 'compile';
  /** Finished and total amount of work on this rank, in any unit. */
  readonly done: number;
  readonly total: number;
  /** What else is worth knowing on the way, in a few words. */
  readonly note?: string;
}

export interface Context {
  readonly cluster: Cluster;
  readonly native: NativeAddon;
  /** `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  /** This rank's place among the ranks that use its device. */
  readonly deviceGroup: DeviceGroup;
  readonly threads: number;
  /** Bytes that this rank may use. */
  readonly memory: number;
  /** The rates that predictions, and the search for cuts, go by. */
  readonly calibration: Calibration;
  /** What is read by name. */
  readonly inputs: Inputs;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onWarning?: ((warning: string) => void) | undefined;
}

export type { Precision };

/**
 * One long native call: it ends early when the context's signal is aborted, and `onWork` hears of its progress as a
 * fraction. Rejects with a KroncutError.
 */
export async function compute<T>(
  context: Context,
  call: (options: ComputeOptions) => Promise<T>,
  onWork?: (fraction: number) => void,
): Promise<T> {
  const { native, device, threads, signal } = context;
  return invoke(native, (control) => call({ device, threads, control }), {
    signal,
    onProgress:
      onWork === undefined
        ? undefined
        : (done, total) => {
            if (total > 0) onWork(Math.min(1, done / total));
          },
  });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledBy(signal, 'interrupted; what was finished is kept');
}
