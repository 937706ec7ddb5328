/** Options that several commands share, and how their values are read. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DeviceChoice } from '../api/session.js';
import type { CutChoices } from '../predict/solveCuts.js';
import type { Objective } from '../cut/solution/summary.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import type { Queries } from '../reconstruct/queries/registry.js';
import type { SamplesFormat } from '../reconstruct/queries/samples.js';
import { fileError } from '../run/files.js';
import { parseBytes } from '../options/readers.js';

export interface SharedOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly threads?: number;
  readonly device?: DeviceChoice;
  readonly dryRun?: boolean;
}

/** Options of every command. */
export function withSharedOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on standard output')
    .option('--quiet', 'print the answer only: no progress, no remarks')
    .option('--threads <n>', 'threads of each rank (default: its share of the CPUs)', wholeNumber(1))
    .addOption(
      new Option('--device <name>', 'where to compute').choices(['auto', 'cpu', 'cuda']).default('auto'),
    )
    .option('--dry-run', 'do nothing, but say what it would take: time, memory, disk');
}

export interface CutCliOptions extends SharedOptions {
  readonly output: string;
  readonly maxWidth?: number;
  readonly maxSubcircuits?: number;
  readonly maxCuts?: number;
  readonly maxGates?: number;
  readonly maxOverhead?: number;
  readonly maxMemory?: number;
  readonly wireCutsOnly?: boolean;
  readonly gateCutsOnly?: boolean;
  readonly joint?: boolean;
  readonly reuseQubits?: boolean;
  readonly classicalCommunication?: boolean;
  readonly cuts?: string;
  readonly labels?: string;
  readonly objective?: Objective;
  readonly timeLimit?: number;
  readonly seed?: number;
  readonly param?: Readonly<Record<string, number>>;
  readonly force?: boolean;
}

/** Where a command writes, without which it does nothing but a dry run. */
export function withOutput(command: Command, value: string, what: string): Command {
  return command
    .option(`-o, --output ${value}`, `${what} (only --dry-run goes without)`)
    .hook('preAction', (_, called) => {
      const { output, dryRun } = called.opts<{ output?: string; dryRun?: boolean }>();
      if (output !== undefined) return;
      if (dryRun !== true) called.error(`required option '-o, --output ${value}' not specified`);
      called.setOptionValue('output', '');
    });
}

/** Options of `cut` and `run`. */
export function withCutOptions(command: Command): Command {
  withOutput(command, '<dir>', 'the run directory')
    .option(
      '-w, --max-width <qubits>',
      'widest subcircuit (default: the widest that the memory of a rank can evaluate)',
      wholeNumber(1),
    )
    .option('--max-subcircuits <n>', 'at most this many subcircuits', wholeNumber(1))
    .option('--max-cuts <n>', 'at most this many cuts', wholeNumber(0))
    .option('--max-gates <n>', 'at most this many gates in a subcircuit', wholeNumber(1))
    .option('--max-overhead <x>', 'largest sampling overhead, the product of gamma squared', overhead)
    .option(
      '--max-memory <bytes>',
      'most memory of a rank, of evaluating and reconstructing: 512MiB, 4GB, 2e9',
      byteCount,
    )
    .option('--wire-cuts-only', 'cut wires and no gates (default: both)')
    .addOption(new Option('--gate-cuts-only', 'cut gates and no wires').conflicts('wireCutsOnly'))
    .option('--joint', 'make cuts together: gates with one control as one, parallel gates in one step')
    .option(
      '--reuse-qubits',
      'widths count wires alive at once: one that has ended frees its qubit (measured, and reset where it goes on)',
    )
    .option(
      '--classical-communication',
      'count overheads of wires cut together in one time slice, where subcircuits may wait for one another',
    )
    .option(
      '--cuts <file>',
      'manual cuts: { "parts": [0, [0, 1], 1] }, the part of each two-qubit gate in order, or of its two ends where the gate is cut; null: the finder decides',
    )
    .option(
      '--labels <text>',
      'manual cuts: one character per qubit names its part, qubit 0 first; ? or .: the finder decides',
    )
    .addOption(
      new Option(
        '--objective <what>',
        'least predicted time, or least sampling overhead (default: cost)',
      ).choices(['cost', 'sampling']),
    )
    .option('--time-limit <s>', 'seconds for the search (default: 30)', positiveNumber)
    .option('--seed <n>', 'seed of the search, and of --samples', wholeNumber(0))
    .option('--param <name=value>', 'value of a free parameter of the circuit; may be repeated', parameter)
    .option('--force', 'replace another run in the directory');
  return command;
}

