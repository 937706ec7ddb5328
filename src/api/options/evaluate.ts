/** Options of `evaluate`. */
import type { Precision } from '../../native/addon.js';
import type { OptionTable } from '../../options/option.js';
import { flag, wholeNumber } from '../../options/readers.js';
import { NOISE_OPTIONS, type NoiseOptions } from './noise.js';
import { SAMPLING_OPTIONS, type SamplingOptions } from './sampling.js';
import { COMMON_OPTIONS, PRECISION, type CommonOptions } from './common.js';

export interface EvaluateOptions extends CommonOptions, SamplingOptions, NoiseOptions {
  /** Default: the precision that the run was evaluated in before, or double. */
  readonly precision?: Precision | undefined;
  /** Of the shots that are drawn; default: 0. */
  readonly seed?: number | undefined;
  /** Evaluates again what is there already. */
  readonly force?: boolean | undefined;
}

export const EVALUATE_OPTIONS = {
  force: { flags: '--force', help: 'evaluate everything again', reader: flag },
  precision: PRECISION,
  ...SAMPLING_OPTIONS,
  ...NOISE_OPTIONS,
  seed: { flags: '--seed <n>', help: 'of the shots that are drawn (default: 0)', reader: wholeNumber(0) },
  ...COMMON_OPTIONS,
} satisfies OptionTable<EvaluateOptions>;
