import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, fromWire, toWire, type Wire, type WireValue } from '../../../src/cluster/wire.js';
import { SingleCluster } from '../../../src/cluster/singleCluster.js';
import { KroncutError } from '../../../src/error.js';

const SPECIAL = [
  0,
  -0,
  Infinity,
  -Infinity,
  Number.NaN,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** 53 + 2,
  0.1,
];
const special = fc.constantFrom(...SPECIAL);
const double = fc.oneof(special, fc.double());

/** A part of a larger array, away from its ends. */
function view<A extends { subarray(begin: number, end: number): A; readonly length: number }>(array: A): A {
  return array.subarray(Math.min(1, array.length), Math.max(1, array.length - 1));
}

const arrays = fc.oneof(
  fc.array(double).map((values) => view(Float64Array.from(values))),
  fc.float64Array(),
  fc.float32Array().map(view),
  fc.int8Array().map(view),
  fc.uint8Array(),
  fc.uint8Array().map(view),
  fc.uint8ClampedArray().map(view),
  fc.int16Array().map(view),
  fc.uint16Array().map(view),
  fc.int32Array().map(view),
  fc.uint32Array(),
  fc.bigInt64Array().map(view),
  fc.bigUint64Array().map(view),
);

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  // Lone surrogates, and what looks like the marks of the format itself.
  fc.constantFrom('\uD800', '\0', '\0NaN', '\0\0', '\0Float64Array:0:1', 'NaN', '\uFEFF', '"\\'),
);
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toJSON', 'value', '', '1'));

const anything: fc.Arbitrary<WireValue> = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, undefined, true, false),
    double,
    fc.bigInt(),
    text,
    arrays,
    fc.array(tie('value')),
    fc.array(double, { minLength: 10, maxLength: 30 }),
    fc.array(fc.tuple(key, tie('value'))).map((entries): WireValue => Object.fromEntries<WireValue>(entries)),
  ),
})).value;

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Equal in every bit and type, by rules of its own: 0 and -0 differ, and so do a key without a value and no key. */
function expectSame(a: unknown, b: unknown): void {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    expect(Object.is(a, b)).toBe(true);
    return;
  }
  expect(Object.getPrototypeOf(a)).toBe(Object.getPrototypeOf(b));
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    expect(bytesOf(a).equals(bytesOf(b))).toBe(true);
    return;
  }
  const [left, right] = [Object.entries(a), Object.entries(b)];
  expect(left.map(([name]) => name)).toEqual(right.map(([name]) => name));
  for (const [i, [, part]] of left.entries()) expectSame(part, right[i]?.[1]);
}

/** Reads bytes, or fails with the one error that says they cannot be read. */
function decodes(bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(KroncutError);
    expect(error).toMatchObject({
      code: 'mpi',
      message: expect.stringContaining('another rank cannot be read'),
    });
  }
}

/** A message with this text and no typed arrays. */
function messageOf(json: string): Uint8Array {
  const body = Buffer.from(json);
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, 4);
  return bytes;
}

function send<T extends Wire<T>>(value: T): T {
  return value;
}

describe('values between ranks', () => {
  it('arrive as they left', () => {
    fc.assert(
      fc.property<[WireValue]>(anything, (value) => {
        expectSame(decode<WireValue>(encode(value)), value);
      }),
      { numRuns: 1000 },
    );
  });

  it('arrive where they are part of the buffer of something else', () => {
    fc.assert(
      fc.property(anything, fc.uint8Array(), (value, before) => {
        const bytes = encode(value);
        const whole = new Uint8Array([...before, ...bytes, 1, 2]);
        expectSame(decode(whole.subarray(before.length, before.length + bytes.length)), value);
      }),
    );
  });

  it('send the part of an array that is meant, and it arrives with a buffer of its own', () => {
    const large = new Float64Array(100_000).fill(1);
    const bytes = encode({ part: large.subarray(3, 13) });
    expect(bytes.byteLength).toBeLessThan(200);
    const { part } = decode<{ part: Float64Array }>(bytes);
    expect(part).toEqual(new Float64Array(10).fill(1));
    expect(part.buffer.byteLength).toBe(80);
  });

  it('keep an object called __proto__ from becoming a prototype', () => {
    const evil = JSON.parse('{"__proto__": {"x": 1, "y": null}}');
    const copy = decode<Record<string, unknown>>(encode<WireValue>(evil));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(copy['x']).toBeUndefined();
  });

  it('may be long', () => {
    const value = { text: 'ü'.repeat(3e6), values: Float64Array.from({ length: 1e6 }, (_, i) => 1 / i) };
    const copy = decode<typeof value>(encode(value));
    expect(copy.text === value.text).toBe(true);
    expectSame(copy.values, value.values);
  });

  it('are refused where they have a type that no Wire type admits', () => {
    class Place {
      readonly x = 1;
    }
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const [value, message] of [
      [new Map(), /type Map/],
      [new Date(0), /type Date/],
      [new Place(), /type Place/],
      [Buffer.from('x'), /type Buffer/],
      [new ArrayBuffer(1), /type ArrayBuffer/],
      [() => 1, /type function/],
      [Symbol('x'), /type symbol/],
      [circle, /nested too deeply/],
    ] as const) {
      const inside: { value: WireValue } = JSON.parse('{}');
      Object.assign(inside, { value: [value] });
      expect(() => encode(inside)).toThrow(message);
      expect(() => encode(inside)).toThrow(KroncutError);
    }
  });

  it('of other bytes end in one error', () => {
    const noise = fc.uint8Array({ maxLength: 40 });
    fc.assert(fc.property(noise, decodes));
    // Messages with some bytes changed, and cut off.
    fc.assert(
      fc.property(anything, fc.array(fc.tuple(fc.nat(), fc.nat(255))), fc.nat(), (value, changes, cut) => {
        const bytes = encode(value);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        decodes(bytes);
        decodes(bytes.subarray(0, cut % bytes.length));
      }),
      { numRuns: 1000 },
    );
    // Words in place of those that encode writes.
    const words = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('Float64Array', 'Uint8Array', 'numbers', 'constructor'), fc.nat(), fc.nat())
        .map((parts) => parts.join(':')),
      fc.constantFrom(
        'Uint8Array:0:1e9',
        'Float64Array:0:99999999999999999999',
        'Int8Array:-1:2',
        '12',
        '-n',
      ),
    );
    fc.assert(fc.property(words, (word) => decodes(messageOf(JSON.stringify({ value: [`\0${word}`] })))));
    decodes(messageOf(`{"value":${'['.repeat(1e5)}${']'.repeat(1e5)}}`));
    for (const bad of ['', '1', 'null', '{}', '[]', '{"value":"\\u0000"}', '{"value":"\\u0000Map:0:0"}']) {
      expect(() => decode(messageOf(bad))).toThrow(/cannot be read/);
    }
    expect(() => decode(new Uint8Array())).toThrow(/message of 0 bytes/);
    expect(() => decode(Uint8Array.of(200, 0, 0, 0, 34, 34))).toThrow(/text of 200 bytes/);
  });
});

