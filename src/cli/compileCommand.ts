import { Command, Option } from 'commander';
import { compile, COMPILE_METHODS, type CircuitSize, type CompileReport } from '../api/compile.js';
import { dryRunCompile, type CompileDryRun, type CompileWorkers } from '../api/dryRunCompile.js';
import { compileThenCut, type CompileThenCutResult, type CutEffort } from '../api/compileThenCut.js';
import { SCANS, type Scan } from '../compile/block/deletion.js';
import { GATE_SETS, type GateSet } from '../compile/gates/rewrite.js';
import { SYNTHESES, type Synthesis } from '../compile/block/block.js';
import type { Objective } from '../cut/solution/summary.js';
import { KroncutError } from '../error.js';
import type { InstantiateMethod } from '../native/addon.js';
import { formatBytes, formatSeconds } from '../run/units.js';
import type { Submit } from './app.js';
import {
  nonNegativeInteger,
  parameter,
  positiveInteger,
  positiveNumber,
  withSharedOptions,
  type SharedOptions,
  withOutput,
} from './options.js';
import { formatPrediction } from './format.js';
import { lines, plural, table } from './output.js';

interface CompileCliOptions extends SharedOptions {
  readonly output: string;
  readonly blockSize?: number;
  readonly method?: InstantiateMethod;
  readonly multistarts?: number;
  readonly threshold?: number;
  readonly maxError?: number;
  readonly scan?: Scan;
  readonly synthesis?: Synthesis;
  readonly rounds?: number;
  readonly gateSet?: GateSet;
  readonly seed?: number;
  readonly work?: string;
  readonly param?: Readonly<Record<string, number>>;
  readonly force?: boolean;
  readonly then?: 'cut';
  readonly maxWidth?: number;
  readonly objective?: Objective;
  readonly timeLimit?: number;
  readonly run?: string;
}

