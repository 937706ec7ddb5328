import { Command } from 'commander';
import { KroncutError } from '../../error.js';
import type { Submit } from './app.js';
import {
  given,
  requireOutput,
  withOptions,
  withSharedOptions,
  writingTo,
  type SharedOptions,
} from './options.js';
import type { RunResult } from '../../api/run.js';
import { lines, type Output } from '../output/output.js';
import { RUN_OPTIONS } from '../../api/options/run.js';

export function runCommand(submit: Submit): Command {
  const command = new Command('run')
    .description(
      'Cuts a circuit, evaluates its subcircuits and answers queries about its outcome. Without a query: the ten most ' +
        'likely outcomes, and the whole distribution where it is smaller than 1 GiB. With --marginal and --expect alone ' +
        'only what they depend on is cut and evaluated. Where that is quick, the answer is compared with the uncut simulation. The ' +
        'same command again goes on from what the directory holds.',
    )
    .argument('<circuit>', 'OpenQASM 2 or 3 file, or - for standard input');
  withOptions(requireOutput(command), writingTo(RUN_OPTIONS, 'directory'));
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut run circuit.qasm --max-width 12 -o out
  kroncut run circuit.qasm --max-width 12 -o out --marginal 0,1,2 --json
  kroncut run circuit.qasm --max-width 12 -o out --expect '0.5*Z0 Z1 - X3'
  srun -N 2 --ntasks-per-node 4 node dist/main.js run circuit.qasm --max-width 20 --full -o out`,
  );
  return command.action((circuit: string, options: SharedOptions) => {
    const { directory = '', ...rest } = given(RUN_OPTIONS, options);
    const { dryRun } = options;
    const request = { command: 'run', circuit, options: { ...rest, directory }, dryRun } as const;
    submit(options, request, async (answer, { out }) => {
      const { formatCut, formatPrediction } = await import('../output/format.js');
      const runText = await textOfRuns();
      const { firstSamples } = await import('../output/firstSamples.js');
      if ('dryRun' in answer) {
        out.answer(answer, () =>
          lines(
            answer.cut === undefined ? [] : formatCut(answer.cut, false),
            formatPrediction(answer.stages),
          ),
        );
        return 0;
      }
      const first = await firstSamples(directory, answer.samples);
      out.answer(answer, () => runText(answer, directory, out, first));
      return answer.verify?.passed === false ? new KroncutError('verification', '').exitCode : 0;
    });
  });
}

function notCompared(answer: RunResult): string {
  const parts: unknown[] = Object.values(answer);
  const data = parts.map((part): unknown => Reflect.get(Object(part), 'data'));
  const why = data.some((kind) => kind === 'sampled' || kind === 'imported')
    ? ': these are estimates'
    : ', which would not be quick';
  return `Not compared with the uncut simulation${why} (kroncut verify does it)`;
}

/** The text of an answer; what formats it is loaded when there is one. */
async function textOfRuns(): Promise<
  (answer: RunResult, directory: string, out: Output, first: readonly string[]) => string
> {
  const { formatCut, formatLightCone, formatReused, formatTimings, formatVerify } =
    await import('../output/format.js');
  const { formatAnswers } = await import('../output/formatAnswers.js');
  return (answer, directory, out, first) =>
    lines(
      out.aside(
        formatLightCone(answer.lightCone),
        formatCut(answer.cut, answer.reused.cut),
        formatReused(answer.reused),
        '',
      ),
      formatAnswers(answer, first),
      answer.verify?.passed === false
        ? ['', ...formatVerify(answer.verify)]
        : out.aside('', answer.verify === undefined ? notCompared(answer) : formatVerify(answer.verify)),
      out.aside(
        formatTimings(answer.timings),
        `Run directory: ${directory}`,
        answer.report === undefined ? [] : `Page: ${answer.report}`,
      ),
    );
}