export function cutChoices(options: CutCliOptions): CutChoices & { directory: string; force: boolean } {
  return {
    directory: options.output,
    force: options.force ?? false,
    maxWidth: options.maxWidth,
    maxSubcircuits: options.maxSubcircuits,
    maxCuts: options.maxCuts,
    maxGates: options.maxGates,
    maxOverhead: options.maxOverhead,
    maxMemory: options.maxMemory,
    wireCutsOnly: options.wireCutsOnly,
    gateCutsOnly: options.gateCutsOnly,
    joint: options.joint,
    reuseQubits: options.reuseQubits,
    classicalCommunication: options.classicalCommunication,
    objective: options.objective,
    timeLimit: options.timeLimit,
    seed: options.seed,
    cuts: options.cuts,
    labels: options.labels,
    parameters: options.param,
  };
}

export interface QueryCliOptions extends SharedOptions {
  readonly full?: boolean;
  readonly marginal?: readonly number[];
  readonly top?: number;
  readonly topWork?: number;
  readonly moments?: boolean;
  readonly crossEntropy?: string;
  readonly probability?: readonly string[];
  readonly expect?: string;
  readonly terms?: boolean;
  readonly samples?: number;
  readonly samplesFormat?: SamplesFormat;
  readonly bins?: number;
  readonly depth?: number;
  readonly seed?: number;
  readonly bondTolerance?: number;
  readonly checkpoint?: number;
  readonly explain?: boolean;
}

/** Options of `reconstruct` and `run`. */
export function withQueryOptions(command: Command): Command {
  command
    .option('--full', 'write the whole distribution to results/full.npy')
    .option('--top <k>', 'the k most likely outcomes', wholeNumber(1))
    .option(
      '--top-work <n>',
      'multiply-adds that --top may take where it searches, beyond 36 outcome bits (default: 5e9)',
      nonNegativeNumber,
    )
    .option('--moments', 'sum, least and greatest value, entropy and collision probability')
    .option(
      '--cross-entropy <file>',
      'with --moments: cross entropy of the distribution in a .npy file with the answer, -sum p ln q',
    )
    .option('--marginal <bits>', 'distribution of these outcome bits, 20 at most: 0,1,5 or @FILE', bitList)
    .option(
      '--probability <strings>',
      'probabilities of bit strings, bit 0 last: 0101,0011 or @FILE',
      stringList,
    )
    .option(
      '--expect <sum>',
      'expectation value of Pauli strings, qubit 0 last: "ZZI + 0.5*XIX", "0.5*X0 Z57", or @FILE (text or JSON)',
      fileOrText,
    )
    .option('--terms', 'with --expect: the value of every term too')
    .option(
      '--bins <n>',
      'dynamic definition: probabilities of bins, n (16 at most) more bits a round',
      wholeNumber(1),
    )
    .option('--depth <rounds>', 'rounds of --bins (default: 1)', wholeNumber(1))
    .option('--samples <n>', 'draw n samples into results/samples.txt', wholeNumber(1))
    .addOption(
      new Option(
        '--samples-format <kind>',
        'bit strings in results/samples.txt, or uint64 in results/samples.npy (default: text)',
      ).choices(['text', 'npy']),
    )
    .option(
      '--checkpoint <bytes>',
      'with --full: note progress after so many bytes of the file, to go on from there (default: 1 GiB)',
      byteCount,
    )
    .option(
      '--bond-tolerance <share>',
      'what values may be off, as a share of the largest possible one, where bonds shrink to their rank (default: 1e-13; 0: no shrinking)',
      share,
    );
  return command;
}

