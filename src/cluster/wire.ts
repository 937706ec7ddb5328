/**
 * What travels between ranks, and how: JSON for structure, and the bytes of typed arrays behind it. What JSON has no
 * word for (`Infinity`, `-Infinity`, NaN, -0, undefined, bigint) and typed arrays stand in it as strings that begin with
 * a zero character; a string that begins so gets another one. So every `Wire` value arrives exactly as it left.
 *
 * Not `v8.serialize`: newer versions of Node may write what older ones on other nodes cannot read, and it lets a Map or
 * an instance of a class pass, whose methods would not arrive. It writes a plan of 100 kB in 0.4 ms and reads it in 0.7;
 * this takes 2.6 and 0.9, and for 10 MB of doubles, like `v8.serialize`, a few milliseconds (plain JSON: a second).
 */
import { isErrorCode, KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

type WireArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** `void` is the result of a function that returns nothing. */
type Leaf = undefined | void | null | boolean | number | string | bigint | WireArray;

/** Any value that can travel, for data of unknown shape. Interfaces are not of this type: they have no index. */
export type WireValue = Leaf | readonly WireValue[] | { readonly [key: string]: WireValue };

type Part<T> = [WireValue] extends [T]
  ? // As wide as WireValue: that, or unknown.
    [T] extends [WireValue]
    ? T
    : never
  : T extends Leaf
    ? T
    : T extends symbol | ((...args: never) => unknown)
      ? never
      : T extends object
        ? { [K in keyof T]: K extends symbol ? never : Part<T[K]> }
        : never;

/** No function, symbol or Date is of this type. */
interface NoCode {
  readonly apply?: never;
  readonly [Symbol.toPrimitive]?: never;
}

/**
 * The constraint of types whose values can travel, as in `send<T extends Wire<T>>(value: T)`: null, undefined, booleans,
 * numbers, strings, bigints, typed arrays, and arrays, tuples and plain objects of such. Functions, symbols, `unknown`,
 * and what has methods (Map, Set, Date, ArrayBuffer, classes) do not satisfy it.
 */
export type Wire<T> = Leaf | ({ [K in keyof T]: K extends symbol ? never : Part<T[K]> } & NoCode);

const MARK = '\0';
const SPECIALS: ReadonlyMap<string, number | undefined> = new Map([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);
/** Arrays of so many numbers and no other values go as doubles, which is quicker than text. */
const MANY = 16;
const NUMBERS = 'numbers';
/** The length of the text, which comes next, as an unsigned number. */
const HEADER_BYTES = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The bytes that carry a value: 4 with the length of the text (little-endian), the text, the typed arrays.
 *
 * @throws KroncutError('internal') for what no `Wire` type admits (an instance of a class, a cycle), and for text beyond
 * the longest string.
 */
export function encode<T extends Wire<T>>(value: T): Uint8Array {
  return pack(value);
}

/**
 * The value that `encode` was given, made of fresh objects. Every rank runs the same call of the same program, so what
 * arrives has the type that the caller says.
 *
 * @throws KroncutError('mpi') if the bytes are not those of `encode`.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the type
export function decode<T>(bytes: Uint8Array): T {
  try {
    const { byteLength, buffer, byteOffset } = bytes;
    const end = HEADER_BYTES + new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
    if (end > byteLength) throw new Error(`text of ${end - HEADER_BYTES} bytes`);
    const envelope: { value: T } = JSON.parse(decoder.decode(bytes.subarray(HEADER_BYTES, end)));
    if (!isRecord(envelope) || !('value' in envelope)) throw new Error('no value');
    restore(envelope, bytes.subarray(end));
    return envelope.value;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KroncutError(
      'mpi',
      `a message of ${bytes.byteLength} bytes from another rank cannot be read (${why}); all ranks must run the same ` +
        'build of kroncut',
      { cause },
    );
  }
}

function pack(value: unknown): Uint8Array {
  const blocks: WireArray[] = [];
  const text = encoder.encode(textOf(value, blocks));
  const length = blocks.reduce((sum, { byteLength }) => sum + byteLength, HEADER_BYTES + text.byteLength);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, text.byteLength, true);
  bytes.set(text, HEADER_BYTES);
  let at = HEADER_BYTES + text.byteLength;
  for (const { buffer, byteOffset, byteLength } of blocks) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

function textOf(value: unknown, blocks: WireArray[]): string {
  let at = 0;
  const add = (array: WireArray): string => {
    const place = `${at}:${array.length}`;
    blocks.push(array);
    at += array.byteLength;
    return place;
  };
  try {
    return JSON.stringify({ value: toJson(value, add) });
  } catch (cause) {
    if (cause instanceof KroncutError) throw cause;
    throw new KroncutError('internal', 'a message to other ranks is too long, or nested too deeply', {
      cause,
    });
  }
}

/** A value that JSON carries in place of another; `add` takes a typed array and says where among the others it lies. */
function toJson(value: unknown, add: (array: WireArray) => string): unknown {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value.startsWith(MARK) ? MARK + value : value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return MARK + (Object.is(value, -0) ? '-0' : String(value));
    case 'undefined':
      return `${MARK}undefined`;
    case 'bigint':
      return `${MARK}${value}n`;
    case 'object':
      return value === null ? value : objectToJson(value, add);
    default:
      throw cannotTravel(typeof value);
  }
}

function objectToJson(value: object, add: (array: WireArray) => string): unknown {
  if (isArray(value)) {
    if (value.length >= MANY && value.every((part) => typeof part === 'number')) {
      return `${MARK}${NUMBERS}:${add(Float64Array.from(value))}`;
    }
    return Array.from(value, (part) => toJson(part, add));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part, add)]));
  }
  const array = ArrayBuffer.isView(value) ? arrayName(value) : undefined;
  if (array === undefined) throw cannotTravel(value.constructor.name);
  return `${MARK}${array.name}:${add(array.values)}`;
}

