import { Command } from 'commander';
import type { Submit } from './app.js';
import {
  EVALUATE_REFUSED,
  given,
  withOptions,
  withRefused,
  withSharedOptions,
  type SharedOptions,
} from './options.js';
import { lines } from './output.js';
import { EVALUATE_OPTIONS } from '../api/options/evaluate.js';

export function evaluateCommand(submit: Submit): Command {
  const command = new Command('evaluate')
    .description(
      'Computes the tensor of every subcircuit exactly and stores it as tensors/N.npy. The ranks of a job share the ' +
        'subcircuits. What is there already is kept, so a job that was killed goes on where it stopped.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'");
  withRefused(withOptions(command, EVALUATE_OPTIONS), EVALUATE_REFUSED);
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut evaluate out
  srun -N 2 --ntasks-per-node 4 node dist/main.js evaluate out --precision single`,
  );
  return command.action((directory: string, options: SharedOptions) =>
    submit(options, async ({ out, common }) => {
      const { formatEvaluate, formatPrediction } = await import('./format.js');
      const asked = { ...common, ...given(EVALUATE_OPTIONS, options) };
      if (options.dryRun === true) {
        const { dryRunEvaluate } = await import('../api/dryRun.js');
        const answer = await dryRunEvaluate(directory, asked);
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      const { evaluate } = await import('../api/evaluate.js');
      const answer = await evaluate(directory, asked);
      out.answer(answer, () =>
        lines(formatEvaluate(answer), `Next: kroncut reconstruct ${directory} --top 10`),
      );
      return 0;
    }),
  );
}
