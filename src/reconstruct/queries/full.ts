/** `full`: the whole distribution, in a file or a stream. */
import type { Precision } from '../../native/addon.js';
import { byteCount, flag } from '../../options/readers.js';
import type { BondShrinking } from '../network/bondShrinking.js';
import type { AnswerData } from '../network/tensorNetwork.js';
import { optionName } from '../../options/optionName.js';
import { allBits, liveBits, requireStreamable, type CutFacts } from './outcomeBits.js';
import { NUMBER_BYTES, type QueryDefinition } from './query.js';
import type { EstimatedDistribution } from './totalVariation.js';
import { storedBytes } from '../../native/valueBytes.js';

/** The whole distribution. */
export interface FullQuery {
  /** The whole distribution, in `results/full.npy`, or, of a run in memory, as an array. */
  readonly full?: boolean | undefined;
  /**
   * Bytes of the distribution's file after which its progress is noted; a job that was killed goes on from there. Default
   * 1 GiB.
   */
  readonly checkpointBytes?: number | undefined;
}

/**
 * The whole distribution, of shape `(2^outcomeBits,)`: where it is, its sum, and its least and greatest value.
 * Values may be tiny negative numbers from rounding.
 */
export interface FullResult extends AnswerData, EstimatedDistribution {
  /** Relative to the run directory, or as `output` says; `-` where it went to a stream, or to `values`. */
  readonly file: string;
  /**
   * Of a run in memory, on the root rank alone: probabilities by outcome, bit i of the index being outcome bit i, in the
   * precision of the run.
   */
  readonly values?: Float64Array | Float32Array;
  readonly outcomeBits: number;
  /** `outcomeBits` under its old name. */
  readonly qubits: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bonds: BondShrinking;
}

export const FULL_FILE = 'results/full.npy';
/** Largest distribution that is given as an array, in outcome bits. */
export const MOST_ARRAY_BITS = 26;
/** Longest header of a .npy file of one axis, in bytes. */
const HEADER_BYTES = 128;

/** Bytes of `results/full.npy`. */
export function fullBytes(outcomeBits: number, precision: Precision): number {
  return 2 ** outcomeBits * storedBytes(precision) + HEADER_BYTES;
}

export const full: QueryDefinition<'full', FullQuery, FullResult> = {
  key: 'full',
  options: {
    full: { flags: '--full', help: 'write the whole distribution to results/full.npy', reader: flag },
    checkpointBytes: {
      flags: '--checkpoint <bytes>',
      help: 'with --full: note progress after so many bytes of the file, to go on from there (default: 1 GiB)',
      reader: byteCount,
      belongs: 'notes the progress of',
    },
  },
  check({ outcomeBits }) {
    requireStreamable(outcomeBits, 'full');
  },
  errors: () => import('./answers/distributionErrors.js'),
  files: ({ file }) => (file === FULL_FILE ? [file] : undefined),
  pass: {
    weight: 3,
    what: 'full distribution',
    bits: (cut) => ({ order: allBits(cut), zeroBits: cut.zeroBits }),
    use: () => ({ sliceBytes: NUMBER_BYTES, bytes: 0 }),
    cost: (ledger) => ledger.write(fullBytes(ledger.cut.outcomeBits, ledger.precision)),
    member: () => import('./answers/fullAnswer.js'),
  },
};

/** What to ask for where the distribution does not fit, if that is smaller: undefined where every bit can be 1. */
export function smallerThanFull(cut: CutFacts): string | undefined {
  if (cut.zeroBits.length === 0) return undefined;
  const live = liveBits(cut);
  return (
    `${cut.zeroBits.length} of its ${cut.outcomeBits} outcome bits are always 0` +
    (live.length === 0 ? '' : `; ${optionName('marginal')} ${live.join(',')} holds all that can occur`)
  );
}
