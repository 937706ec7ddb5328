/** Options of `run`: those of its stages. */
import type { Precision } from '../../native/addon.js';
import type { OptionTable } from '../../options/option.js';
import { flag } from '../../options/readers.js';
import { QUERY_OPTIONS, type Queries } from '../../reconstruct/queries/registry.js';
import { PRECISION } from './common.js';
import { NOISE_OPTIONS, type NoiseOptions } from './noise.js';
import { SAMPLING_OPTIONS, type SamplingOptions } from './sampling.js';
import { CUT_OPTIONS, type CutOptions } from './cut.js';

export interface RunOptions extends CutOptions, Queries, Omit<SamplingOptions, 'forExpect'>, NoiseOptions {
  readonly precision?: Precision | undefined;
  /** Compares with the uncut simulation; default: where that is quick. */
  readonly verify?: boolean | undefined;
  /** Writes a page about the run, `report.html` in the run directory. */
  readonly report?: boolean | undefined;
}

// One seed serves the search and the samples.
const { seed: _seedOfSamples, ...queriesBesideCuts } = QUERY_OPTIONS;

// What is measured follows from what is asked.
const { forExpect: _forExpect, ...shots } = SAMPLING_OPTIONS;

export const RUN_OPTIONS = {
  ...CUT_OPTIONS,
  ...queriesBesideCuts,
  precision: PRECISION,
  ...shots,
  ...NOISE_OPTIONS,
  verify: {
    help: 'compare with the uncut simulation (default: where that is quick)',
    reader: flag,
  },
  report: {
    flags: '--report',
    help: 'write a page about the run, report.html in the run directory',
    reader: flag,
  },
} satisfies OptionTable<RunOptions>;
