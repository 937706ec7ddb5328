import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BitAction } from '../../../../src/native/addon.js';
import { answerFile } from '../../../../src/reconstruct/engine/answerFile.js';
import { contractNetwork, planQuery } from '../../../../src/reconstruct/engine/contractNetwork.js';
import { keepQuery, type Query } from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, denseMember, networkOf, type DenseMember } from '../../../support/denseNetwork.js';
import { onLocalRanks } from '../../../support/localCluster.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-contract-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Numbers in (-1, 1) that a seed decides. */
function numbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

interface Case {
  readonly members: readonly DenseMember[];
  readonly query: Query;
}

const ACTIONS: readonly BitAction[] = ['keep', 'keep', 'keep', 'sum', 'fix0', 'fix1', 'weigh'];

const cases: fc.Arbitrary<Case> = fc
  .record({
    bits: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
    pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }),
    actions: fc.array(fc.constantFrom(...ACTIONS), { minLength: 12, maxLength: 12 }),
    shuffle: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    seed: fc.nat(),
  })
  .map(({ bits, pairs, actions, shuffle, seed }) => {
    const legs: number[][] = bits.map(() => []);
    for (const [label, [a, b]] of pairs.entries()) {
      // Both ends may lie on one tensor.
      legs[a % bits.length]?.push(label);
      legs[b % bits.length]?.push(label);
    }
    const next = numbers(seed);
    // Bits of the members are interleaved.
    const owner = bits.flatMap((count, i) => Array.from({ length: count }, () => i));
    const mixed = owner
      .map((member, i) => ({ member, key: shuffle[i] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ member }) => member);
    const members = bits.map((_, i) =>
      denseMember(
        legs[i] ?? [],
        mixed.flatMap((member, bit) => (member === i ? [bit] : [])),
        next,
      ),
    );
    const chosen = new Map(mixed.map((_, bit) => [bit, actions[bit] ?? 'sum']));
    const order = [...chosen].filter(([, action]) => action === 'keep').map(([bit]) => bit);
    if ((seed & 1) === 1) order.reverse();
    return { members, query: { actions: chosen, order } };
  });

