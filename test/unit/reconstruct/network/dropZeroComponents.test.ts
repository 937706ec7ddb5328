/** Bonds that lose components of zeros before a contraction is planned. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractNetwork, planNetwork } from '../../../../src/reconstruct/engine/contractNetwork.js';
import { dropZeroComponents } from '../../../../src/reconstruct/network/dropZeroComponents.js';
import { keepQuery } from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, denseMember, networkOf } from '../../../support/denseNetwork.js';

/** Numbers in (-1, 1) that a seed decides. */
function numbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const context = testContext();

/** Numbers of which whole rows of `length` are zero. */
function sparse(seed: number, length: number, share: number): () => number {
  const next = numbers(seed);
  let [place, zero] = [0, false];
  return () => {
    if (place % length === 0) zero = (next() + 1) / 2 < share;
    place += 1;
    const value = next();
    return zero ? 0 : value;
  };
}

describe('bonds with components of zeros', () => {
  it('shrink without a change of any answer', async () => {
    let shrunk = 0;
    const cases = fc.record({
      bits: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 4 }),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 5 }),
      share: fc.double({ min: 0.2, max: 1, noNaN: true }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bits, pairs, share, seed }) => {
        const legs: number[][] = bits.map(() => []);
        for (const [label, [a, b]] of pairs.entries()) {
          // Both ends may lie on one tensor.
          legs[a % bits.length]?.push(label);
          legs[b % bits.length]?.push(label);
        }
        let first = 0;
        const members = bits.map((own, i) => {
          const named = Array.from({ length: own }, (_, bit) => first + bit);
          first += own;
          return denseMember(legs[i] ?? [], named, sparse(seed + i, 2 ** own, share));
        });
        const query = keepQuery(Array.from({ length: first }, (_, bit) => bit));
        const network = networkOf(context.native, members);
        const found = await contractNetwork(context, network, query, { values: true });
        const plain = { ...query, bondTolerance: 0 };
        const whole = await contractNetwork(context, network, plain, { values: true });
        for (const [i, value] of denseAnswer(members, query).entries()) {
          expect(found.values[i]).toBeCloseTo(value, 10);
          expect(whole.values[i]).toBeCloseTo(value, 10);
        }
        const smaller = await dropZeroComponents(context, network);
        if (smaller !== network) shrunk += 1;
        const extents = (of: typeof network): number[] =>
          of.members.map(({ bonds }) => bonds.reduce((size, bond) => size * of.extent(bond), 1));
        for (const [i, size] of extents(smaller).entries())
          expect(size).toBeLessThanOrEqual(extents(network)[i] ?? 0);
      }),
      { numRuns: 100 },
    );
    expect(shrunk).toBeGreaterThan(20);
  });

  it('spread along a chain: what one tensor lacks, the others lose', async () => {
    const next = numbers(3);
    // Of the first bond only component 2 stays; the middle tensor then has component 1 of the second alone.
    const only = (component: number, length: number): (() => number) => {
      let place = 0;
      return () => {
        const row = Math.floor(place / length) % 4;
        place += 1;
        return row === component ? next() + 2 : 0;
      };
    };
    let place = 0;
    const diagonal = (): number => {
      const [a, b] = [Math.floor(place / 8), Math.floor(place / 2) % 4];
      place += 1;
      return (a + 3) % 4 === b ? next() + 2 : 0;
    };
    const members = [
      denseMember([0], [0, 1], only(2, 4)),
      denseMember([0, 1], [2], diagonal),
      denseMember([1], [3, 4], () => next() + 2),
    ];
    const network = networkOf(context.native, members);
    const smaller = await dropZeroComponents(context, network);
    expect(smaller.members.flatMap(({ bonds }) => bonds.map(smaller.extent))).toEqual([1, 1, 1, 1]);
    const query = keepQuery([0, 1, 2, 3, 4]);
    const { plan, planned } = await planNetwork(context, network, query);
    expect([plan.inner, planned]).toEqual([1, 4]);
    const { values, bonds } = await contractNetwork(context, network, query, { values: true });
    for (const [i, value] of denseAnswer(members, query).entries()) expect(values[i]).toBeCloseTo(value, 10);
    expect(bonds).toEqual({ planned: 4, used: 1, errorBound: 0 });
  });
});
