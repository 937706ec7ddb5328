import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { WIRE_GAMMA } from '../../../../../src/cut/model/overhead.js';
import { leastOverhead } from '../../../../../src/cut/search/component/overheadBound.js';

const UNIT = 16;
/** Weights as problems have them: rounded down, but at least 1. */
const problemOf = (gammas: readonly number[]): Parameters<typeof leastOverhead>[0][number] => ({
  weight: Int32Array.from(gammas, (gamma) =>
    Math.max(1, Math.floor((UNIT * Math.log(gamma)) / Math.log(WIRE_GAMMA))),
  ),
  logGamma: Float64Array.from(gammas, (gamma) => Math.log(gamma)),
  unit: UNIT,
});

/** The slow obvious answer: all sets of edges that weigh so much or more. */
function leastOf(gammas: readonly number[], lower: number): number {
  const { weight } = problemOf(gammas);
  let least = Infinity;
  for (let set = 0; set < 2 ** gammas.length; set += 1) {
    const chosen = gammas.map((_, edge) => edge).filter((edge) => (set >> edge) & 1);
    if (chosen.reduce((sum, edge) => sum + (weight[edge] ?? 0), 0) < lower) continue;
    least = Math.min(
      least,
      chosen.reduce((product, edge) => product * (gammas[edge] ?? 1) ** 2, 1),
    );
  }
  return least;
}

const gamma = fc.oneof(fc.constantFrom(4, 3, 7), fc.double({ min: 1.001, max: 8, noNaN: true }));

test('no cuts of that weight or more have a lower overhead', () => {
  fc.assert(
    fc.property(fc.array(gamma, { minLength: 1, maxLength: 8 }), fc.nat(60), (gammas, lower) => {
      const bound = leastOverhead([problemOf(gammas)], lower);
      expect(bound).toBeLessThanOrEqual(leastOf(gammas, lower));
    }),
  );
});

test('it is what cuts of one kind have, however their weight was rounded', () => {
  for (const gammas of [
    [3, 3, 3],
    [3, 4, 4],
    [7, 7],
  ]) {
    const problem = problemOf(gammas);
    const lower = problem.weight.reduce((sum, weight) => sum + weight, 0);
    const own = gammas.reduce((product, each) => product * each ** 2, 1);
    const bound = leastOverhead([problem], lower);
    expect(bound).toBeCloseTo(own, 6);
  }
});

test('a lower overhead of the same weight is not overlooked', () => {
  // Both weigh 12 of 16 that a wire weighs.
  const [cheap, dear] = [4 ** (12.1 / 16), 4 ** (12.9 / 16)];
  expect(leastOverhead([problemOf([cheap, dear])], 12)).toBeCloseTo(cheap ** 2, 9);
});