export function compileCommand(submit: Submit): Command {
  const command = withOutput(new Command('compile'), '<file>', 'the compiled circuit')
    .summary('shorten a circuit by finding the angles of its blocks anew')
    .description(
      'Partitions a circuit into blocks of a few qubits, deletes gates from each while other angles can make up\n' +
        'for it, and writes the shorter circuit as OpenQASM 2. Every block is checked densely before it counts;\n' +
        'errorBound says how far the whole may be from the original. A job that was killed goes on from the blocks\n' +
        'in FILE.work.',
    )
    .argument('<circuit>', 'OpenQASM 2 or 3 file, or - for standard input')
    .option('-b, --block-size <qubits>', 'most qubits of a block, 2 to 12 (default: 3)', nonNegativeInteger)
    .addOption(new Option('--method <name>', 'how angles are found (default: auto)').choices(COMPILE_METHODS))
    .option('--multistarts <m>', 'starts for each deleted cx (default: 8)', positiveInteger)
    .option(
      '--threshold <e>',
      'largest distance 1 - |Tr| / 2^n of a block with which a deletion is kept (default: 1e-8)',
      positiveNumber,
    )
    .option(
      '--max-error <e>',
      'largest bound for the whole circuit, shared by the blocks (default: 1e-6)',
      positiveNumber,
    )
    .addOption(
      new Option(
        '--scan <order>',
        'gates tried along the circuit, against it, cx first, or so in groups (default: weight)',
      ).choices(SCANS),
    )
    .addOption(
      new Option(
        '--synthesis <how>',
        'also search blocks to 4 qubits from scratch: a little, not at all, or long (default: auto)',
      ).choices(SYNTHESES),
    )
    .option('--rounds <n>', 'most rounds of partition and deletion (default: 2)', positiveInteger)
    .addOption(new Option('--gate-set <names>', 'gates of the result (default: u3-cx)').choices(GATE_SETS))
    .option('--seed <n>', 'seed of the random starts', nonNegativeInteger)
    .option('--work <dir>', 'folder for finished blocks (default: FILE.work)')
    .option('--param <name=value>', 'value of a free parameter of the circuit; may be repeated', parameter)
    .option('--force', 'replace other work in that folder')
    .addOption(
      new Option('--then <command>', 'also cut the compiled circuit, and say what compiling saved').choices([
        'cut',
      ]),
    )
    .option('--max-width <qubits>', 'for --then cut: widest subcircuit', positiveInteger)
    .addOption(new Option('--objective <what>', 'for --then cut').choices(['cost', 'sampling']))
    .option('--time-limit <s>', 'for --then cut: seconds for the search (default: 30)', positiveNumber)
    .option('--run <dir>', 'for --then cut: the run directory (default: FILE.run)');
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut compile circuit.qasm -o short.qasm
  kroncut compile circuit.qasm --block-size 4 --multistarts 16 -o short.qasm --json
  srun -N 2 --ntasks-per-node 4 node dist/main.js compile circuit.qasm --block-size 4 -o short.qasm`,
  );
  return command.action((circuit: string, options: CompileCliOptions) =>
    submit(options, async ({ out, common }) => {
      const { json: _j, quiet: _q, threads: _t, device: _d, dryRun, param, ...given } = options;
      const { then, maxWidth, objective, timeLimit, run = `${options.output}.run`, ...choices } = given;
      const asked = { ...choices, ...common, parameters: param };
      requireThen(options);
      if (dryRun === true) {
        const answer = await dryRunCompile(circuit, asked);
        out.answer(answer, () =>
          lines(
            `${plural(answer.blocks, 'block')} of a circuit with ${sizeText(answer.before)}`,
            answer.workers === null ? [] : workersText(answer.workers),
            formatPrediction(answer.stages),
            basisText(answer),
          ),
        );
        return 0;
      }
      if (then === 'cut') {
        const cutting = { directory: run, maxWidth, objective, timeLimit, force: options.force };
        const { circuit: _compiled, ...both } = await compileThenCut(circuit, asked, cutting);
        out.answer(both, () =>
          lines(formatCompile(both), formatSavings(both.cut), `Next: kroncut evaluate ${run}`),
        );
        return 0;
      }
      const { circuit: _circuit, ...report } = await compile(circuit, asked);
      out.answer(report, () => lines(formatCompile(report), `Compiled circuit: ${options.output}`));
      return 0;
    }),
  );
}

/** Options that say how to cut need `--then cut`. */
function requireThen({ then, maxWidth, objective, timeLimit, run }: CompileCliOptions): void {
  if (then !== undefined) return;
  const given = Object.entries({
    '--max-width': maxWidth,
    '--objective': objective,
    '--time-limit': timeLimit,
    '--run': run,
  }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new KroncutError('usage', `${given[0]} says how to cut the compiled circuit; add --then cut`);
}

function effortRow(title: string, effort: CutEffort | null): (string | number)[] {
  if (effort === null) return [title, 'none', '-', '-'];
  return [title, effort.wireCuts, effort.samplingOverhead, effort.subexperiments];
}

function formatSavings({ before, after }: CompileThenCutResult['cut']): string[] {
  return [
    'Cuts:',
    ...table(
      ['', 'wire cuts', 'sampling overhead', 'subexperiments'],
      [effortRow('before', before), effortRow('after', after)],
    ),
  ];
}

function workersText(workers: CompileWorkers): string {
  const { qubits, leastMemoryBytes, availableBytes, blocksSideBySide, threads, together } = workers;
  const needs = `The largest block, of ${plural(qubits, 'qubit')}, needs ${formatBytes(leastMemoryBytes)}`;
  const has = `a rank has ${formatBytes(availableBytes)}`;
  if (leastMemoryBytes > availableBytes) {
    return `${needs}, but ${has}: compile will refuse it; use a --block-size below ${qubits}`;
  }
  const sideBySide = `${plural(blocksSideBySide, 'such block')} side by side, ${plural(threads, 'thread')} each`;
  const shared = together === 0 ? '' : `; all ranks work on ${plural(together, 'block')} together`;
  return `${needs} with one thread, and ${has}: ${sideBySide}${shared}`;
}

/** What a predicted time is based on. */
function basisText({ compiledShare }: CompileDryRun): string {
  if (compiledShare === 0) return 'Time by the number of gates and angles alone';
  const share = compiledShare === 1 ? 'all' : `${(100 * compiledShare).toPrecision(2)}%`;
  return `Time by what ${share} of the work took just now`;
}

function sizeText({ gates, depth }: CircuitSize): string {
  const counts = Object.entries(gates).map(([name, count]) => `${count} ${name}`);
  return `${counts.length === 0 ? 'no gates' : counts.join(', ')}, depth ${depth}`;
}

function formatCompile({ before, after, blocks, distance, errorBound, seconds }: CompileReport): string[] {
  const names = [...new Set([...Object.keys(after.gates), ...Object.keys(before.gates)])];
  const row = (title: string, { gates, depth }: CircuitSize): (string | number)[] => [
    title,
    ...names.map((name) => gates[name] ?? 0),
    depth,
  ];
  const measured = distance === null ? 'too large to be measured' : `measured ${distance.toExponential(2)}`;
  return [
    `Compile: ${plural(blocks, 'block')}; ${formatSeconds(seconds)}`,
    ...table(['', ...names, 'depth'], [row('before', before), row('after', after)]),
    `Distance from the original: at most ${errorBound.toExponential(2)} by the blocks' errors, ${measured}`,
  ];
}