describe('errors between ranks', () => {
  it('take along what details can travel', () => {
    const details = { line: 3, bound: Infinity, seen: new Set([1]), deep: { f: () => 1 }, big: 10n };
    const error = fromWire(decode(encode(toWire(new KroncutError('input', 'no', { details })))), 2);
    expect(error).toMatchObject({ code: 'input', message: 'no' });
    expect(error.details).toEqual({ line: 3, bound: Infinity, big: 10n, rank: 2, everyRank: true });
  });
});

describe('the type of what travels', () => {
  interface Node {
    readonly name: string;
    readonly weight?: number | undefined;
    readonly values: Float64Array;
    readonly pair: readonly [number, bigint];
    readonly children: readonly Node[];
    readonly shape: { readonly kind: 'a'; readonly size: number } | { readonly kind: 'b'; ids: Int32Array };
  }
  const node: Node = {
    name: 'n',
    values: Float64Array.of(-0),
    pair: [1, 2n],
    children: [],
    shape: { kind: 'b', ids: Int32Array.of(1) },
  };

  it('admits plain data, and a single rank can be told to make its trip', async () => {
    const cluster = new SingleCluster('none', { roundTrip: true });
    const same: Node = await cluster.broadcast(node);
    expect(same).toEqual(node);
    expect(same).not.toBe(node);
    expect(same.values.buffer).not.toBe(node.values.buffer);
    const [first]: Node[] = await cluster.gather(node);
    expect(first).toEqual(node);
    const nothing: undefined = await cluster.onRoot(() => undefined);
    expect(nothing).toBeUndefined();
    const maybe: Node | null = await cluster.onRoot(async (): Promise<Node | null> => node);
    expect(maybe).not.toBe(node);
    const names: Record<string, readonly string[]> = await cluster.broadcast({ a: ['b'] });
    expect(names).toEqual({ a: ['b'] });
    await expect(cluster.onRoot(() => {})).resolves.toBeUndefined();
    const through = new SingleCluster('none', { roundTrip: false });
    expect(await through.broadcast(node)).toBe(node);
  });

  it('refuses all else', () => {
    class Place {
      readonly #x = 1;
      x(): number {
        return this.#x;
      }
    }
    const cluster = new SingleCluster();
    const unknown: unknown = 1;
    const calls = [
      // @ts-expect-error a Map
      () => cluster.broadcast(new Map<string, number>()),
      // @ts-expect-error a Set within
      () => cluster.gather({ set: new Set([1]) }),
      // @ts-expect-error a Date in an array
      () => cluster.onRoot(() => [new Date()]),
      // @ts-expect-error a Date
      () => cluster.onRoot(async () => new Date()),
      // @ts-expect-error a function
      () => cluster.broadcast(() => 1),
      // @ts-expect-error a method
      () => cluster.broadcast({ name: 'a', call: () => 1 }),
      // @ts-expect-error a symbol
      () => cluster.broadcast(Symbol.iterator),
      // @ts-expect-error a symbol as a key
      () => cluster.broadcast({ [Symbol.iterator]: 1 }),
      // @ts-expect-error an instance of a class
      () => cluster.gather(new Place()),
      // @ts-expect-error an error
      () => cluster.gather({ error: new KroncutError('input', 'no') }),
      // @ts-expect-error a buffer without a type
      () => cluster.gather(new ArrayBuffer(8)),
      // @ts-expect-error not known
      () => cluster.broadcast(unknown),
      // @ts-expect-error not known, within
      () => cluster.broadcast({ unknown }),
      // @ts-expect-error sometimes a Map
      () => cluster.broadcast<{ map?: Map<string, string> }>({}),
      // @ts-expect-error one of a union
      () => send<{ kind: 'a' } | { kind: 'b'; at: Date }>({ kind: 'a' }),
    ];
    expect(calls).toHaveLength(15);
  });
});
