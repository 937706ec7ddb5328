import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestDistribution } from '../../../../src/reconstruct/queries/answers/nearest.js';

const numbers = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 7 });

function nearest(values: readonly number[], isPossible?: (index: number) => boolean): number[] {
  const result = [...values];
  nearestDistribution(result, isPossible);
  return result;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

/** The best of all choices of which values stay above 0: each choice shifts those until they add up to 1. */
function slowNearest(values: readonly number[]): number[] {
  let best: number[] = [];
  for (let chosen = 1; chosen < 2 ** values.length; chosen += 1) {
    const stays = values.map((_, i) => ((chosen >> i) & 1) === 1);
    const [count, sum] = [
      stays.filter(Boolean).length,
      values.reduce((s, v, i) => s + (stays[i]! ? v : 0), 0),
    ];
    const found = values.map((value, i) => (stays[i]! ? value + (1 - sum) / count : 0));
    if (found.some((value) => value < -1e-12)) continue;
    if (best.length === 0 || distance(found, values) < distance(best, values)) best = found;
  }
  return best;
}

describe('the nearest distribution', () => {
  it('is the best of all choices', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const found = nearest(values);
        expect(found.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
        expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
        expect(distance(found, values)).toBeLessThan(distance(slowNearest(values), values) + 1e-9);
      }),
    );
  });

  it('is a distribution itself where that is given, and the same of itself', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const once = nearest(values);
        nearest(once).forEach((value, i) => expect(value).toBeCloseTo(once[i]!, 12));
      }),
    );
  });

  it('is no further from any distribution, in either distance, where the numbers add up to 1', () => {
    fc.assert(
      fc.property(
        numbers,
        fc.infiniteStream(fc.double({ min: 0.001, max: 1, noNaN: true })),
        (values, more) => {
          const shift = (1 - values.reduce((sum, value) => sum + value, 0)) / values.length;
          const given = values.map((value) => value + shift);
          const weights = given.map(() => Number(more.next().value));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const truth = weights.map((weight) => weight / total);
          const found = nearest(given);
          const variation = (a: readonly number[]): number =>
            a.reduce((sum, value, i) => sum + Math.abs(value - truth[i]!), 0) / 2;
          expect(distance(found, truth)).toBeLessThan(distance(given, truth) + 1e-9);
          expect(variation(found)).toBeLessThan(variation(given) + 1e-9);
        },
      ),
    );
  });

  it('leaves outcomes alone that cannot be', () => {
    expect(nearest([0.2, 0, 0.2, 0], (index) => index % 2 === 0)).toEqual([0.5, 0, 0.5, 0]);
  });
});