describe('the contraction engine', () => {
  it('answers any query of any network like the sum over everything', async () => {
    const context = testContext();
    await fc.assert(
      fc.asyncProperty(cases, async ({ members, query }) => {
        const expected = denseAnswer(members, query);
        const network = networkOf(context.native, members);
        const result = await contractNetwork(context, network, query, {
          values: true,
          moments: true,
          top: 3,
        });
        expect(result.values.length).toBe(expected.length);
        for (const [i, value] of expected.entries()) expect(result.values[i]).toBeCloseTo(value, 10);
        const values = [...result.values];
        expect(result.moments.min).toBe(Math.min(...values));
        expect(result.moments.max).toBe(Math.max(...values));
        const ranked = values
          .map((value, index) => ({ index: BigInt(index), value }))
          .sort((a, b) => b.value - a.value || Number(a.index - b.index));
        expect(result.top).toEqual(ranked.slice(0, 3));
      }),
      { numRuns: 120 },
    );
  });

  it('gives the same with operands that must be sliced', async () => {
    const next = numbers(5);
    const members = [
      denseMember([0], [0, 3, 6, 7], next),
      denseMember([0, 1], [1, 4, 8, 9], next),
      denseMember([1], [2, 5, 10, 11], next),
    ];
    const query = keepQuery([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const free = testContext();
    const network = networkOf(free.native, members);
    const plan = planQuery(network, query, free.memory);
    const tight = testContext({ memory: Math.ceil(plan.peakBytes / 5) });
    expect(planQuery(network, query, tight.memory).sliceBits).toBeGreaterThan(0);
    const reference = free.native.createTensor([], query.order, denseAnswer(members, query));
    const results = [];
    for (const context of [free, tight]) {
      const file = join(folder, `${context.memory}.npy`);
      await context.native.createArrayFile(file, 2 ** 12, 'double');
      const { moments, top, values, compare } = await contractNetwork(context, network, query, {
        file: answerFile(file, 2 ** 12, 'double'),
        values: true,
        moments: true,
        top: 5,
        compare: reference,
      });
      expect(compare.maxAbsError).toBeLessThan(1e-12);
      const bytes = await readFile(file);
      const stored = new Float64Array(bytes.buffer.slice(bytes.byteOffset + bytes.length - 8 * 2 ** 12));
      expect(stored).toEqual(values);
      results.push({ moments, top: top.map(({ index }) => index), values });
    }
    for (const [i, value] of results[0]!.values.entries())
      expect(results[1]!.values[i]).toBeCloseTo(value, 12);
    expect(results[1]!.top).toEqual(results[0]!.top);
    for (const size of [2, 3, 5]) {
      const shared = await onLocalRanks(size, (cluster) =>
        contractNetwork(testContext({ memory: tight.memory, threads: 1 }, cluster), network, query, {
          values: true,
        }),
      );
      expect(shared.at(-1)?.values).toEqual(results[1]!.values);
    }
  });

  it('gives bit for bit the same on any number of ranks', async () => {
    const next = numbers(9);
    const evens = Array.from({ length: 8 }, (_, i) => 2 * i);
    const odds = evens.map((bit) => bit + 1);
    const members = [denseMember([0, 1], evens, next), denseMember([0, 1], odds, next)];
    const query = keepQuery(Array.from({ length: 16 }, (_, i) => i));
    const answers = [];
    for (const size of [1, 2, 3, 4, 7]) {
      const file = join(folder, `ranks${size}.npy`);
      const { native } = testContext();
      await native.createArrayFile(file, 2 ** 16, 'single');
      const network = networkOf(native, members);
      const results = await onLocalRanks(size, (cluster) =>
        contractNetwork(testContext({ threads: 1 + (size % 2) }, cluster), network, query, {
          file: answerFile(file, 2 ** 16, 'single'),
          moments: true,
          top: 20,
        }),
      );
      for (const result of results) expect(result).toEqual(results[0]);
      const bytes = await readFile(file);
      // Slices of 2^12 values, hashed one by one.
      const slices = Array.from({ length: 16 }, (_, i) => bytes.subarray(bytes.length - (16 - i) * 2 ** 14));
      const hashes = slices.map((slice) => createHash('sha256').update(slice.subarray(0, 2 ** 14)));
      expect(results[0]?.blocks).toBe(hashes.map((hash) => hash.digest('hex')).join(''));
      answers.push({ result: results[0], bytes });
    }
    for (const { result, bytes } of answers) {
      expect(result).toEqual(answers[0]?.result);
      expect(bytes.equals(answers[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('shrinks bonds to their rank, within the error that it states, the same on any number of ranks', async () => {
    const next = numbers(21);
    const evens = Array.from({ length: 9 }, (_, i) => 2 * i);
    const odds = evens.map((bit) => bit + 1);
    const left = denseMember([0, 1], evens, next);
    const right = denseMember([0, 1], odds, next);
    // Three of the sixteen components are independent, the others differ from sums of them by 1e-6.
    const { values } = left;
    for (let component = 3; component < 16; component += 1) {
      const shares = [next(), next(), next()];
      for (let outcome = 0; outcome < 512; outcome += 1) {
        const sum = shares.reduce((total, share, i) => total + share * (values[512 * i + outcome] ?? 0), 0);
        values[512 * component + outcome] = sum + 1e-6 * next();
      }
    }
    const order = Array.from({ length: 18 }, (_, i) => i);
    const ask = { values: true, moments: true, top: 5 };
    const { native } = testContext();
    const network = networkOf(native, [left, right]);
    const exact = await contractNetwork(testContext(), network, keepQuery(order), ask);
    expect(exact.bonds).toEqual({ planned: 16, used: 16, errorBound: 0 });
    const answers = [];
    for (const size of [1, 2, 3]) {
      const results = await onLocalRanks(size, (cluster) =>
        contractNetwork(
          testContext({ threads: 1 + (size % 2) }, cluster),
          network,
          keepQuery(order, 1e-4),
          ask,
        ),
      );
      answers.push(results[0]!);
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const { bonds, values: found } = answers[0]!;
    expect(bonds.used).toBe(3);
    expect(bonds.planned).toBe(16);
    const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - exact.values[i]!)), 0);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(bonds.errorBound);
    // Where memory is short of the copies that shrinking needs, nothing shrinks.
    const plan = planQuery(network, keepQuery(order), Infinity);
    const tight = testContext({ memory: plan.peakBytes });
    const unshrunk = await contractNetwork(tight, network, keepQuery(order, 1e-4), ask);
    expect(unshrunk.bonds.used).toBe(16);
    expect(unshrunk.values).toEqual(exact.values);
  });

  it('stops at once when its signal was aborted', async () => {
    const context = testContext({ signal: AbortSignal.abort() });
    const network = networkOf(context.native, [denseMember([], [0], numbers(1))]);
    await expect(contractNetwork(context, network, keepQuery([0]), { values: true })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('refuses an answer whose index would not fit', async () => {
    const context = testContext();
    const order = Array.from({ length: 60 }, (_, i) => i);
    await expect(
      contractNetwork(context, networkOf(context.native, []), keepQuery(order), { top: 1 }),
    ).rejects.toThrow(/2\^60 values/);
  });
});
