/** Options of `evaluate`. */
import type { Precision } from '../../native/addon.js';
import type { OptionTable } from '../../options/option.js';
import { flag } from '../../options/readers.js';
import { COMMON_OPTIONS, PRECISION, type CommonOptions } from './common.js';

export interface EvaluateOptions extends CommonOptions {
  /** Default: the precision that the run was evaluated in before, or double. */
  readonly precision?: Precision | undefined;
  /** Evaluates again what is there already. */
  readonly force?: boolean | undefined;
}

export const EVALUATE_OPTIONS = {
  force: { flags: '--force', help: 'evaluate everything again', reader: flag },
  precision: PRECISION,
  ...COMMON_OPTIONS,
} satisfies OptionTable<EvaluateOptions>;
