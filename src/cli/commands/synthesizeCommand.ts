import { Command } from 'commander';
import type { SynthesizeReport } from '../../api/synthesize.js';
import { formatSeconds } from '../../run/resources/units.js';
import {
  given,
  requireOutput,
  withOptions,
  withSharedOptions,
  writingTo,
  type SharedOptions,
} from './options.js';
import { lines, plural } from '../output/output.js';
import type { Submit } from './app.js';
import { SYNTHESIZE_OPTIONS } from '../../api/options/synthesize.js';

export function synthesizeCommand(submit: Submit): Command {
  const command = new Command('synthesize')
    .description(
      'Looks for a circuit of few two-qubit gates that is a unitary of up to 4 qubits, or prepares a state of up to 6,\n' +
        'and writes it as OpenQASM 2. The target is a .npy file (2^n x 2^n: a unitary; 2^n: a state) or a circuit,\n' +
        'whose unitary, or with --state whose state, is meant. The result is checked densely before it is written.',
    )
    .argument(
      '<target>',
      '.npy file of complex128 or float64, OpenQASM 2 or 3 file, or - for a circuit on standard input',
    );
  withOptions(requireOutput(command), writingTo(SYNTHESIZE_OPTIONS, 'output'));
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut synthesize unitary.npy -o circuit.qasm
  kroncut synthesize state.npy --pairs 0-1,1-2 -o prepare.qasm
  kroncut synthesize circuit.qasm --state -o prepare.qasm --json`,
  );
  return command.action((target: string, options: SharedOptions) => {
    const { dryRun } = options;
    const asked = given(SYNTHESIZE_OPTIONS, options);
    submit(options, { command: 'synthesize', target, options: asked, dryRun }, async (answer, { out }) => {
      if ('dryRun' in answer) {
        const { formatPrediction } = await import('../output/format.js');
        out.answer(answer, () =>
          lines(`A ${answer.kind} of ${plural(answer.qubits, 'qubit')}`, formatPrediction(answer.stages)),
        );
        return 0;
      }
      const { circuit: _circuit, ...report } = answer;
      out.answer(report, () => lines(formatSynthesize(report), out.aside(`Circuit: ${asked.output}`)));
      return 0;
    });
  });
}

function formatSynthesize({
  kind,
  qubits,
  gates,
  depth,
  least,
  distance,
  seconds,
}: SynthesizeReport): string[] {
  const counts = Object.entries(gates).map(([name, count]) => `${count} ${name}`);
  return [
    `Synthesize: a ${kind} of ${plural(qubits, 'qubit')}; ${formatSeconds(seconds)}`,
    `${counts.length === 0 ? 'No gates' : counts.join(', ')}, depth ${depth}`,
    `Two-qubit gates: at least ${least} by the entanglement across the cuts of the qubits`,
    `Distance from the target: ${distance.toExponential(2)}`,
  ];
}
