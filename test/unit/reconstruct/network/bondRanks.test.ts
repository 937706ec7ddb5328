/** Bonds between tensors that shrink to their numerical rank. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../../src/cluster/cluster.js';
import type { BitAction } from '../../../../src/native/addon.js';
import { findBondRanks } from '../../../../src/reconstruct/network/bondRanks.js';
import { contractNetwork, planNetwork } from '../../../../src/reconstruct/engine/contractNetwork.js';
import { projectedNetwork, reducedNetwork } from '../../../../src/reconstruct/network/projectNetwork.js';
import type { ContractionResult } from '../../../../src/reconstruct/engine/rangeResult.js';
import { size } from '../../../../src/reconstruct/network/dropZeroComponents.js';
import {
  keepQuery,
  type Query,
  type TensorNetwork,
} from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, denseMember, networkOf, type DenseMember } from '../../../support/denseNetwork.js';
import { onLocalRanks } from '../../../support/localCluster.js';

/** Numbers in (-1, 1) that a seed decides. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const context = testContext();

/**
 * The values of a tensor, projected for one group of its bonds onto `rank` random directions, plus noise: rows over
 * these bonds depend on so many.
 */
function planted(
  member: DenseMember,
  joint: readonly number[],
  rank: number,
  noise: number,
  next: () => number,
): DenseMember {
  const extent = 4 ** joint.length;
  const left = Float64Array.from({ length: extent * rank }, next);
  const right = Float64Array.from({ length: extent * rank }, next);
  const length = 2 ** member.bits.length;
  const { bonds } = member;
  const rows = member.values.length / length;
  const digit = (row: number, bond: number): number =>
    Math.floor(row / 4 ** (bonds.length - 1 - bonds.indexOf(bond))) % 4;
  const jointOf = (row: number): number => joint.reduce((index, bond) => 4 * index + digit(row, bond), 0);
  const restOf = (row: number): number =>
    bonds.reduce((index, bond) => (joint.includes(bond) ? index : 4 * index + digit(row, bond)), 0);
  const inner = Array.from({ length: rank }, () => new Float64Array((rows / extent) * length));
  for (let row = 0; row < rows; row += 1) {
    for (const [r, sum] of inner.entries()) {
      const factor = right[jointOf(row) * rank + r] ?? 0;
      for (let x = 0; x < length; x += 1) {
        const place = restOf(row) * length + x;
        sum[place] = (sum[place] ?? 0) + factor * (member.values[row * length + x] ?? 0);
      }
    }
  }
  const values = Float64Array.from({ length: rows * length }, (_, place) => {
    const row = Math.floor(place / length);
    const column = restOf(row) * length + (place % length);
    let value = noise * next();
    for (const [r, sum] of inner.entries())
      value += (left[jointOf(row) * rank + r] ?? 0) * (sum[column] ?? 0);
    return value;
  });
  return { ...member, values };
}

interface Planted {
  readonly bits: readonly number[];
  readonly pairs: readonly (readonly [number, number])[];
  /** By member: whether its rows over the bonds of its first pair depend on so many. */
  readonly ranks: readonly number[];
  readonly seed: number;
  readonly noise: number;
}

const cases = fc.record({
  bits: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 4 }),
  /** Beside a chain of all members. */
  pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 2 }),
  ranks: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
  seed: fc.nat(),
});

function plantedNetwork({ bits, pairs, ranks, seed, noise }: Planted): DenseMember[] {
  const legs: number[][] = bits.map(() => []);
  const chained = bits.slice(1).map((_, i): [number, number] => [i, i + 1]);
  for (const [label, [a, b]] of [...chained, ...pairs].entries()) {
    legs[a % bits.length]?.push(label);
    legs[b % bits.length]?.push(label);
  }
  let first = 0;
  return bits.map((own, i) => {
    const next = numbers(seed + 7 * i);
    const named = Array.from({ length: own }, (_, bit) => first + bit);
    first += own;
    const member = denseMember(legs[i] ?? [], named, next);
    const rank = ranks[i] ?? 0;
    const ends = (label: number): string =>
      legs.flatMap((own, owner) => (own.includes(label) ? [owner] : [])).join(' ');
    const traced = new Set(member.bonds).size < member.bonds.length;
    const to = member.bonds[0];
    if (rank === 0 || traced || to === undefined) return member;
    const joint = member.bonds.filter((bond) => ends(bond) === ends(to));
    return planted(member, joint, rank, noise, next);
  });
}

function extentsOf({ members, extent }: TensorNetwork): number[] {
  return members.map(({ bonds }) => size(bonds, extent));
}

