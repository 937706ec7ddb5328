/** Options of `cut`, and of a loop over values of parameters. */
import type { Precision } from '../../native/addon.js';
import type { OptionTable } from '../../options/option.js';
import { bitList, flag, has, value } from '../../options/readers.js';
import { CUT_CHOICES, type CutChoices } from '../../predict/cutChoices.js';
import type { DrawingChoices } from '../../predict/explainCut.js';
import { COMMON_OPTIONS, FOLDER, PRECISION, type CommonOptions } from './common.js';

export interface CutOptions extends CommonOptions, CutChoices {
  /** The run directory; left out, the run stays in memory, and `run` in the result is what later calls take. */
  readonly directory?: string | undefined;
  /**
   * Keeps only what these outcome bits depend on: the run then answers for them alone. `run` sets it where no query
   * asks for more.
   */
  readonly lightConeOf?: readonly number[] | undefined;
  /** Replaces another run in the directory. */
  readonly force?: boolean | undefined;
  /** How `cut` draws the circuit; by default without colours, in 120 columns. */
  readonly drawing?: DrawingChoices | undefined;
}

export const CUT_OPTIONS = {
  directory: { flags: '-o, --output <dir>', help: 'the run directory', reader: FOLDER },
  ...CUT_CHOICES,
  force: { flags: '--force', help: 'replace another run in the directory', reader: flag },
  lightConeOf: { help: 'keep only what these outcome bits depend on', reader: bitList },
  drawing: {
    help: 'how the circuit is drawn (default: without colours, in 120 columns)',
    reader: value('an object with limits and paint', (given) => has(given)),
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<CutOptions>;

export type Parameters = Readonly<Record<string, number>>;

export interface LoopOptions extends CutOptions {
  /** Values to begin with; every free parameter of the circuit needs one. */
  readonly parameters?: Parameters | undefined;
  readonly precision?: Precision | undefined;
}

export const LOOP_OPTIONS = {
  ...CUT_OPTIONS,
  precision: PRECISION,
} satisfies OptionTable<LoopOptions>;
