import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  searchTop,
  type TopSearchOptions,
  type TopSearchResult,
} from '../../../../src/reconstruct/topSearch/topSearch.js';
import { keepQuery, type TensorNetwork } from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, networkOf } from '../../../support/denseNetwork.js';
import { anyNetwork, chainOf, networkWith, numbers, type SmallNetwork } from '../../../support/networks.js';

interface Case extends SmallNetwork {
  readonly count: number;
}

function cases(positive: boolean): fc.Arbitrary<Case> {
  return fc
    .tuple(anyNetwork(positive), fc.integer({ min: 1, max: 12 }))
    .map(([network, count]) => ({ ...network, count }));
}

function indexOf(ones: ReadonlySet<number>): number {
  return [...ones].reduce((sum, bit) => sum + 2 ** bit, 0);
}

/** A search that fits. */
async function search(network: TensorNetwork, options: TopSearchOptions): Promise<TopSearchResult> {
  const result = await searchTop(testContext(), network, options);
  if (result === undefined) throw new Error('the network is too wide to search');
  return result;
}

/** Sixty bits in ten tensors of random weights: ever more outcomes that are nearly as likely as the best. */
const flat = (): SmallNetwork => {
  const next = numbers(5);
  const sizes = Array.from({ length: 10 }, () => 6);
  const pairs = sizes.slice(1).map((_, i): [number, number] => [i, i + 1]);
  return networkWith(sizes, pairs, () => 0.05 + 0.5 * Math.abs(next()));
};

describe('the search for the most likely outcomes', () => {
  for (const probabilities of [true, false]) {
    const kind = probabilities ? 'probabilities' : 'quasi-probabilities';
    it(`finds those of any small network of ${kind}, proven`, async () => {
      const context = testContext();
      await fc.assert(
        fc.asyncProperty(cases(probabilities), async ({ members, bits, count }) => {
          const order = Array.from({ length: bits }, (_, bit) => bit);
          const dense = denseAnswer(members, keepQuery(order));
          const network = networkOf(context.native, members);
          const found = await search(network, { count, probabilities, work: 1e9 });
          expect(found.proven).toBe(true);
          const ranked = [...dense].sort((a, b) => b - a);
          const scale = Math.max(...ranked.map(Math.abs), 1);
          expect(found.outcomes).toHaveLength(Math.min(count, dense.length));
          expect(new Set(found.outcomes.map(({ ones }) => indexOf(ones))).size).toBe(found.outcomes.length);
          for (const [i, { ones, value }] of found.outcomes.entries()) {
            expect(Math.abs(value - (dense[indexOf(ones)] ?? NaN))).toBeLessThan(1e-12 * scale);
            expect(Math.abs(value - (ranked[i] ?? NaN))).toBeLessThan(1e-8 * scale);
          }
          const other = ranked[count] ?? -Infinity;
          expect(found.bound).toBeGreaterThanOrEqual(other - 1e-8 * scale);
        }),
        { numRuns: 200 },
      );
    });

    it(`gives a bound on all others of ${kind} where its work ends too soon`, async () => {
      const context = testContext();
      let unproven = 0;
      await fc.assert(
        fc.asyncProperty(cases(probabilities), async ({ members, bits, count }) => {
          const order = Array.from({ length: bits }, (_, bit) => bit);
          const dense = denseAnswer(members, keepQuery(order));
          const network = networkOf(context.native, members);
          const found = await search(network, { count, probabilities, work: 0 });
          const listed = new Set(found.outcomes.map(({ ones }) => indexOf(ones)));
          const scale = Math.max(...dense.map(Math.abs), 1);
          for (const [index, value] of dense.entries()) {
            if (!listed.has(index)) expect(value).toBeLessThanOrEqual(found.bound + 1e-8 * scale);
          }
          if (!found.proven) unproven += 1;
        }),
        { numRuns: 100 },
      );
      expect(unproven).toBeGreaterThan(0);
    });
  }

  it('says of a flat distribution, early, that it will not be proven, and ends within its limit', async () => {
    const context = testContext();
    const network = networkOf(context.native, flat().members);
    const heard: number[] = [];
    const work = 3e7;
    const onHopeless = (times: number): void => void heard.push(times);
    const options = { count: 10, probabilities: true, work, onHopeless };
    const found = await searchTop(context, network, options);
    expect(found?.proven).toBe(false);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toBeGreaterThan(1);
    // Beyond the limit by what one prefix takes at most.
    expect(found?.work).toBeLessThan(1.1 * work);
  });

  it('says nothing of the kind where it proves what it found', async () => {
    const context = testContext();
    const network = networkOf(context.native, chainOf([3, 3, 3, 3], 3).members);
    const heard: number[] = [];
    const onHopeless = (times: number): void => void heard.push(times);
    const options = { count: 3, probabilities: false, work: 1e8, onHopeless };
    expect((await searchTop(context, network, options))?.proven).toBe(true);
    expect(heard).toEqual([]);
  });
});
