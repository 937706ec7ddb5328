import { Command } from 'commander';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from '../output/output.js';
import { SUBEXPERIMENTS_OPTIONS } from '../../api/options/exchange.js';

export function subexperimentsCommand(submit: Submit): Command {
  const command = new Command('subexperiments')
    .description(
      'Lists what a quantum processor would run for a run directory: each subcircuit with one setting at every end of a ' +
        'cut. Nothing is written.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'");
  withSharedOptions(withOptions(command, SUBEXPERIMENTS_OPTIONS)).addHelpText(
    'after',
    `
Examples:
  kroncut subexperiments out
  kroncut subexperiments out --shots 1000000 --json
  kroncut subexperiments out --capabilities none --for-expect 'XXII + ZZII'`,
  );
  return command.action((directory: string, options: SharedOptions) => {
    const asked = given(SUBEXPERIMENTS_OPTIONS, options);
    submit(options, { command: 'subexperiments', directory, options: asked }, async (answer, { out }) => {
      const { formatSubexperiments } = await import('../output/formatExchange.js');
      out.answer(answer, () => lines(formatSubexperiments(answer)));
      return 0;
    });
  });
}
