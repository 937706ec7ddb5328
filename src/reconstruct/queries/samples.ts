/** `samples`: outcomes drawn from the distribution, in a file. */
import { choice, wholeNumber } from '../../options/readers.js';
import type { AnswerData } from '../network/tensorNetwork.js';
import type { CostLedger, QueryDefinition } from './query.js';
import type { EstimatedDistribution } from './totalVariation.js';
import { optionError } from '../../options/optionName.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';

/** Outcomes drawn from the distribution. */
export interface SamplesQuery {
  /** Draws this many samples of the distribution, into `results/samples.txt` or `.npy` where there is a directory. */
  readonly samples?: number | undefined;
  /** `text`, the default: a bit string a line; `npy`: an array of uint64, for up to 64 outcome bits. */
  readonly samplesFormat?: SamplesFormat | undefined;
  /** Seed of the samples; default 0. */
  readonly seed?: number | undefined;
}

export const SAMPLES_FORMATS = ['text', 'npy'] as const;
/** How samples are written: a bit string a line, or `.npy` of uint64, to 64 bits. */
export type SamplesFormat = (typeof SAMPLES_FORMATS)[number];

/** Outcomes that were drawn: a file, or of a run in memory a list of bit strings, bit 0 last. */
export interface SamplesResult extends AnswerData, EstimatedDistribution {
  /**
   * One bit string a line, bit 0 last, or numbers whose bit i is outcome bit i; relative to the run directory. Left out
   * where they are in `values`.
   */
  readonly file?: string;
  readonly count: number;
  /** Of a run in memory: the samples themselves, strings or, in the format `npy`, numbers. */
  readonly values?: readonly string[] | BigUint64Array;
}

const MAX_SAMPLES = 1_000_000;
/** Bits of an entry of the array. */
const MOST_ARRAY_BITS = 64;

/** Likelihoods that a thread holds at once, as in `native/contract/tree/tensor_tree_draw.cpp`; twice where they are made. */
const MOST_LIKELIHOODS = 2 ** 22;

/** Bytes of the samples that the threads of a rank draw at once. */
function batchBytes({ cut, ranks, threads }: CostLedger, count: number): number {
  const bits = cut.subcircuits.reduce((most, { outcomes }) => Math.max(most, outcomes.length), 0);
  const rows = Math.ceil(count / (4 * threads * ranks));
  return threads * 2 * VALUE_BYTES * Math.min(MOST_LIKELIHOODS, rows * 2 ** bits);
}

export const samples: QueryDefinition<'samples', SamplesQuery, SamplesResult> = {
  key: 'samples',
  options: {
    samples: {
      flags: '--samples <n>',
      help: 'draw n samples into results/samples.txt',
      reader: wholeNumber(1, MAX_SAMPLES),
    },
    samplesFormat: {
      flags: '--samples-format <kind>',
      help: 'bit strings in results/samples.txt, or uint64 in results/samples.npy (default: text)',
      reader: choice(SAMPLES_FORMATS),
      belongs: 'belongs to',
    },
    // `run` searches for cuts with it, too.
    seed: { flags: '--seed <n>', help: 'seed of --samples (default: 0)', reader: wholeNumber(0) },
  },
  check({ outcomeBits }, { samplesFormat }) {
    if (samplesFormat === 'npy' && outcomeBits > MOST_ARRAY_BITS) {
      throw optionError(
        'samplesFormat',
        ` npy: an array of uint64 holds ${MOST_ARRAY_BITS} outcome bits, and the circuit has ${outcomeBits}; use text`,
      );
    }
  },
  errors: () => import('./answers/distributionErrors.js'),
  files: ({ file }) => (file === undefined ? undefined : [file]),
  alone: {
    cost(ledger, { samples: count }) {
      // The likelihood of every outcome of every tensor takes most of it.
      const valueSeconds = (ledger.tensorBytes / VALUE_BYTES) * ledger.rates.multiplyAdd;
      ledger.contraction({ query: 'samples', what: 'one sample', order: [], times: count, valueSeconds });
      ledger.work(0, ledger.tensorBytes + batchBytes(ledger, count));
    },
    answer: () => import('./answers/samplesAnswer.js'),
  },
};
