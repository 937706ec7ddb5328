import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import type { Submit } from './app.js';
import {
  given,
  requireOutput,
  withOptions,
  withSharedOptions,
  writingTo,
  type SharedOptions,
} from './options.js';
import { lines } from '../output/output.js';
import { EXPORT_OPTIONS, type ExportOptions } from '../../api/options/exchange.js';

/** What an import has to be told of the order of results without names, and of other bases. */
function asExported({ seed, round, forExpect }: Pick<ExportOptions, 'seed' | 'round' | 'forExpect'>): string {
  return [
    ...(seed === undefined ? [] : [` --seed ${seed}`]),
    ...(round === undefined ? [] : [` --round ${round}`]),
    ...(forExpect === undefined ? [] : [` --for-expect '${forExpect}'`]),
  ].join('');
}

export function exportCommand(submit: Submit): Command {
  const command = new Command('export')
    .description(
      'Writes the subexperiments of a run directory for simulators and quantum processors: circuits or jobs, in the ' +
        "order in which they are to be run, and manifest.json. 'kroncut import' brings the counts back.",
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'");
  withOptions(requireOutput(command), writingTo(EXPORT_OPTIONS, 'output'));
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut export out -o circuits --format qasm3 --shots 1000000
  kroncut export out -o jobs --format sampler --shots 5000000 --capabilities measure
  kroncut export out -o jobs --format qrmi --shots 5000000 --capabilities none --job-executions 1000000`,
  );
  return command.action((directory: string, options: SharedOptions) => {
    const { dryRun } = options;
    const { output = '', format, shots, ...choices } = given(EXPORT_OPTIONS, options);
    if (format === undefined || shots === undefined) {
      throw new KroncutError('internal', 'a required option was not asked for');
    }
    const asked = { ...choices, output, format, shots };
    submit(options, { command: 'export', directory, options: asked, dryRun }, async (answer, { out }) => {
      const { formatExport } = await import('../output/formatExchange.js');
      const { formatPrediction } = await import('../output/format.js');
      out.answer(answer, () =>
        'dryRun' in answer
          ? lines(formatPrediction(answer.stages))
          : lines(
              formatExport(answer),
              out.aside(`Next: run them, and then kroncut import ${directory} FILES${asExported(choices)}`),
            ),
      );
      return 0;
    });
  });
}
