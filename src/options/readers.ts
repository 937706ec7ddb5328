/** How values of options are read from a command line, and checked where a caller of the library gives them. */

/** The kind of values that an option takes. One sentence says what is needed, whoever asks. */
export interface Reader<T> {
  /** What would be right: `a whole number, 1 or more, is needed`. */
  readonly needed: string;
  /** The same of a text on the command line, where that is written in another way. */
  readonly neededText?: string;
  /**
   * The value of a text, or undefined where it has none. `before` is the value so far of an option that may be repeated.
   * Throws `Unfit` to say more than `needed` does. Left out: the option takes no text, it is there or not.
   */
  read?(text: string, before?: T): T | undefined;
  /** Whether a value is of this kind. */
  readonly fits: (value: unknown) => boolean;
  /** All possible values, where these are few names. */
  readonly choices?: readonly string[];
}

/** A text with a part that is wrong. The message is a sentence without a full stop. */
export class Unfit extends Error {}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isList<T>(value: unknown, fits: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(fits);
}

/** Reads a number that fits; numbers are written as in JavaScript. */
function numberReader(
  needed: string,
  within: (value: number) => boolean,
  written: RegExp = /\S/,
): Reader<number> {
  const fits = (value: unknown): value is number => isNumber(value) && within(value);
  const read = (text: string): number | undefined => {
    const value = written.test(text) ? Number(text) : NaN;
    return fits(value) ? value : undefined;
  };
  return { needed, read, fits };
}

/** Whole numbers from `least` to `most`, in decimal digits or as `1e6`. A text is read whether it is above `most` or not. */
export function wholeNumber(least: number, most = Infinity): Reader<number> {
  const orMore = `a whole number, ${least} or more, is needed`;
  const within = (value: number): boolean => Number.isSafeInteger(value) && value >= least;
  return {
    ...numberReader(orMore, within, /^\d+(?:(?:\.\d+)?e\+?\d+)?$/i),
    ...(most === Infinity
      ? {}
      : { neededText: orMore, needed: `a whole number from ${least} to ${most} is needed` }),
    fits: (value) => isNumber(value) && within(value) && value <= most,
  };
}

/** Numbers from `least` on; infinity is one. */
export function numberFrom(least: number): Reader<number> {
  return numberReader(`a number, ${least} or more, is needed`, (value) => value >= least);
}

/** Finite numbers above zero. */
export const positiveNumber: Reader<number> = numberReader(
  'a number above 0 is needed',
  (value) => value > 0 && value < Infinity,
);

/** Numbers in [0, 1). */
export const share: Reader<number> = numberReader(
  'a number from 0 to below 1 is needed',
  (value) => value >= 0 && value < 1,
);

/** `4e9`, `512MiB`, `1.5 GB`, `2G` as bytes: units with `i` count by 1024, others by 1000. Undefined for other texts. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*([kmgtpe]?)(i?)b?\s*$/i.exec(text);
  if (match?.[1] === undefined) return undefined;
  const power = 'kmgtpe'.indexOf((match[2] ?? '').toLowerCase()) + 1;
  if (match[2] === '' || power === 0) return match[3] === '' ? Number(match[1]) : undefined;
  return Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power;
}

/** Amounts of memory or disk, one byte or more. */
export const byteCount: Reader<number> = {
  needed: 'a number of bytes is needed, such as 4e9',
  neededText: 'a number of bytes is needed, such as 512MiB, 4GB or 2e9',
  read: (text) => {
    const bytes = parseBytes(text);
    return bytes !== undefined && bytes >= 1 ? bytes : undefined;
  },
  fits: (value) => isNumber(value) && value >= 1,
};

/** One of a few names. */
export function choice<const T extends string>(choices: readonly T[]): Reader<T> {
  const found = (value: unknown): T | undefined => choices.find((name) => name === value);
  return {
    needed: `one of ${choices.join(', ')} is needed`,
    read: found,
    fits: (value) => found(value) !== undefined,
    choices,
  };
}

/** Some of a few names, between commas; `none` stands for no name. */
export function namesOf<const T extends string>(names: readonly T[]): Reader<readonly T[]> {
  const known = (item: unknown): item is T => names.some((name) => name === item);
  return {
    needed: `a list of some of ${names.join(', ')} is needed`,
    neededText: `some of ${names.join(',')}, or none, is needed`,
    read: (given) => {
      if (given.trim() === 'none') return [];
      const items = given.split(',').map((item) => item.trim());
      return items.every(known) ? items : undefined;
    },
    fits: (value) => isList(value, known),
  };
}