describe('bonds of tensors whose rows depend on each other', () => {
  it('shrink to their rank, and no answer changes but by rounding', async () => {
    let shrunk = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (made) => {
        const members = plantedNetwork({ ...made, noise: 0 });
        const network = networkOf(context.native, members);
        const found = await findBondRanks(context, network, 1e-13);
        const smaller = projectedNetwork(context, network, found.ranks);
        const bits = members.flatMap(({ bits: own }) => own);
        const query: Query = { ...keepQuery(bits), bondTolerance: 0 };
        const { values } = await contractNetwork(context, smaller, query, { values: true });
        const dense = denseAnswer(members, query);
        const scale = Math.max(1, ...dense.map(Math.abs));
        for (const [i, value] of dense.entries())
          expect(Math.abs((values[i] ?? 0) - value)).toBeLessThan(1e-11 * scale);
        for (const { rank, extent, vectors } of found.ranks) {
          expect(rank).toBeLessThan(extent);
          expect(vectors.length).toBe(rank * extent);
          for (let p = 0; p < rank; p += 1) {
            for (let q = 0; q <= p; q += 1) {
              let dot = 0;
              for (let i = 0; i < extent; i += 1)
                dot += (vectors[i * rank + p] ?? 0) * (vectors[i * rank + q] ?? 0);
              expect(dot).toBeCloseTo(p === q ? 1 : 0, 12);
            }
          }
        }
        // Nothing is left to shrink.
        expect((await findBondRanks(context, smaller, 1e-13)).ranks).toEqual([]);
        const [before, after] = [extentsOf(network), extentsOf(smaller)];
        if (found.ranks.length > 0) shrunk += 1;
        for (const [i, extent] of after.entries()) expect(extent).toBeLessThanOrEqual(before[i] ?? 0);
      }),
      { numRuns: 60 },
    );
    expect(shrunk).toBeGreaterThan(20);
  });

  it('lose at most what the bounds say with a larger tolerance', async () => {
    let lossy = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 2, max: 5 }), async (made, digits) => {
        const noise = 10 ** -digits;
        const members = plantedNetwork({ ...made, noise });
        const network = networkOf(context.native, members);
        const { ranks, errorBound, totalErrorBound } = await findBondRanks(context, network, 3 * noise);
        if (errorBound > 1e-9) lossy += 1;
        const smaller = projectedNetwork(context, network, ranks);
        const bits = members.flatMap(({ bits: own }) => own);
        const query: Query = { ...keepQuery(bits), bondTolerance: 0 };
        const { values } = await contractNetwork(context, smaller, query, { values: true });
        const dense = denseAnswer(members, query);
        const rounding = 1e-12 * Math.max(1, ...dense.map(Math.abs));
        let total = 0;
        for (const [i, value] of dense.entries()) {
          const off = Math.abs((values[i] ?? 0) - value);
          expect(off).toBeLessThanOrEqual(errorBound + rounding);
          total += off;
        }
        expect(total).toBeLessThanOrEqual(totalErrorBound + rounding * dense.length);
      }),
      { numRuns: 60 },
    );
    expect(lossy).toBeGreaterThan(10);
  });

  it('stay as they are at full rank', async () => {
    const next = numbers(5);
    const members = [
      denseMember([0, 1, 4], [0, 1, 2], next),
      denseMember([0, 1, 2, 3], [3], next),
      denseMember([2, 3, 4], [4, 5, 6], next),
    ];
    const network = networkOf(context.native, members);
    expect(await findBondRanks(context, network, 1e-13)).toEqual({
      ranks: [],
      errorBound: 0,
      totalErrorBound: 0,
    });
  });

  it('allow for what single precision rounds off', async () => {
    const next = numbers(6);
    const exact = [
      planted(denseMember([0, 1], [0, 1, 2, 3], next), [0, 1], 5, 0, next),
      denseMember([0, 1, 2], [4, 5], next),
      denseMember([2], [6], next),
    ];
    const members = exact.map((member) => ({
      ...member,
      values: Float64Array.from(member.values, Math.fround),
    }));
    const network = networkOf(context.native, members);
    const single = {
      ...network,
      members: network.members.map((member) => ({ ...member, rounding: 2 ** -24 })),
    };
    const ranksOf = async (one: TensorNetwork): Promise<number[]> =>
      (await findBondRanks(context, one, 1e-13)).ranks.map(({ rank }) => rank);
    // The last tensor has two values for each component of its bond, and so the middle one eight of the others.
    expect(await ranksOf(network)).toEqual([8, 2]);
    expect(await ranksOf(single)).toEqual([5, 2]);
  });
});

