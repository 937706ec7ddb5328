/** Small networks of numbers, for tests. */
import * as fc from 'fast-check';
import { denseMember, type DenseMember } from './denseNetwork.js';

export interface SmallNetwork {
  readonly members: readonly DenseMember[];
  /** Number of outcome bits, labelled from 0 in the order of the members. */
  readonly bits: number;
}

/** Numbers in (-1, 1) that a seed decides. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Tensors with so many bits each and these bonds between them; both ends of a bond may lie on one tensor. */
export function networkWith(
  sizes: readonly number[],
  pairs: readonly (readonly [number, number])[],
  value: () => number,
): SmallNetwork {
  const legs: number[][] = sizes.map(() => []);
  for (const [label, [a, b]] of pairs.entries()) {
    legs[a % sizes.length]?.push(label);
    legs[b % sizes.length]?.push(label);
  }
  let bits = 0;
  const members = sizes.map((own, i) => {
    const labels = Array.from({ length: own }, (_, bit) => bits + bit);
    bits += own;
    return denseMember(legs[i] ?? [], labels, value);
  });
  return { members, bits };
}

/** Tensors each of which is joined to the next. */
export function chainOf(sizes: readonly number[], seed: number): SmallNetwork {
  const pairs = sizes.slice(1).map((_, i): [number, number] => [i, i + 1]);
  return networkWith(sizes, pairs, numbers(seed));
}

/** Any network of up to four tensors, with values from -1 to 1, or from 0 to 1. */
export function anyNetwork(positive = false): fc.Arbitrary<SmallNetwork> {
  return fc
    .record({
      sizes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
      seed: fc.nat(),
    })
    .map(({ sizes, pairs, seed }) => {
      const next = numbers(seed);
      return networkWith(sizes, pairs, positive ? () => Math.abs(next()) : next);
    });
}
