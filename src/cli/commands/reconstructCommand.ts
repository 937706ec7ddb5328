import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import { flag } from '../../options/readers.js';
import type { OptionSpec } from '../../options/option.js';
import type { JobAnswer } from '../../api/jobs.js';
import type { App, Submit } from './app.js';
import { asksNothing, requireQuery } from '../../reconstruct/queries/registry.js';
import { given, withOptions, withSharedOptions, type SharedOptions } from './options.js';
import { lines, type Output } from '../output/output.js';
import { RECONSTRUCT_OPTIONS, SCALE_OPTIONS } from '../../api/options/reconstruct.js';

const { seed, explain, output, ...queries } = RECONSTRUCT_OPTIONS;

/** Options that stand after those of every command. */
const FURTHER = {
  seed,
  output,
  // `stream` on the command line.
  stdout: {
    flags: '--stdout',
    help: 'with --full: .npy to standard output, no file; the other answers to standard error',
    reader: flag,
  },
  explain,
  plan: {
    flags: '--plan',
    help: 'answer nothing, but say what it takes on --ranks; the directory need only be cut',
    reader: flag,
  },
  ranks: SCALE_OPTIONS.ranks,
  deviceMemory: SCALE_OPTIONS.deviceMemory,
} satisfies Readonly<Record<string, OptionSpec>>;

export function reconstructCommand(submit: Submit): Command {
  const command = new Command('reconstruct')
    .description(
      'Contracts the tensors of a run directory and answers one or more queries. Outcome bit i is qubit i, or ' +
        'classical bit i where the circuit ends in measurements; --expect speaks of qubits. Answers are also kept in results/.',
    )
    .argument('<dir>', "run directory, filled by 'kroncut evaluate'");
  withSharedOptions(withOptions(command, queries));
  withOptions(command, FURTHER).addHelpText(
    'after',
    `
Examples:
  kroncut reconstruct out --top 10
  kroncut reconstruct out --full
  kroncut reconstruct /data/of/others --full -o full.npy
  kroncut reconstruct out --full --stdout | gzip > full.npy.gz
  kroncut reconstruct out --marginal 0,1,5 --json
  kroncut reconstruct out --probability @strings.txt
  kroncut reconstruct out --bins 4 --depth 3
  kroncut reconstruct out --samples 1000 --seed 7
  kroncut reconstruct out --expect 'ZZI + 0.5*XIX' --terms
  kroncut reconstruct out --top 10 --explain
  kroncut reconstruct out --full --plan --ranks 1000 --device-memory 80e9`,
  );
  return command.action((directory: string, options: SharedOptions) => {
    const asked = given(queries, options);
    const { plan, ranks, deviceMemory, stdout, ...further } = given(FURTHER, options);
    if (plan === true) {
      const planned = asksNothing(asked) ? { ...asked, full: true } : asked;
      const planOptions = { ...planned, seed: further.seed, ranks, deviceMemory };
      submit(options, { command: 'plan', directory, options: planOptions }, printPlan);
      return;
    }
    if (ranks !== undefined || deviceMemory !== undefined) {
      const option = ranks === undefined ? '--device-memory' : '--ranks';
      throw new KroncutError('usage', `${option} belongs to --plan; give that too`);
    }
    requireQuery(asked);
    if (stdout === true && options.json === true) {
      throw new KroncutError(
        'usage',
        '--stdout and --json both want standard output; results/ keeps the other answers as JSON',
      );
    }
    const { dryRun } = options;
    const request = { command: 'reconstruct', directory, options: { ...asked, ...further }, stdout } as const;
    submit(options, { ...request, dryRun }, (answer, { out }) =>
      'dryRun' in answer
        ? printPrediction(answer, further.explain === true, out)
        : printAnswer(answer, directory, stdout === true, out),
    );
  });
}

type Answer = JobAnswer<'reconstruct'>;

async function printPlan(answer: JobAnswer<'plan'>, { out }: App): Promise<number> {
  const { formatScalePlan } = await import('../output/formatPlan.js');
  out.answer(answer, () => lines(formatScalePlan(answer)));
  return 0;
}

async function printPrediction(
  answer: Extract<Answer, { readonly dryRun: unknown }>,
  explain: boolean,
  out: Output,
): Promise<number> {
  const { formatPrediction } = await import('../output/format.js');
  const { formatExplanation } = await import('../../reconstruct/plan/explainPlan.js');
  const explained = explain ? (answer.contractions ?? []) : [];
  out.answer(answer, () => lines(formatPrediction(answer.stages), explained.flatMap(formatExplanation)));
  return 0;
}

/** Where the distribution goes to standard output, the text goes to standard error. */
async function printAnswer(
  answer: Exclude<Answer, { readonly dryRun: unknown }>,
  directory: string,
  toStandardError: boolean,
  out: Output,
): Promise<number> {
  const { formatAnswers } = await import('../output/formatAnswers.js');
  const { formatReconstruction } = await import('../output/formatPlan.js');
  const { firstSamples } = await import('../output/firstSamples.js');
  const { explanation, samples } = answer;
  const first = await firstSamples(directory, samples);
  const text = [
    ...(explanation === undefined ? [] : formatReconstruction(explanation)),
    ...formatAnswers(answer, first),
  ];
  if (!toStandardError) out.answer(answer, () => lines(text));
  else for (const line of text) out.note(line);
  return 0;
}
