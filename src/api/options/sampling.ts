/** Options of evaluating with shots. */
import type { OptionTable } from '../../options/option.js';
import { choice, positiveNumber, text, wholeNumber } from '../../options/readers.js';

export interface SamplingOptions {
  /** Shots in all, over every subexperiment; left out with `shotsEach`: exact evaluation. */
  readonly shots?: number | undefined;
  /** Shots of every subexperiment. */
  readonly shotsEach?: number | undefined;
  /** How `shots` are divided; default: `even`. */
  readonly allocation?: 'even' | 'weight' | 'query' | undefined;
  /** As many shots as bring `forExpect` to this standard error, in place of `shots`. */
  readonly standardError?: number | undefined;
  /** A sum of Pauli strings whose bases are measured, too, out of the same shots. */
  readonly forExpect?: string | undefined;
}

/** The most shots that are counted one by one without loss. */
const MOST_SHOTS = Number.MAX_SAFE_INTEGER;

export const SAMPLING_OPTIONS = {
  shots: {
    flags: '--shots <n>',
    help: 'draw the subexperiments with n shots in all, as a quantum processor would (default: exact evaluation)',
    reader: wholeNumber(1, MOST_SHOTS),
    conflicts: 'shotsEach',
  },
  shotsEach: {
    flags: '--shots-each <n>',
    help: 'the same with n shots for each subexperiment',
    reader: wholeNumber(1, MOST_SHOTS),
  },
  allocation: {
    flags: '--allocation <rule>',
    help:
      'how --shots are divided: even; weight (by what a subexperiment weighs in the tensors); or query (by how much it spreads ' +
      'in the observable, as a pilot tells) (default: even)',
    reader: choice(['even', 'weight', 'query']),
  },
  standardError: {
    flags: '--standard-error <e>',
    help: 'as many shots as bring the observable to this standard error, divided as by --allocation query',
    reader: positiveNumber,
    conflicts: 'shots',
  },
  forExpect: {
    flags: '--for-expect <sum>',
    help: 'measure what these Pauli strings need, too, out of the same shots; or @FILE',
    reader: text('a sum of Pauli strings'),
    file: true,
  },
} satisfies OptionTable<SamplingOptions>;
