/** The page of a compiled circuit; for use on the root. */
import { hostname } from 'node:os';
import type { Circuit } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import { toU3Cx } from '../../compile/gates/rewrite.js';
import type { RoundOutcome } from '../../compile/compileRound.js';
import type { Round } from '../../compile/rounds.js';
import { compilePage, type CompileFacts } from '../../report/compile/compilePage.js';
import { plural, shellWord } from '../../report/words.js';
import type { Context } from '../../run/context.js';
import { COMPILE_OPTIONS, type CompileOptions } from '../options/compile.js';
import { flags } from './commands.js';

/** What compiling found. */
export interface CompiledForPage {
  readonly report: Pick<
    CompileFacts,
    'before' | 'after' | 'distance' | 'errorBound' | 'permutation' | 'unexhausted' | 'withheld' | 'seconds'
  >;
  readonly rounds: readonly (Round & RoundOutcome)[];
  readonly circuit: Circuit;
  readonly result: Circuit;
  readonly name: string;
}

interface ForPage extends CompiledForPage {
  readonly context: Context;
  readonly options: CompileOptions;
  readonly version: string;
}

export function pageOfCompiled({
  context,
  options,
  version,
  report,
  rounds,
  circuit,
  result,
  name,
}: ForPage): string {
  const { cluster, threads, device } = context;
  const environment: [string, string][] = [
    [
      'Ranks',
      `${plural(cluster.size, 'rank')} of ${plural(threads, 'thread')} on ${device}, the first on ${hostname()}`,
    ],
    ['Versions', `kroncut ${version}, Node ${process.version.replace(/^v/, '')}`],
  ];
  return compilePage({
    ...report,
    objective: options.objective ?? 'two-qubit',
    name,
    output: options.output,
    original: circuit,
    compiled: result,
    originalCx: countTwoQubitGates(toU3Cx(circuit.gates)),
    rounds,
    command: commandOf(name, options),
    environment,
    version,
    when: new Date(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  });
}

function commandOf(name: string, options: CompileOptions): string {
  const { parameters = {}, ...rest } = options;
  const plain = Object.entries(rest).flatMap(([key, value]): [string, string | number | boolean][] =>
    isPlain(value) && !OF_SESSIONS.has(key) ? [[key, value]] : [],
  );
  const values = Object.entries(parameters).map(([key, value]) => `--param ${shellWord(`${key}=${value}`)}`);
  return [
    'kroncut compile',
    shellWord(name),
    ...flags(COMPILE_OPTIONS, Object.fromEntries(plain)),
    ...values,
  ].join(' ');
}

/** Said of the environment. */
const OF_SESSIONS = new Set(['threads', 'device']);

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
