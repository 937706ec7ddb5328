import { Command } from 'commander';
import { dryRunReconstruct } from '../api/dryRun.js';
import { reconstruct, requireQuery } from '../api/reconstruct.js';
import type { Submit } from './program.js';
import {
  queriesOf,
  wholeNumber,
  withQueryOptions,
  withSharedOptions,
  type QueryCliOptions,
} from './options.js';
import { formatAnswers, formatPrediction } from './format.js';
import { lines } from './output.js';

export function reconstructCommand(submit: Submit): Command {
  const command = new Command('reconstruct')
    .summary('answer questions about the outcome of the whole circuit')
    .description(
      'Contracts the tensors of a run directory and answers one or more queries. Outcome bit i is qubit i, or ' +
        'classical bit i where the circuit ends in measurements; --expect speaks of qubits. Answers are also kept in results/.',
    )
    .argument('<dir>', "run directory, filled by 'kroncut evaluate'");
  withSharedOptions(withQueryOptions(command))
    .option('--seed <n>', 'seed of --samples (default: 0)', wholeNumber(0))
    .option('--explain', 'print how each query is contracted')
    .addHelpText(
      'after',
      `
Examples:
  kroncut reconstruct out --top 10
  kroncut reconstruct out --full
  kroncut reconstruct out --marginal 0,1,5 --json
  kroncut reconstruct out --probability @strings.txt
  kroncut reconstruct out --bins 4 --depth 3
  kroncut reconstruct out --samples 1000 --seed 7
  kroncut reconstruct out --expect 'ZZI + 0.5*XIX' --terms`,
    );
  return command.action((directory: string, options: QueryCliOptions) => {
    const queries = queriesOf(options);
    requireQuery(queries);
    submit(options, async ({ out, common }) => {
      const asked = { ...common, ...queries };
      if (options.dryRun === true || options.explain === true) {
        const plan = await dryRunReconstruct(directory, asked);
        const explained = options.explain === true ? (plan.plans ?? []) : [];
        if (options.dryRun === true) {
          out.answer(plan, () => lines(formatPrediction(plan.stages), explained));
          return 0;
        }
        for (const line of explained) out.note(line);
      }
      const answers = await reconstruct(directory, asked);
      out.answer(answers, () => lines(formatAnswers(answers)));
      return 0;
    });
  });
}
