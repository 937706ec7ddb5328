import { Command } from 'commander';
import { dryRunReconstruct } from '../api/dryRun.js';
import { planReconstruct } from '../api/explainReconstruct.js';
import { reconstruct } from '../api/reconstruct.js';
import { KroncutError } from '../error.js';
import { formatExplanation } from '../reconstruct/plan/explainPlan.js';
import { asksNothing, requireQuery } from '../reconstruct/queries/registry.js';
import type { Submit } from './app.js';
import { formatReconstruction, formatScalePlan } from './formatPlan.js';
import {
  byteCount,
  queriesOf,
  wholeNumber,
  withQueryOptions,
  withSharedOptions,
  type QueryCliOptions,
} from './options.js';
import { formatPrediction } from './format.js';
import { formatAnswers } from './formatAnswers.js';
import { lines } from './output.js';

interface ReconstructCliOptions extends QueryCliOptions {
  readonly plan?: boolean;
  readonly ranks?: number;
  readonly deviceMemory?: number;
  readonly stdout?: boolean;
}

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
    .option('--stdout', 'with --full: .npy to standard output, no file; the other answers to standard error')
    .option('--explain', 'print how each query is contracted, what that should take, and what it took')
    .option('--plan', 'answer nothing, but say what it takes on --ranks; the directory need only be cut')
    .option('--ranks <n>', 'with --plan: ranks, each as fast as one of this job', wholeNumber(1))
    .option(
      '--device-memory <bytes>',
      'with --plan: memory of each rank, such as 80GB or 80e9 (default: as here)',
      byteCount,
    )
    .addHelpText(
      'after',
      `
Examples:
  kroncut reconstruct out --top 10
  kroncut reconstruct out --full
  kroncut reconstruct out --full --stdout | gzip > full.npy.gz
  kroncut reconstruct out --marginal 0,1,5 --json
  kroncut reconstruct out --probability @strings.txt
  kroncut reconstruct out --bins 4 --depth 3
  kroncut reconstruct out --samples 1000 --seed 7
  kroncut reconstruct out --expect 'ZZI + 0.5*XIX' --terms
  kroncut reconstruct out --top 10 --explain
  kroncut reconstruct out --full --plan --ranks 1000 --device-memory 80e9`,
    );
  return command.action((directory: string, options: ReconstructCliOptions) => {
    const queries = queriesOf(options);
    const { plan, ranks, deviceMemory, explain } = options;
    if (plan === true) {
      const planned = asksNothing(queries) ? { ...queries, full: true } : queries;
      submit(options, async ({ out, common }) => {
        const answer = await planReconstruct(directory, { ...common, ...planned, ranks, deviceMemory });
        out.answer(answer, () => lines(formatScalePlan(answer)));
        return 0;
      });
      return;
    }
    if (ranks !== undefined || deviceMemory !== undefined) {
      const option = ranks === undefined ? '--device-memory' : '--ranks';
      throw new KroncutError('usage', `${option} belongs to --plan; give that too`);
    }
    requireQuery(queries);
    if (options.stdout === true && options.json === true) {
      throw new KroncutError(
        'usage',
        '--stdout and --json both want standard output; results/ keeps the other answers as JSON',
      );
    }
    const stream = options.stdout === true ? process.stdout : undefined;
    submit(options, async ({ out, common }) => {
      const asked = { ...common, ...queries, explain, stream };
      if (options.dryRun === true) {
        const answer = await dryRunReconstruct(directory, asked);
        const explained = explain === true ? (answer.contractions ?? []) : [];
        out.answer(answer, () =>
          lines(formatPrediction(answer.stages), explained.flatMap(formatExplanation)),
        );
        return 0;
      }
      const answers = await reconstruct(directory, asked);
      const { explanation } = answers;
      const text = [
        ...(explanation === undefined ? [] : formatReconstruction(explanation)),
        ...formatAnswers(answers),
      ];
      if (stream === undefined) out.answer(answers, () => lines(text));
      else for (const line of text) out.note(line);
      return 0;
    });
  });
}
