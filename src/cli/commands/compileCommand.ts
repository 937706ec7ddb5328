import { Command } from 'commander';
import type { CircuitSize, CompileReport } from '../../api/compile.js';
import type { CompileDryRun, CompileWorkers } from '../../api/dryRunCompile.js';
import type { CompileThenCutResult, CutEffort } from '../../api/compileThenCut.js';
import type { Synthesis } from '../../compile/block/block.js';
import { KroncutError } from '../../error.js';
import { longFlag, type OptionSpec } from '../../options/option.js';
import { choice } from '../../options/readers.js';
import { formatBytes, formatSeconds } from '../../run/resources/units.js';
import type { Submit } from './app.js';
import {
  given,
  requireOutput,
  withOptions,
  withSharedOptions,
  writingTo,
  type SharedOptions,
} from './options.js';
import { lines, plural, table } from '../output/output.js';
import { COMPILE_OPTIONS, THEN_CUT_OPTIONS } from '../../api/options/compile.js';

const THEN = {
  also: {
    flags: '--then <command>',
    help: 'also cut the compiled circuit, and say what compiling saved',
    reader: choice(['cut']),
  },
} satisfies Readonly<Record<string, OptionSpec>>;

/** `--force` is for the work and for the run directory; some have other names beside those of compiling. */
const { force: _force, directory: run, objective: cutObjective, ...howToCut } = THEN_CUT_OPTIONS;
const CUTTING = { ...howToCut, cutObjective, run };

export function compileCommand(submit: Submit): Command {
  const command = new Command('compile')
    .description(
      'Partitions a circuit into blocks of a few qubits, deletes gates from each while other angles can make up\n' +
        'for it, and writes the shorter circuit as OpenQASM 2. Every block is checked densely before it counts;\n' +
        'errorBound says how far the whole may be from the original. A job that was killed goes on from the blocks\n' +
        'in FILE.work.',
    )
    .argument('<circuit>', 'OpenQASM 2 or 3 file, or - for standard input');
  withOptions(requireOutput(command), writingTo(COMPILE_OPTIONS, 'output'));
  withOptions(withOptions(command, THEN), CUTTING);
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut compile circuit.qasm -o short.qasm
  kroncut compile circuit.qasm --block-size 4 --multistarts 16 -o short.qasm --json
  srun -N 2 --ntasks-per-node 4 node dist/main.js compile circuit.qasm --block-size 4 -o short.qasm`,
  );
  return command.action((circuit: string, options: SharedOptions) => {
    const { output = '', ...choices } = given(COMPILE_OPTIONS, options);
    const asked = { ...choices, output };
    const { also } = given(THEN, options);
    const { run = `${output}.run`, cutObjective, ...howTo } = given(CUTTING, options);
    if (also === undefined) requireThen(options);
    const cut =
      also === 'cut'
        ? { ...howTo, objective: cutObjective, directory: run, force: choices.force }
        : undefined;
    const { dryRun } = options;
    submit(options, { command: 'compile', circuit, options: asked, cut, dryRun }, async (answer, { out }) => {
      if ('dryRun' in answer) {
        const { formatPrediction } = await import('../output/format.js');
        out.answer(answer, () =>
          lines(
            `${plural(answer.blocks, 'block')} of a circuit with ${sizeText(answer.before)}`,
            answer.workers === null ? [] : workersText(answer.workers),
            formatPrediction(answer.stages),
            basisText(answer),
            also === undefined ? [] : out.aside(CUTS_LATER),
          ),
        );
        return 0;
      }
      const { circuit: _circuit, fences: _fences, barriers: _barriers, inputs: _inputs, ...report } = answer;
      const page = asked.report === undefined ? [] : `Page: ${asked.report}`;
      out.answer(report, () =>
        'cut' in report
          ? lines(
              formatCompile(report, choices.synthesis),
              formatSavings(report.cut),
              out.aside(page, `Next: kroncut evaluate ${run}`),
            )
          : lines(formatCompile(report, choices.synthesis), out.aside(`Compiled circuit: ${output}`, page)),
      );
      return 0;
    });
  });
}

const CUTS_LATER =
  'The cuts are of the compiled circuit, and are not predicted before it is there; kroncut cut --dry-run says what those of the circuit as given take';

/** Options that say how to cut need `--then cut`. */
function requireThen(options: object): void {
  const [key] = Object.keys(given<Record<string, unknown>>(CUTTING, options));
  if (key === undefined) return;
  const rows: Readonly<Record<string, OptionSpec>> = CUTTING;
  throw new KroncutError(
    'usage',
    `${longFlag(rows[key] ?? {}) ?? key} says how to cut the compiled circuit; add --then cut`,
  );
}

function effortRow(title: string, effort: CutEffort | null): (string | number)[] {
  if (effort === null) return [title, 'none', '-', '-', '-'];
  return [title, effort.wireCuts, effort.gateCuts, effort.samplingOverhead, effort.subexperiments];
}

function formatSavings({ before, after }: CompileThenCutResult['cut']): string[] {
  return [
    'Cuts:',
    ...table(
      ['', 'wire cuts', 'gate cuts', 'sampling overhead', 'subexperiments'],
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

/** What the errors and times of gates predict, where they are known. */
function predictedText(before: CircuitSize, after: CircuitSize): string[] {
  if (before.fidelity === undefined || after.fidelity === undefined) return [];
  const [was, is] = [before.fidelity, after.fidelity].map((value) => value.toPrecision(4));
  const [long, short] = [before.duration ?? 0, after.duration ?? 0].map((value) =>
    Number(value.toPrecision(4)),
  );
  return [`Predicted fidelity: ${was} before, ${is} after; duration: ${long} before, ${short} after`];
}

function formatCompile(report: CompileReport, synthesis: Synthesis = 'auto'): string[] {
  const { before, after, blocks, distance, errorBound, permutation, seconds, unexhausted, withheld } = report;
  const names = [...new Set([...Object.keys(after.gates), ...Object.keys(before.gates)])];
  const row = (title: string, { gates, depth, twoQubitDepth }: CircuitSize): (string | number)[] => [
    title,
    ...names.map((name) => gates[name] ?? 0),
    depth,
    twoQubitDepth,
  ];
  const goesOn = synthesis === 'auto' ? '; --synthesis always goes on' : '';
  const measured = distance === null ? 'too large to be measured' : `measured ${distance.toExponential(2)}`;
  return [
    `Compile: ${plural(blocks, 'block')}; ${formatSeconds(seconds)}`,
    ...table(['', ...names, 'depth', 'two-qubit depth'], [row('before', before), row('after', after)]),
    ...predictedText(before, after),
    `Distance from the original: at most ${errorBound.toExponential(2)} by the blocks' errors, ${measured}`,
    ...(permutation.every((place, q) => place === q)
      ? []
      : [`What was on qubit 0, 1, ... at the end is on ${permutation.join(', ')}`]),
    ...(withheld === 0
      ? []
      : [`${plural(withheld, 'block')} could be better for an error that --max-error has no room for`]),
    ...(unexhausted === null || unexhausted === 0
      ? []
      : [`A limit ended the search for fewer gates of ${plural(unexhausted, 'block')}${goesOn}`]),
  ];
}
