/** Options of `reconstruct`, and of a plan for another number of ranks. */
import type { Writable } from 'node:stream';
import type { OptionTable } from '../../options/option.js';
import { byteCount, flag, has, value, wholeNumber } from '../../options/readers.js';
import { QUERY_OPTIONS, type Queries } from '../../reconstruct/queries/registry.js';
import { COMMON_OPTIONS, FILE, type CommonOptions } from './common.js';

export interface ReconstructOptions extends CommonOptions, Queries {
  /** Says how the queries are contracted, what that was predicted to take, and what it took. */
  readonly explain?: boolean | undefined;
  /**
   * Where `full` goes, as .npy, in place of `results/full.npy`; the root's is used, and is left open. Where it fails, so does
   * the call, with the error of the stream as `cause`.
   */
  readonly stream?: Writable | undefined;
  /** The file of `full`, as .npy, in place of `results/full.npy`; its folder has to be there for all ranks. */
  readonly output?: string | undefined;
}

export const RECONSTRUCT_OPTIONS = {
  ...QUERY_OPTIONS,
  explain: {
    flags: '--explain',
    help: 'print how each query is contracted, what that should take, and what it took',
    reader: flag,
  },
  stream: {
    help: 'where the distribution of full goes, as .npy, in place of results/full.npy',
    reader: value('a stream to write to', (given) => has(given, 'write', 'end', 'on', 'off')),
  },
  output: {
    flags: '-o, --output <file>',
    help: 'with --full: write the distribution to this file, in place of results/full.npy',
    reader: FILE,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<ReconstructOptions>;

export interface ScaleOptions extends CommonOptions, Queries {
  /** Ranks of the job that is planned; default: those of this one. */
  readonly ranks?: number | undefined;
  /** Bytes that each of them may use; default: what a rank of this job has. */
  readonly deviceMemory?: number | undefined;
}

export const SCALE_OPTIONS = {
  ...QUERY_OPTIONS,
  ranks: {
    flags: '--ranks <n>',
    help: 'with --plan: ranks, each as fast as one of this job',
    reader: wholeNumber(1, 1_000_000),
  },
  deviceMemory: {
    flags: '--device-memory <bytes>',
    help: 'with --plan: memory of each rank, such as 80GB or 80e9 (default: as here)',
    reader: byteCount,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<ScaleOptions>;
