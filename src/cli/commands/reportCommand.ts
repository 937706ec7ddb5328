import { Command } from 'commander';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from '../output/output.js';
import { REPORT_OPTIONS } from '../../api/options/report.js';

export function reportCommand(submit: Submit): Command {
  const command = new Command('report')
    .description(
      'Writes a page about a run directory, one file of HTML that needs no network and no script: the circuit with its ' +
        'cuts, subcircuits and bonds, outcomes with error bars, time and memory against predictions and the uncut ' +
        'circuit, and how the run was made. What the run does not hold is named with the command that makes it. The run ' +
        'is only read, also while others work on it.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'");
  withSharedOptions(withOptions(command, REPORT_OPTIONS)).addHelpText(
    'after',
    `
Examples:
  kroncut report out
  kroncut report out -o page.html`,
  );
  return command.action((directory: string, options: SharedOptions) => {
    const { dryRun } = options;
    const asked = given(REPORT_OPTIONS, options);
    submit(options, { command: 'report', directory, options: asked, dryRun }, async (answer, { out }) => {
      if ('dryRun' in answer) {
        const { formatPrediction } = await import('../output/format.js');
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      const { formatBytes } = await import('../../run/resources/units.js');
      const hints = new Set(
        answer.missing.map(({ what, command: makes }) => `  ${what}${makes === null ? '' : ` ${makes}`}`),
      );
      out.answer(answer, () =>
        lines(
          `Page: ${answer.file}, ${formatBytes(answer.bytes)}`,
          out.aside(hints.size === 0 ? [] : ['It goes without:', ...hints]),
        ),
      );
      return 0;
    });
  });
}
