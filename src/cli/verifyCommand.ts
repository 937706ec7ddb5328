import { Command } from 'commander';
import { KroncutError } from '../error.js';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from './output.js';
import { VERIFY_OPTIONS } from '../api/options/verify.js';

export function verifyCommand(submit: Submit): Command {
  const command = new Command('verify')
    .description(
      'Simulates the uncut circuit and compares its distribution with results/full.npy, or with the distribution as it ' +
        'streams from the tensors where there is no such file. Where the simulation does not fit into memory, independent ' +
        'checks of parts take its place: the sum of all probabilities, marginals of small light cones, and sampled ' +
        'outcomes against other cuts. Exit code 1 if they differ by more than the tolerance.',
    )
    .argument('<dir>', "run directory, filled by 'kroncut evaluate'");
  withOptions(command, VERIFY_OPTIONS);
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut verify out
  kroncut verify out --tolerance 1e-12 --json`,
  );
  return command.action((directory: string, options: SharedOptions) =>
    submit(options, async ({ out, common }) => {
      const { formatPrediction, formatVerify } = await import('./format.js');
      const asked = { ...common, ...given(VERIFY_OPTIONS, options) };
      if (options.dryRun === true) {
        const { dryRunVerify } = await import('../api/dryRun.js');
        const answer = await dryRunVerify(directory, asked);
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      const { verify } = await import('../api/verify.js');
      const answer = await verify(directory, asked);
      out.answer(answer, () => lines(formatVerify(answer)));
      if (answer.passed) return 0;
      out.note(
        `kroncut: ${directory} differs from ${answer.compared === 'parts' ? 'independent checks' : 'the uncut simulation'} by ${answer.maxAbsError}, more than ${answer.tolerance}`,
      );
      return new KroncutError('verification', '').exitCode;
    }),
  );
}
