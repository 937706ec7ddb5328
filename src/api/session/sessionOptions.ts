/** Options of a session, and of each of its jobs. */
import type { Cluster } from '../../cluster/cluster.js';
import type { OptionTable } from '../../options/option.js';
import { aFunction, aSignal, choice, has, value, wholeNumber } from '../../options/readers.js';
import type { Progress } from '../../run/context.js';

export const DEVICE_CHOICES = ['auto', 'cpu', 'cuda'] as const;
/**
 * What computes: a CUDA device where there is one (`auto`), the processor, or a CUDA device and nothing else.
 */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** What a session works with, for all of its jobs. */
export interface SessionOptions {
  /** The ranks to work with; default: those that the launcher started, or this process alone. */
  readonly cluster?: Cluster | undefined;
  /** Threads of each rank; default: the CPUs that this process may use, divided by the ranks on the node. */
  readonly threads?: number | undefined;
  /** `auto`, the default, takes a CUDA device where there is one. */
  readonly device?: DeviceChoice | undefined;
}

/** What belongs to one job of a session. */
export interface JobOptions {
  /** Ends the job early; what is finished is kept. Of several ranks, any one may abort its own: the job ends on all. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of the progress of stages. What it throws ends the job, as a signal does, and is what the job rejects with. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Hears, once and on the root, of each place in a circuit that is read, but perhaps not as it was meant. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** Ranks to work with. */
export function isCluster(given: unknown): given is Cluster {
  return has(given, 'onRoot', 'agree', 'gather');
}

export const SESSION_OPTIONS = {
  cluster: {
    help: 'the ranks to work with (default: those that the launcher started, or this process alone)',
    reader: value('what connectCluster gives', isCluster),
  },
  threads: {
    flags: '--threads <n>',
    help: 'threads of each rank (default: its share of the CPUs)',
    reader: wholeNumber(1),
  },
  device: {
    flags: '--device <name>',
    help: 'where to compute',
    reader: choice(DEVICE_CHOICES),
    default: 'auto',
  },
} satisfies OptionTable<SessionOptions>;

export const JOB_OPTIONS = {
  signal: {
    help: 'ends the job early; what is finished is kept',
    reader: aSignal,
  },
  onProgress: {
    help: 'hears of the progress of stages',
    reader: aFunction(),
  },
  onWarning: {
    help: 'hears of what is read, but perhaps not as it was meant',
    reader: aFunction(),
  },
} satisfies OptionTable<JobOptions>;

/** The ranks that options name; undefined where they name none, whatever else is wrong with them. */
export function clusterIn(options: unknown): Cluster | undefined {
  if (typeof options !== 'object' || options === null || !('cluster' in options)) return undefined;
  return isCluster(options.cluster) ? options.cluster : undefined;
}

/** Collective, where ranks are known: what `check` throws on one of them all of them throw. */
export async function checkTogether(cluster: Cluster | undefined, check: () => void): Promise<void> {
  if (cluster === undefined) check();
  else await cluster.agree(check);
}
