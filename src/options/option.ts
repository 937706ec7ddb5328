/**
 * Options as data. What can be given to a function of the library, on the command line, or to both is a row of a table;
 * flags, help, types, checks and the identity of a run follow from it.
 */
import { nearestName } from './nearestName.js';
import { optionError } from './optionName.js';
import { KroncutError } from '../error.js';
import type { Reader } from './readers.js';

export interface OptionSpec<T = unknown> {
  /** As on the command line, `-w, --max-width <qubits>`. Left out: the library alone has it. */
  readonly flags?: string;
  /** What it does, as `--help` says it. */
  readonly help?: string;
  readonly reader: Reader<T>;
  /** Said by `--help`, and given where the command line leaves the option out. */
  readonly default?: T;
  /** A flag without a value stands for this one. */
  readonly means?: T;
  /** On the command line `@FILE` stands for what the file holds. */
  readonly file?: boolean;
  /** The property of an option that excludes this one. */
  readonly conflicts?: string;
  /** The library cannot do without. */
  readonly required?: boolean;
  /** Part of what a run is the run of; left out: two values of it may go on from one another's files. */
  readonly identity?: Identity<T>;
}

export interface Identity<T> {
  /** The value that the option has where it is left out. */
  readonly default?: T;
  /** Noted only where it is given, for runs from before the option was there have no note of it. */
  readonly whereGiven?: boolean;
}

/** A row for each property of `T` and for nothing else, in the order of `--help`; use it with `satisfies`. */
export type OptionTable<T> = {
  readonly [K in keyof T]-?: OptionSpec<Exclude<T[K], undefined>>;
};

/** A table of whatever options. */
export type AnyTable = Readonly<Record<string, OptionSpec>>;

/**
 * Throws `usage` for an option that is not in the table, one with a value that is not of its kind, and a required one
 * that is missing. Ranges that depend on the circuit are checked where the circuit is known.
 */
export function checkOptions(table: AnyTable, given: unknown): void {
  const missing = Object.entries(table).find(([, { required }]) => required === true);
  if (given === undefined && missing !== undefined) {
    throw optionError(missing[0], `: ${missing[1].reader.needed}`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new KroncutError(
      'usage',
      `the options have to be an object with one property each, not ${shown(given)}`,
    );
  }
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(given));
  for (const [key, value] of values) {
    const spec = Object.hasOwn(table, key) ? table[key] : undefined;
    if (spec === undefined) throw unknownOption(table, key);
    if (value === undefined || spec.reader.fits(value)) continue;
    throw unfit(key, spec.reader, value);
  }
  for (const [key, { required, reader }] of Object.entries(table)) {
    if (required === true && values.get(key) === undefined) throw optionError(key, `: ${reader.needed}`);
  }
}

/** Throws `usage` for a value that is not of the kind that an argument takes; `name` is the argument's. */
export function checkArgument(name: string, reader: Reader<unknown>, value: unknown): void {
  if (value === undefined) throw optionError(name, `: ${reader.needed}`);
  if (!reader.fits(value)) throw unfit(name, reader, value);
}

function unfit(key: string, { needed }: Reader<unknown>, value: unknown): KroncutError {
  return optionError(
    key,
    typeof value === 'number' ? ` ${value}: ${needed}` : `: ${needed}, not ${shown(value)}`,
  );
}

function unknownOption(table: AnyTable, key: string): KroncutError {
  const nearest = nearestName(key, Object.keys(table));
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return optionError(key, `: there is no such option${hint}`);
}

/** Longest text that a message repeats. */
const MOST_CHARACTERS = 40;

/** A value that is not what it should be, in a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}...` : value}'`;
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value))
    return value.length <= 4 && value.every(isPlain) ? `[${value.map(shown).join(', ')}]` : 'such a list';
  if (typeof value === 'object' && value !== null) return 'such an object';
  return String(value);
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' && typeof value !== 'function';
}

/** Values that a manifest holds. */
export type IdentityValue = string | number | boolean | null;

function isIdentityValue(value: unknown): value is IdentityValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** What of the options decides whether two runs are the same, by property; null stands for one that was left out. */
export function identityOf(
  table: AnyTable,
  given: Readonly<Record<string, unknown>>,
): Record<string, IdentityValue> {
  const noted = Object.entries(table).flatMap(([key, { identity }]): [string, IdentityValue][] => {
    if (identity === undefined) return [];
    const value = given[key];
    if (value === undefined && identity.whereGiven === true) return [];
    // Defaults said aloud are the same choices.
    if (value === undefined || value === identity.default) return [[key, null]];
    if (!isIdentityValue(value)) throw new KroncutError('internal', `${key} cannot be noted in a manifest`);
    return [[key, value]];
  });
  return Object.fromEntries(noted);
}

/** The long flag of an option, `--max-width`; undefined where the command line has none. */
export function longFlag({ flags }: Pick<OptionSpec, 'flags'>): string | undefined {
  return /--[a-z][a-z-]*/.exec(flags ?? '')?.[0];
}
