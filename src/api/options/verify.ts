/** Options of `verify`. */
import type { OptionTable } from '../../options/option.js';
import { flag, numberFrom } from '../../options/readers.js';
import { COMMON_OPTIONS, type CommonOptions } from './common.js';

export interface VerifyOptions extends CommonOptions {
  /**
   * Largest absolute error that passes; default 1e-10 in double and 1e-5 in single precision, and of estimates five
   * standard errors.
   */
  readonly tolerance?: number | undefined;
  /** Checks in part without a simulation of the whole; default: where that does not fit a rank's memory. */
  readonly partial?: boolean | undefined;
}

export const VERIFY_OPTIONS = {
  tolerance: {
    flags: '--tolerance <t>',
    help: 'largest absolute difference (default: 1e-10 in double, 1e-5 in single precision; of estimates 5 standard errors)',
    reader: numberFrom(0),
  },
  partial: {
    flags: '--partial',
    help: 'make the checks of parts even where the simulation fits',
    reader: flag,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<VerifyOptions>;