function range(begin: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => begin + i);
}

/** A chain of three tensors, joined by three bonds each; `rank` below 64 plants a dependence in the first. */
function chainOf(rank: number, outer: number, seed: number): DenseMember[] {
  const next = numbers(seed);
  const first = denseMember([0, 1, 2], range(0, outer), next);
  return [
    rank < 64 ? planted(first, [0, 1, 2], rank, 0, next) : first,
    denseMember([0, 1, 2, 3, 4, 5], [outer], next),
    denseMember([3, 4, 5], range(outer + 1, outer), next),
  ];
}

const order = range(0, 23);

/** The rank that is found of the first tensor of a chain. */
async function rankOf(dependent: number): Promise<number> {
  const network = networkOf(context.native, chainOf(dependent, 11, 1));
  const { inner } = await planNetwork(context, network, keepQuery(order));
  return inner?.bonds[0]?.after ?? 64;
}

describe('queries', () => {
  it('shrink the bonds between tensors where that pays, and say so', async () => {
    const network = networkOf(context.native, chainOf(6, 11, 1));
    const query = keepQuery(order);
    const asked = { top: 20, moments: true };
    const whole = await contractNetwork(context, network, { ...query, bondTolerance: 0 }, asked);
    expect(whole.bonds).toEqual({ planned: 64, used: 64, errorBound: 0 });
    const found = await contractNetwork(context, network, query, asked);
    for (const [i, { index, value }] of whole.top.entries()) {
      expect(found.top[i]?.index).toBe(index);
      expect(Math.abs((found.top[i]?.value ?? 0) - value)).toBeLessThan(1e-12 * value);
    }
    expect(found.bonds.inner?.bonds).toEqual([
      { between: ['m0', 'm1'], before: 64, after: 6 },
      { between: ['m1', 'm2'], before: 64, after: 12 },
    ]);
    expect(found.bonds.used).toBeLessThanOrEqual(12);
    expect(found.bonds.errorBound).toBeGreaterThanOrEqual(found.bonds.inner?.errorBound ?? Infinity);
    expect(await contractNetwork({ ...context, threads: 3 }, network, query, asked)).toEqual(found);
  });

  it('have the same bonds on all ranks, and the same answer to the last bit', async () => {
    const members = chainOf(6, 11, 3);
    const contract = (cluster: Cluster): Promise<ContractionResult> => {
      const network = networkOf(context.native, members);
      return contractNetwork({ ...context, cluster }, network, keepQuery(order), { top: 20, moments: true });
    };
    const alone = await contract(context.cluster);
    expect(alone.bonds.inner?.bonds).toHaveLength(2);
    for (const found of await onLocalRanks(3, contract)) expect(found).toEqual(alone);
  });

  it('take other tensors of the same shape for what they are', async () => {
    expect(await rankOf(6)).toBe(6);
    expect(await rankOf(9)).toBe(9);
    expect(await rankOf(64)).toBe(64);
  });

  it('look for no ranks where a contraction is soon done', async () => {
    const network = networkOf(context.native, chainOf(3, 3, 2));
    const query = keepQuery(range(0, 7));
    const { inner } = await planNetwork(context, network, query);
    expect(inner).toBeUndefined();
  });

  it('reduce tensors to what they ask, with the ranks that leaves', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.array(fc.nat(4), { minLength: 12, maxLength: 12 }), async (made, picks) => {
        const members = plantedNetwork({ ...made, noise: 0 });
        const kinds = ['keep', 'sum', 'fix0', 'fix1', 'weigh'] as const;
        const bits = members.flatMap(({ bits: own }) => own);
        const actions = new Map(
          bits.map((bit): [number, BitAction] => [bit, kinds[picks[bit] ?? 0] ?? 'sum']),
        );
        const query: Query = {
          actions,
          order: bits.filter((bit) => actions.get(bit) === 'keep'),
          bondTolerance: 0,
        };
        const reduced = reducedNetwork(context, networkOf(context.native, members), query);
        const { ranks } = await findBondRanks(context, reduced, 1e-13);
        const smaller = projectedNetwork(context, reduced, ranks);
        const { values } = await contractNetwork(context, smaller, query, { values: true });
        const dense = denseAnswer(members, query);
        const scale = Math.max(1, ...dense.map(Math.abs));
        for (const [i, value] of dense.entries())
          expect(Math.abs((values[i] ?? 0) - value)).toBeLessThan(1e-11 * scale);
      }),
      { numRuns: 40 },
    );
  });
});
