/** Options of `report`. */
import type { OptionTable } from '../../options/option.js';
import { COMMON_OPTIONS, FILE, type CommonOptions } from './common.js';

export interface ReportOptions extends CommonOptions {
  /** File of the page; default: `report.html` in the run directory. */
  readonly output?: string | undefined;
}

export const REPORT_OPTIONS = {
  output: {
    flags: '-o, --output <file>',
    help: 'file of the page (default: report.html in the run directory)',
    reader: FILE,
  },
  ...COMMON_OPTIONS,
} satisfies OptionTable<ReportOptions>;
