/** Vectors taken along a chain of tensors, and bounds on what is to come, against sums over all outcomes and bonds. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepQuery } from '../../../../src/reconstruct/network/tensorNetwork.js';
import {
  boundWork,
  frontiersOf,
  largestBounds,
  sumBounds,
} from '../../../../src/reconstruct/topSearch/prefixBounds.js';
import {
  advance,
  advanceWork,
  openChain,
  planChain,
  type Link,
} from '../../../../src/reconstruct/topSearch/tensorChain.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, networkOf, type DenseMember } from '../../../support/denseNetwork.js';
import { anyNetwork, chainOf, type SmallNetwork } from '../../../support/networks.js';

const context = testContext();

interface OpenedChain {
  readonly chain: readonly Link[];
  /** All values; bit i of the index is outcome bit i. */
  readonly dense: Float64Array;
}

async function open({ members, bits }: SmallNetwork): Promise<OpenedChain> {
  const network = networkOf(context.native, members);
  const order = Array.from({ length: bits }, (_, bit) => bit);
  const chain = await openChain(context, planChain(network), network.extent);
  return { chain, dense: denseAnswer(members, keepQuery(order)) };
}

/** Prefixes of outcomes: the vector over the frontier behind each, and the part of the index that it decides. */
interface Prefix {
  readonly vector: Float64Array;
  readonly index: number;
  readonly decided: number;
}

/** All prefixes by their length. */
function prefixesOf(chain: readonly Link[]): Prefix[][] {
  let prefixes: Prefix[] = [{ vector: Float64Array.of(1), index: 0, decided: 0 }];
  const levels = [prefixes];
  for (const link of chain) {
    prefixes = prefixes.flatMap(({ vector, index, decided }) => {
      const vectors = advance(link, vector);
      return Array.from({ length: link.outcomes }, (_, outcome) => ({
        vector: Float64Array.from(
          { length: vectors.length / link.outcomes },
          (_, c) => vectors[c * link.outcomes + outcome] ?? NaN,
        ),
        index: link.bits.reduce((sum, bit, i) => sum + ((outcome >> i) & 1) * 2 ** bit, index),
        decided: link.bits.reduce((sum, bit) => sum + 2 ** bit, decided),
      }));
    });
    levels.push(prefixes);
  }
  return levels;
}

/** The values that begin with a prefix. */
function valuesUnder(dense: Float64Array, { index, decided }: Prefix): number[] {
  return [...dense].filter((_, outcome) => (outcome & decided) === index);
}

/** A tensor of one bond and one bit that is a product of a vector over either. */
function onOneBond(bit: number, leg: readonly number[], parts: readonly number[]): DenseMember {
  const values = leg.flatMap((value) => parts.map((part) => value * part));
  return { bonds: [0], bits: [bit], values: Float64Array.from(values) };
}

function scaleOf(dense: Float64Array): number {
  return Math.max(1, ...dense.map(Math.abs)) * dense.length;
}

describe('a chain of tensors', () => {
  it('gives the value of every outcome of any network', async () => {
    await fc.assert(
      fc.asyncProperty(anyNetwork(), async (small) => {
        const { chain, dense } = await open(small);
        const last = prefixesOf(chain).at(-1) ?? [];
        expect(last).toHaveLength(dense.length);
        for (const { vector, index } of last) {
          expect(vector).toHaveLength(1);
          expect(Math.abs((vector[0] ?? NaN) - (dense[index] ?? NaN))).toBeLessThan(1e-12 * scaleOf(dense));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes along a line without widening, and says what that takes', async () => {
    // In the order 0, 1, 2, 3 of a line no more than one bond is ever open.
    const small = chainOf([1, 2, 2, 1], 7);
    const plan = planChain(networkOf(context.native, small.members));
    const { chain } = await open(small);
    expect(Math.max(...chain.map(({ pass, out }) => pass * out))).toBe(4);
    expect(plan.work).toBe(chain.reduce((sum, link) => sum + advanceWork(link), 0));
    const held = small.members.reduce((sum, { values }) => sum + values.length, 0);
    expect(plan.values).toBe(held + 3 * Math.max(...small.members.map(({ values }) => values.length)));
  });
});

describe('bounds behind a prefix', () => {
  it('are never below the largest magnitude that follows, and exact behind the last tensor', async () => {
    await fc.assert(
      fc.asyncProperty(anyNetwork(), async (small) => {
        const { chain, dense } = await open(small);
        const frontiers = frontiersOf(chain, Infinity).frontiers;
        expect(frontiers).toHaveLength(chain.length + 1);
        for (const [depth, prefixes] of prefixesOf(chain).entries()) {
          const frontier = frontiers[depth];
          if (frontier === undefined) throw new Error('a frontier is missing');
          for (const prefix of prefixes) {
            const [bound = NaN] = largestBounds(frontier, prefix.vector, 1);
            const largest = Math.max(...valuesUnder(dense, prefix).map(Math.abs));
            expect(bound).toBeGreaterThanOrEqual(largest - 1e-12 * scaleOf(dense));
            if (depth === chain.length) expect(bound).toBeCloseTo(largest, 10);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('sum what follows', async () => {
    await fc.assert(
      fc.asyncProperty(anyNetwork(true), async (small) => {
        const { chain, dense } = await open(small);
        const frontiers = frontiersOf(chain, Infinity).frontiers;
        for (const [depth, prefixes] of prefixesOf(chain).entries()) {
          const frontier = frontiers[depth];
          if (frontier === undefined) throw new Error('a frontier is missing');
          for (const prefix of prefixes) {
            const [found = NaN] = sumBounds(frontier, prefix.vector, 1);
            const sum = valuesUnder(dense, prefix).reduce((all, p) => all + p, 0);
            expect(Math.abs(found - sum)).toBeLessThan(1e-12 * scaleOf(dense));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are exact for a product, whatever its components are', async () => {
    // Two tensors whose bond carries one vector each: a value is a product of a part of either.
    const [left, right] = [
      [0.5, -0.25, 1, 0.125],
      [2, 1, -1, 0.5],
    ];
    const small = {
      members: [onOneBond(0, left ?? [], [0.3, 0.7]), onOneBond(1, right ?? [], [-0.6, 0.4])],
      bits: 2,
    };
    const { chain, dense } = await open(small);
    const [frontier] = frontiersOf(chain, Infinity).frontiers;
    if (frontier === undefined) throw new Error('a frontier is missing');
    const [bound = NaN] = largestBounds(frontier, Float64Array.of(1), 1);
    expect(bound).toBeCloseTo(Math.max(...dense.map(Math.abs)), 8);
  });

  it('bound several prefixes at once as one by one', async () => {
    const { chain } = await open(chainOf([2, 2, 2], 11));
    const [, frontier] = frontiersOf(chain, Infinity).frontiers;
    const [link] = chain;
    if (frontier === undefined || link === undefined) throw new Error('the chain is too short');
    const vectors = advance(link, Float64Array.of(1));
    const together = largestBounds(frontier, vectors, link.outcomes);
    for (let outcome = 0; outcome < link.outcomes; outcome += 1) {
      const vector = Float64Array.from(
        { length: frontier.size },
        (_, c) => vectors[c * link.outcomes + outcome] ?? NaN,
      );
      expect(together[outcome]).toBeCloseTo(largestBounds(frontier, vector, 1)[0] ?? NaN, 12);
    }
    expect(boundWork(frontier, 2 * link.outcomes)).toBe(2 * boundWork(frontier, link.outcomes));
  });
});