function isArray(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}

function cannotTravel(type: string): KroncutError {
  return new KroncutError('internal', `a value of type ${type} cannot be sent to other ranks`);
}

/** A typed array and its type; undefined for others, and for classes derived from those types (Buffer). */
function arrayName(value: object): { readonly name: string; readonly values: WireArray } | undefined {
  for (const [name, type] of Object.entries(ARRAYS)) {
    if (value instanceof type && Object.getPrototypeOf(value) === type.prototype)
      return { name, values: value };
  }
  return undefined;
}

/** Puts what marked strings stand for in their places. */
function restore(container: Record<string, unknown> | unknown[], blocks: Uint8Array): void {
  if (Array.isArray(container)) {
    for (let i = 0; i < container.length; i += 1) container[i] = restored(container[i], blocks);
  } else {
    for (const key of Object.keys(container)) container[key] = restored(container[key], blocks);
  }
}

function restored(value: unknown, blocks: Uint8Array): unknown {
  if (typeof value === 'string' && value.startsWith(MARK)) return meaningOf(value.slice(1), blocks);
  if (Array.isArray(value) || isRecord(value)) restore(value, blocks);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function meaningOf(word: string, blocks: Uint8Array): unknown {
  if (word.startsWith(MARK)) return word;
  if (SPECIALS.has(word)) return SPECIALS.get(word);
  if (/^-?\d+n$/.test(word)) return BigInt(word.slice(0, -1));
  const [, name, offset, length] = /^(\w+):(\d+):(\d+)$/.exec(word) ?? [];
  const type =
    name === NUMBERS ? Float64Array : Object.entries(ARRAYS).find(([known]) => known === name)?.[1];
  if (type === undefined) throw new Error('an unknown type');
  const begin = Number(offset);
  const end = begin + Number(length) * type.BYTES_PER_ELEMENT;
  if (end > blocks.byteLength) throw new Error(`an array that ends at ${end}`);
  // A copy of its own is aligned, and does not keep the message.
  const array = new type(new Uint8Array(blocks.subarray(begin, end)).buffer);
  return name === NUMBERS ? Array.from<unknown>(array) : array;
}

/** An error on its way to other ranks. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly [key: string]: WireValue };
}

export function toWire(error: unknown): WireError {
  const { code, message, details } = toKroncutError(error);
  return { code, message, details: whatTravels(details) };
}

/**
 * The error of `rank`, as every rank throws it: `details.rank` names the rank and `details.everyRank` tells that no
 * rank goes on, so that one of them, the root, reports it for all.
 */
export function fromWire(error: WireError, rank: number, cause?: unknown): KroncutError {
  return new KroncutError(isErrorCode(error.code) ? error.code : 'internal', error.message, {
    details: { ...error.details, rank, everyRank: true },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True for an error that every rank throws alike. */
export function isOnEveryRank(error: unknown): boolean {
  return error instanceof KroncutError && error.details['everyRank'] === true;
}

/** Details are for programs and may hold anything; those that cannot travel stay behind. */
function whatTravels(details: Readonly<Record<string, unknown>>): Record<string, WireValue> {
  const safe: Record<string, WireValue> = {};
  for (const [key, value] of Object.entries(details)) {
    try {
      safe[key] = decode<WireValue>(pack(value));
    } catch {
      // A function, an instance of a class, or a cycle.
    }
  }
  return safe;
}