/** `least` to `most` probabilities, with commas between them. */
export function probabilities(least: number, most: number, example: string): Reader<readonly number[]> {
  const fits = (value: unknown): value is readonly number[] =>
    isList(value, (item): item is number => isNumber(item) && item >= 0 && item <= 1) &&
    value.length >= least &&
    value.length <= most;
  const amount = least === most ? `${least}` : `${least} to ${most}`;
  return {
    needed: `a list of ${amount} probabilities is needed, such as [${example.replaceAll(',', ', ')}]`,
    neededText: `${amount} probabilities are needed, as ${example}`,
    read: (given) => {
      const values = given.split(',').map((part) => (/\S/.test(part) ? Number(part) : NaN));
      return fits(values) ? values : undefined;
    },
    fits,
  };
}

/** Given or not. */
export const flag: Reader<boolean> = {
  needed: 'true or false is needed',
  fits: (value) => typeof value === 'boolean',
};

/** Any text; `what` says which: `the name of a folder`. */
export function text(what: string): Reader<string> {
  return { needed: `${what} is needed`, read: (given) => given, fits: isText };
}

/** Items between commas or white space, at least one. `itemFault` says what is wrong with one. */
function listReader<T>(
  needed: string,
  parts: {
    readonly read: (item: string) => T;
    readonly fits: (item: unknown) => item is T;
    readonly value: string;
  },
): Reader<readonly T[]> {
  return {
    needed: parts.value,
    neededText: needed,
    read: (given) => {
      const items = given.split(/[\s,]+/).filter((item) => item !== '');
      return items.length === 0 ? undefined : items.map(parts.read);
    },
    fits: (value) => isList(value, parts.fits),
  };
}

/** Numbers of outcome bits: `0,1,5`. */
export const bitList: Reader<readonly number[]> = listReader('outcome bits are needed, such as 0,1,5', {
  value: 'a list of outcome bits is needed, such as [0, 1, 5]',
  read: (item) => {
    if (!/^\d+$/.test(item)) throw new Unfit(`'${item}' is not the number of an outcome bit`);
    return Number(item);
  },
  fits: isNumber,
});

/** Bit strings: `0101,0011`. */
export const bitStrings: Reader<readonly string[]> = listReader('bit strings are needed, such as 0101,0011', {
  value: "a list of bit strings is needed, such as ['0101', '0011']",
  read: (item) => item,
  fits: isText,
});

/** Pairs of qubits: `0-1,1-2`. */
export const qubitPairs: Reader<readonly (readonly [number, number])[]> = {
  needed: 'a list of pairs of qubits is needed, such as [[0, 1], [1, 2]]',
  neededText: 'pairs of qubits are needed, as 0-1,1-2',
  read: (given) => {
    const pairs: [number, number][] = [];
    for (const part of given.split(',')) {
      const found = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part);
      if (found === null) return undefined;
      pairs.push([Number(found[1]), Number(found[2])]);
    }
    return pairs;
  },
  fits: (value) => isList(value, isPair),
};

function isPair(value: unknown): value is readonly [number, number] {
  return isList(value, isNumber) && value.length === 2;
}

/** Values that only a program can give. */
export function value<T>(needed: string, fits: (value: unknown) => boolean): Reader<T> {
  return { needed: `${needed} is needed`, fits };
}

/** Whether a value is an object with these methods. */
export function has(given: unknown, ...methods: readonly string[]): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    methods.every((method) => typeof Reflect.get(given, method) === 'function')
  );
}

/** A function that only a program can give; `what` says which. */
export function aFunction<T>(what = 'a function'): Reader<T> {
  return value<T>(what, (given) => typeof given === 'function');
}

/** An object, whose properties are read elsewhere. */
export function anObject<T>(what: string): Reader<T> {
  return value<T>(what, (given) => typeof given === 'object' && given !== null && !Array.isArray(given));
}

export const aSignal: Reader<AbortSignal> = value('an AbortSignal', (given) => given instanceof AbortSignal);
