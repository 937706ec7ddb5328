import { Command } from 'commander';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from '../output/output.js';
import { IMPORT_OPTIONS } from '../../api/options/exchange.js';

export function importCommand(submit: Submit): Command {
  const command = new Command('import')
    .description(
      'Brings back what a quantum processor or another simulator measured of the exported subexperiments, in place of ' +
        'evaluating them. Another import adds its shots to those that are there. Either all files are taken in, or ' +
        'nothing is changed.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'; the exported folder is not needed")
    .argument(
      '<files...>',
      'JSON: counts { ID: { "0110": 512, ... } }, or without names in the order of the export; results of SamplerV2; - is standard input',
    );
  withSharedOptions(withOptions(command, IMPORT_OPTIONS)).addHelpText(
    'after',
    `
Examples:
  kroncut import out counts.json
  kroncut import out results/*.json
  kroncut import out round2.json --round 2
  kroncut import out counts.json --for-expect 'XXII + ZZII'`,
  );
  return command.action((directory: string, files: string[], options: SharedOptions) => {
    const { dryRun } = options;
    const asked = given(IMPORT_OPTIONS, options);
    const request = { command: 'import', directory, files, options: asked, dryRun } as const;
    submit(options, request, async (answer, { out }) => {
      const { formatImport } = await import('../output/formatExchange.js');
      const { formatPrediction } = await import('../output/format.js');
      out.answer(answer, () =>
        'dryRun' in answer
          ? lines(formatPrediction(answer.stages))
          : lines(formatImport(answer), out.aside(`Next: kroncut reconstruct ${directory} --top 10`)),
      );
      return 0;
    });
  });
}
