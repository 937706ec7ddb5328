import { Command } from 'commander';
import { dryRunEvaluate } from '../api/dryRun.js';
import { evaluate } from '../api/evaluate.js';
import type { Submit } from './app.js';
import {
  withPrecisionOption,
  withSharedOptions,
  type PrecisionCliOptions,
  type SharedOptions,
} from './options.js';
import { formatEvaluate, formatPrediction } from './format.js';
import { lines } from './output.js';

interface EvaluateCliOptions extends SharedOptions, PrecisionCliOptions {
  readonly force?: boolean;
}

export function evaluateCommand(submit: Submit): Command {
  const command = new Command('evaluate')
    .summary('evaluate the subcircuits of a run directory')
    .description(
      'Computes the tensor of every subcircuit exactly and stores it as tensors/N.npy. The ranks of a job share the ' +
        'subcircuits. What is there already is kept, so a job that was killed goes on where it stopped.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'")
    .option('--force', 'evaluate everything again');
  withSharedOptions(withPrecisionOption(command)).addHelpText(
    'after',
    `
Examples:
  kroncut evaluate out
  srun -N 2 --ntasks-per-node 4 node dist/main.js evaluate out --precision single`,
  );
  return command.action((directory: string, options: EvaluateCliOptions) =>
    submit(options, async ({ out, common }) => {
      const { precision, force } = options;
      if (options.dryRun === true) {
        const answer = await dryRunEvaluate(directory, { ...common, precision });
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      const answer = await evaluate(directory, { ...common, precision, force });
      out.answer(answer, () =>
        lines(formatEvaluate(answer), `Next: kroncut reconstruct ${directory} --top 10`),
      );
      return 0;
    }),
  );
}
