/** Options of evaluating with shots. */
import type { OptionTable } from '../../options/option.js';
import { choice, text, wholeNumber } from '../../options/readers.js';

export interface SamplingOptions {
  /** Shots in all, over every subexperiment; left out with `shotsEach`: exact evaluation. */
  readonly shots?: number | undefined;
  /** Shots of every subexperiment. */
  readonly shotsEach?: number | undefined;
  /** How `shots` are divided; default: `even`. */
  readonly allocation?: 'even' | 'weight' | undefined;
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
    help: 'how --shots are divided: even, or weight (by what a subexperiment weighs in the tensors) (default: even)',
    reader: choice(['even', 'weight']),
  },
  forExpect: {
    flags: '--for-expect <sum>',
    help: 'measure what these Pauli strings need, too, out of the same shots; or @FILE',
    reader: text('a sum of Pauli strings'),
    file: true,
  },
} satisfies OptionTable<SamplingOptions>;
