/** From tables of options to the options of a command, and from what commander read to options of the library. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DeviceChoice } from '../../api/session/sessionOptions.js';
import { KroncutError } from '../../error.js';
import { type AnyTable, type OptionSpec, type OptionTable } from '../../options/option.js';
import { choice, flag, Unfit, type Reader } from '../../options/readers.js';
import { fileError } from '../../run/files/files.js';
import { PROGRESS_STYLES, type ProgressStyle } from '../output/progress.js';
import { COMMON_OPTIONS } from '../../api/options/common.js';

/** Options that every command has, in the words of the command line. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: ProgressStyle;
  readonly threads?: number;
  readonly device?: DeviceChoice;
  readonly dryRun?: boolean;
}

export const SHARED_OPTIONS = {
  json: { flags: '--json', help: 'print one JSON document on standard output', reader: flag },
  quiet: { flags: '--quiet', help: 'print the answer only: no progress, no remarks', reader: flag },
  progress: {
    flags: '--progress <how>',
    help: 'a bar on a terminal and lines elsewhere, lines everywhere, or lines of JSON (default: auto)',
    reader: choice(PROGRESS_STYLES),
  },
  threads: COMMON_OPTIONS.threads,
  device: COMMON_OPTIONS.device,
  dryRun: {
    flags: '--dry-run',
    help: 'do nothing, but say what it would take: time, memory, disk',
    reader: flag,
  },
} satisfies OptionTable<SharedOptions>;

/** Adds to a command what of a table the command line has, except options that every command has. */
export function withOptions(command: Command, table: AnyTable): Command {
  for (const [key, spec] of Object.entries(table)) {
    if (spec.flags !== undefined && !Object.hasOwn(COMMON_OPTIONS, key))
      command.addOption(optionOf(spec, table));
  }
  return command;
}

export function withSharedOptions(command: Command): Command {
  for (const spec of Object.values(SHARED_OPTIONS)) command.addOption(optionOf(spec, SHARED_OPTIONS));
  return command;
}

/** Adds some of the options of a table. */
export function withTheseOptions<T extends AnyTable>(
  command: Command,
  table: T,
  keys: readonly (string & keyof T)[],
): Command {
  for (const key of keys) {
    const spec = table[key];
    if (spec !== undefined) command.addOption(optionOf(spec, table));
  }
  return command;
}

/** The same table with an option that only `--dry-run` goes without; `requireOutput` sees to that. */
export function writingTo<T extends AnyTable>(table: T, key: string & keyof T): T {
  const { required: _, help = '', ...spec } = table[key] ?? {};
  return { ...table, [key]: { ...spec, help: `${help} (only --dry-run goes without)` } };
}

/** Refuses a command without `-o`, except with `--dry-run`. */
export function requireOutput(command: Command): Command {
  return command.hook('preAction', (_, called) => {
    const { output, dryRun } = called.opts<{ output?: string; dryRun?: boolean }>();
    if (output !== undefined) return;
    if (dryRun !== true) {
      const option = called.options.find(({ long }) => long === '--output');
      called.error(`required option '${option?.flags ?? '--output'}' not specified`);
    }
    called.setOptionValue('output', '');
  });
}

function optionOf(spec: OptionSpec, table: AnyTable): Option {
  const { flags = '', help, reader, required, conflicts, means } = spec;
  const option = new Option(flags, help);
  if (means === undefined) {
    if (reader.choices !== undefined) option.choices(reader.choices);
    else if (reader.read !== undefined) option.argParser((text, before) => readValue(spec, text, before));
  }
  if (spec.default !== undefined) option.default(spec.default);
  const other = conflicts === undefined ? undefined : table[conflicts];
  if (other !== undefined) option.conflicts(attributeOf(other));
  return option.makeOptionMandatory(required === true);
}

function readValue({ reader, file }: OptionSpec, text: string, before: unknown): unknown {
  try {
    const value = reader.read?.(file === true ? textOrFile(text) : text, before);
    if (value !== undefined) return value;
  } catch (error) {
    if (error instanceof Unfit) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
  throw new InvalidArgumentError(`${needed(reader)}.`);
}

function needed({ needed, neededText }: Reader<unknown>): string {
  return neededText ?? needed;
}

/** The text itself, or the content of a file, `@FILE`. */
function textOrFile(text: string): string {
  if (!text.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8');
  } catch (error) {
    throw fileError(error, text.slice(1), 'read');
  }
}

function attributeOf(spec: OptionSpec): string {
  return new Option(spec.flags ?? '').attributeName();
}

/**
 * The options of a table that a command line gave, by their properties. Those that every command has are the session's
 * and not among them.
 */
export function given<T>(table: OptionTable<T>, options: object): Partial<T> {
  const rows: AnyTable = table;
  const values = Object.entries(rows).flatMap(([key, spec]): [string, unknown][] => {
    if (spec.flags === undefined || Object.hasOwn(COMMON_OPTIONS, key)) return [];
    const value: unknown = Reflect.get(options, attributeOf(spec));
    if (value === undefined) return [];
    return [[key, value === true && spec.means !== undefined ? spec.means : value]];
  });
  const read = Object.fromEntries(values);
  if (!fit(table, read)) throw new KroncutError('internal', 'an option was read as what it is not');
  return read;
}

/** Readers vouch for the types of values; a number above what is possible is for the library to refuse. */
function fit<T>(table: OptionTable<T>, values: Readonly<Record<string, unknown>>): values is Partial<T> {
  const rows: AnyTable = table;
  return Object.keys(values).every((key) => Object.hasOwn(rows, key));
}

/** Flags that are not spelled as their properties are. */
const OTHER_FLAGS: ReadonlyMap<string, string> = new Map([
  ['directory', '--output'],
  ['parameters', '--param'],
  ['parametersFrom', '--params'],
  ['checkpointBytes', '--checkpoint'],
  ['kind', '--state'],
  ['stream', '--stdout'],
]);

/**
 * The flag of an option of any command, for messages: `maxWidth` is `--max-width`. By rule, so that no command has to load
 * the tables of the others.
 */
export function flagName(key: string): string {
  return OTHER_FLAGS.get(key) ?? `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
