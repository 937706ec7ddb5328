import { Command } from 'commander';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from '../output/output.js';
import { EVALUATE_OPTIONS } from '../../api/options/evaluate.js';

export function evaluateCommand(submit: Submit): Command {
  const command = new Command('evaluate')
    .description(
      'Computes the tensor of every subcircuit and stores it as tensors/N.npy: exactly, or with --shots from as many shots ' +
        'of its subexperiments as a quantum processor would run. The ranks of a job share the subcircuits. What is there ' +
        'already is kept, so a job that was killed goes on where it stopped.',
    )
    .argument('<dir>', "run directory, made by 'kroncut cut'");
  withOptions(command, EVALUATE_OPTIONS);
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut evaluate out
  kroncut evaluate out --shots 1000000 --seed 7
  kroncut evaluate out --standard-error 0.01 --for-expect "ZZI + 0.5*IXX"
  srun -N 2 --ntasks-per-node 4 node dist/main.js evaluate out --precision single`,
  );
  return command.action((directory: string, options: SharedOptions) => {
    const { dryRun } = options;
    const asked = given(EVALUATE_OPTIONS, options);
    submit(options, { command: 'evaluate', directory, options: asked, dryRun }, async (answer, { out }) => {
      const { formatEvaluate, formatPrediction } = await import('../output/format.js');
      out.answer(answer, () =>
        'dryRun' in answer
          ? lines(formatPrediction(answer.stages))
          : lines(formatEvaluate(answer), out.aside(`Next: kroncut reconstruct ${directory} --top 10`)),
      );
      return 0;
    });
  });
}
