import { Command } from 'commander';
import type { Submit } from './app.js';
import { drawingChoices } from '../output/drawing.js';
import {
  given,
  requireOutput,
  withOptions,
  withSharedOptions,
  writingTo,
  type SharedOptions,
} from './options.js';
import { lines } from '../output/output.js';
import { throwIfAborted } from '../../run/context.js';
import { CUT_OPTIONS } from '../../api/options/cut.js';

export function cutCommand(submit: Submit): Command {
  const command = new Command('cut')
    .description(
      'Finds where to cut the wires and gates of a circuit so that no subcircuit is wider than --max-width, and begins a run ' +
        'directory: circuit.qasm, circuit.svg, cuts.json, subcircuits/N.qasm and manifest.json. Draws the circuit with its cuts, and ' +
        'says what the stages after it would take, and what the uncut simulation.',
    )
    .argument('<circuit>', 'OpenQASM 2 or 3 file, or - for standard input');
  withOptions(requireOutput(command), writingTo(CUT_OPTIONS, 'directory'));
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut cut circuit.qasm --max-width 12 -o out
  kroncut cut circuit.qasm --max-width 12 --max-subcircuits 2 --objective sampling -o out --json
  kroncut generate supremacy --qubits 16 | kroncut cut - --max-width 12 -o out`,
  );
  return command.action((circuit: string, options: SharedOptions) => {
    const { directory = '', ...rest } = given(CUT_OPTIONS, options);
    const asked = { ...rest, directory, drawing: drawingChoices(options.json === true) };
    const { dryRun } = options;
    submit(options, { command: 'cut', circuit, options: asked, dryRun }, async (answer, { out, signal }) => {
      const { formatCut, formatExplanation, formatPrediction } = await import('../output/format.js');
      if ('dryRun' in answer) {
        out.answer(answer, () =>
          lines(
            answer.cut === undefined ? [] : formatCut(answer.cut, false),
            answer.explanation === undefined ? [] : out.aside(formatExplanation(answer.explanation)),
            formatPrediction(answer.stages),
          ),
        );
        throwIfAborted(signal);
        return 0;
      }
      const { summary, explanation, reused } = answer;
      out.answer({ ...summary, explanation }, () =>
        lines(
          formatCut(summary, reused),
          out.aside(formatExplanation(explanation, directory), `Next: kroncut evaluate ${directory}`),
        ),
      );
      return 0;
    });
  });
}
