import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import type { Submit } from './app.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines } from '../output/output.js';
import { VERIFY_OPTIONS } from '../../api/options/verify.js';

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
  return command.action((directory: string, options: SharedOptions) => {
    const { dryRun } = options;
    const asked = given(VERIFY_OPTIONS, options);
    submit(options, { command: 'verify', directory, options: asked, dryRun }, async (answer, { out }) => {
      const { formatPrediction, formatVerify } = await import('../output/format.js');
      if ('dryRun' in answer) {
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      out.answer(answer, () => lines(formatVerify(answer)));
      if (answer.passed) return 0;
      const other = answer.compared === 'parts' ? 'independent checks' : 'the uncut simulation';
      out.note(
        `kroncut: ${directory} differs from ${other} by ${answer.maxAbsError}, more than ${answer.tolerance}`,
      );
      return new KroncutError('verification', '').exitCode;
    });
  });
}
