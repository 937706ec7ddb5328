import { Command } from 'commander';
import { dryRunVerify } from '../api/dryRun.js';
import { verify } from '../api/verify.js';
import { KroncutError } from '../error.js';
import type { Submit } from './program.js';
import { nonNegativeNumber, withSharedOptions, type SharedOptions } from './options.js';
import { formatPrediction, formatVerify } from './format.js';
import { lines } from './output.js';

interface VerifyCliOptions extends SharedOptions {
  readonly tolerance?: number;
}

export function verifyCommand(submit: Submit): Command {
  const command = new Command('verify')
    .summary('compare a run with the uncut simulation')
    .description(
      'Simulates the uncut circuit and compares its distribution with results/full.npy, or with the distribution as it ' +
        'streams from the tensors where there is no such file. Exit code 1 if they differ by more than the tolerance.',
    )
    .argument('<dir>', "run directory, filled by 'kroncut evaluate'")
    .option(
      '--tolerance <t>',
      'largest absolute difference (default: 1e-10 in double, 1e-5 in single precision)',
      nonNegativeNumber,
    );
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut verify out
  kroncut verify out --tolerance 1e-12 --json`,
  );
  return command.action((directory: string, options: VerifyCliOptions) =>
    submit(options, async ({ out, common }) => {
      if (options.dryRun === true) {
        const answer = await dryRunVerify(directory, common);
        out.answer(answer, () => lines(formatPrediction(answer.stages)));
        return 0;
      }
      const answer = await verify(directory, { ...common, tolerance: options.tolerance });
      out.answer(answer, () => lines(formatVerify(answer)));
      if (answer.passed) return 0;
      out.note(
        `kroncut: ${directory} differs from the uncut simulation by ${answer.maxAbsError}, more than ${answer.tolerance}`,
      );
      return new KroncutError('verification', '').exitCode;
    }),
  );
}