export function queriesOf(options: QueryCliOptions): Queries {
  const { full, marginal, top, topWork, moments, crossEntropy, probability, expect, terms } = options;
  const { samples, samplesFormat, bins, depth, seed, bondTolerance } = options;
  return {
    full,
    marginal,
    top,
    topWork,
    moments,
    crossEntropy,
    probability,
    expect,
    terms,
    samples,
    samplesFormat,
    bins,
    depth,
    seed,
    bondTolerance,
    checkpointBytes: options.checkpoint,
  };
}

export function withPrecisionOption(command: Command): Command {
  return withRefused(
    command.addOption(
      new Option('--precision <kind>', 'storage of tensors and results (default: double)').choices([
        'double',
        'single',
      ]),
    ),
    EVALUATE_REFUSED,
  );
}

export interface PrecisionCliOptions {
  readonly precision?: Precision;
}

/** Options that other versions of the contract have and this one refuses, with the reason. */
const EVALUATE_REFUSED: Readonly<Record<string, string>> = {
  '--shots': 'this version evaluates subcircuits exactly, without shots',
};

function withRefused(command: Command, refused: Readonly<Record<string, string>>): Command {
  for (const [flag, reason] of Object.entries(refused)) {
    command.addOption(
      new Option(`${flag} [value]`).hideHelp().argParser((): never => {
        throw new KroncutError('usage', `${flag} is not available: ${reason}`);
      }),
    );
    // An option without a value never reaches its parser.
    command.on(`option:${flag.slice(2)}`, () => {
      throw new KroncutError('usage', `${flag} is not available: ${reason}`);
    });
  }
  return command;
}

function overhead(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 1)) throw new InvalidArgumentError('a number, 1 or more, is needed.');
  return value;
}

export function byteCount(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes >= 1) return bytes;
  throw new InvalidArgumentError('a number of bytes is needed, such as 512MiB, 4GB or 2e9.');
}

function share(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('a number from 0 to below 1 is needed.');
  return value;
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`a whole number, ${least} or more, is needed.`);
    }
    return value;
  };
}

export const nonNegativeInteger = wholeNumber(0);
export const positiveInteger = wholeNumber(1);

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0) || value === Infinity) {
    throw new InvalidArgumentError('a number above 0 is needed.');
  }
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('a number, 0 or more, is needed.');
  return value;
}

export function parameter(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text);
  const value = Number(match?.[2]);
  if (match?.[1] === undefined || !Number.isFinite(value)) {
    throw new InvalidArgumentError('name=value with a number is needed, such as theta=0.4.');
  }
  return { ...before, [match[1]]: value };
}

/** The text itself, or the content of a file, `@FILE`. */
function fileOrText(text: string): string {
  if (!text.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8');
  } catch (error) {
    throw fileError(error, text.slice(1), 'read');
  }
}

/** Items separated by commas or white space, or a file of them. */
function items(text: string): string[] {
  return fileOrText(text)
    .split(/[\s,]+/)
    .filter((item) => item !== '');
}

function bitList(text: string): number[] {
  const found = items(text);
  if (found.length === 0) throw new InvalidArgumentError('outcome bits are needed, such as 0,1,5.');
  return found.map((item) => {
    if (!/^\d+$/.test(item)) throw new InvalidArgumentError(`'${item}' is not the number of an outcome bit.`);
    return Number(item);
  });
}

function stringList(text: string): string[] {
  const found = items(text);
  if (found.length === 0) throw new InvalidArgumentError('bit strings are needed, such as 0101,0011.');
  return found;
}
