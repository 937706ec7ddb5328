import { Command, InvalidArgumentError, Option } from 'commander';
import { COMPILE_METHODS } from '../api/compile.js';
import { dryRunSynthesize, synthesize, type SynthesizeReport } from '../api/synthesize.js';
import type { QubitPair } from '../compile/block/schmidtNeeds.js';
import { GATE_SETS, type GateSet } from '../compile/gates/rewrite.js';
import type { InstantiateMethod } from '../native/addon.js';
import { formatSeconds } from '../run/units.js';
import { formatPrediction } from './format.js';
import {
  nonNegativeInteger,
  parameter,
  positiveInteger,
  positiveNumber,
  withSharedOptions,
  type SharedOptions,
  withOutput,
} from './options.js';
import { lines, plural } from './output.js';
import type { Submit } from './app.js';

interface SynthesizeCliOptions extends SharedOptions {
  readonly output: string;
  readonly state?: boolean;
  readonly pairs?: readonly QubitPair[];
  readonly threshold?: number;
  readonly multistarts?: number;
  readonly templates?: number;
  readonly method?: InstantiateMethod;
  readonly gateSet?: GateSet;
  readonly seed?: number;
  readonly param?: Readonly<Record<string, number>>;
}

export function synthesizeCommand(submit: Submit): Command {
  const command = withOutput(new Command('synthesize'), '<file>', 'the circuit')
    .summary('find a circuit for a unitary or a state of few qubits')
    .description(
      'Looks for a circuit of few two-qubit gates that is a unitary of up to 4 qubits, or prepares a state of up to 6,\n' +
        'and writes it as OpenQASM 2. The target is a .npy file (2^n x 2^n: a unitary; 2^n: a state) or a circuit,\n' +
        'whose unitary, or with --state whose state, is meant. The result is checked densely before it is written.',
    )
    .argument(
      '<target>',
      '.npy file of complex128 or float64, OpenQASM 2 or 3 file, or - for a circuit on standard input',
    )
    .option('--state', 'of a circuit: the state that it makes of |0...0> (of a .npy file: refuse a unitary)')
    .option('--pairs <list>', 'pairs of qubits that a gate may be on, as 0-1,1-2 (default: all)', pairList)
    .option('--threshold <e>', 'largest distance from the target (default: 1e-8)', positiveNumber)
    .option('--multistarts <m>', 'starts of each template (default: 4)', positiveInteger)
    .option('--templates <n>', 'most templates of the search for few gates (default: 500)', positiveInteger)
    .addOption(new Option('--method <name>', 'how angles are found (default: auto)').choices(COMPILE_METHODS))
    .addOption(new Option('--gate-set <names>', 'gates of the result (default: u3-cx)').choices(GATE_SETS))
    .option('--seed <n>', 'seed of the random starts', nonNegativeInteger)
    .option('--param <name=value>', 'value of a free parameter of the circuit; may be repeated', parameter);
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut synthesize unitary.npy -o circuit.qasm
  kroncut synthesize state.npy --pairs 0-1,1-2 -o prepare.qasm
  kroncut synthesize circuit.qasm --state -o prepare.qasm --json`,
  );
  return command.action((target: string, options: SynthesizeCliOptions) =>
    submit(options, async ({ out, common }) => {
      const { json: _j, quiet: _q, threads: _t, device: _d, dryRun, param, state, ...given } = options;
      const kind = state === true ? ('state' as const) : undefined;
      const asked = { ...given, ...common, kind, parameters: param };
      if (dryRun === true) {
        const answer = await dryRunSynthesize(target, asked);
        out.answer(answer, () =>
          lines(`A ${answer.kind} of ${plural(answer.qubits, 'qubit')}`, formatPrediction(answer.stages)),
        );
        return 0;
      }
      const { circuit: _circuit, ...report } = await synthesize(target, asked);
      out.answer(report, () => lines(formatSynthesize(report), `Circuit: ${options.output}`));
      return 0;
    }),
  );
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

function pairList(text: string): QubitPair[] {
  return text.split(',').map((part) => {
    const found = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part);
    if (found === null) throw new InvalidArgumentError(`pairs of qubits are needed, as 0-1,1-2`);
    return [Number(found[1]), Number(found[2])];
  });
}
