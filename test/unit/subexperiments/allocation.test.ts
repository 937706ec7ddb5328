/** How shots are divided, beside a search over all ways for small numbers. */
import { array, assert, double, float64Array, integer, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, allocateMore, shotsForError } from '../../../src/subexperiments/allocation.js';

const sumOf = (lists: readonly Float64Array[]): number =>
  lists.flatMap((each) => [...each]).reduce((sum, each) => sum + each, 0);

function varianceOf(deviations: readonly number[], shots: readonly number[]): number {
  return deviations.reduce((sum, deviation, i) => sum + deviation ** 2 / (shots[i] ?? 0), 0);
}

/** The least variance of all ways to add `left` shots. */
function leastVariance(deviations: readonly number[], before: readonly number[], left: number): number {
  if (before.length === 1) return varianceOf(deviations, [(before[0] ?? 0) + left]);
  let least = Infinity;
  for (let own = 0; own <= left; own += 1) {
    const rest = leastVariance(deviations.slice(1), before.slice(1), left - own);
    least = Math.min(least, (deviations[0] ?? 0) ** 2 / ((before[0] ?? 0) + own) + rest);
  }
  return least;
}

describe('shots', () => {
  it('are divided whole, at least one each', () => {
    const weights = array(float64Array({ min: 0, max: 9, noNaN: true, minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 3,
    });
    assert(
      property(weights, nat(1000), (lists, more) => {
        const count = lists.flatMap((each) => [...each]).length;
        const given = allocate(lists, count + more);
        expect(sumOf(given)).toBe(count + more);
        expect(given.map(({ length }) => length)).toEqual(lists.map(({ length }) => length));
        for (const each of given.flatMap((list) => [...list])) {
          expect(Number.isInteger(each) && each >= 1).toBe(true);
        }
      }),
    );
  });

  it('that are added make the variance as small as any way does, but for whole numbers', () => {
    const subexperiment = record({
      deviation: double({ min: 0.1, max: 10, noNaN: true }),
      had: integer({ min: 1, max: 12 }),
    });
    assert(
      property(
        array(subexperiment, { minLength: 1, maxLength: 4 }),
        integer({ min: 0, max: 14 }),
        (all, left) => {
          const [deviations, before] = [all.map(({ deviation }) => deviation), all.map(({ had }) => had)];
          const total = before.reduce((sum, each) => sum + each, left);
          const [more] = allocateMore([Float64Array.from(deviations)], [Float64Array.from(before)], total);
          const after = before.map((had, i) => had + (more?.[i] ?? 0));
          expect(sumOf([more ?? new Float64Array()])).toBe(left);
          expect(more?.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
          // A shot more or less of each is what rounding can cost.
          const least = leastVariance(deviations, before, left);
          const rounded = varianceOf(deviations, after);
          const slack =
            varianceOf(
              deviations,
              after.map((shots) => Math.max(1, shots - 1)),
            ) - rounded;
          expect(rounded).toBeGreaterThanOrEqual(least * (1 - 1e-12));
          expect(rounded).toBeLessThanOrEqual(least + slack + 1e-12);
        },
      ),
    );
  });

  it('that are not enough for what was drawn add nothing; without deviations they are even', () => {
    const before = [Float64Array.of(3, 5)];
    expect(allocateMore([Float64Array.of(1, 1)], before, 8)).toEqual([Float64Array.of(0, 0)]);
    expect(allocateMore([Float64Array.of(1, 1)], before, 4)).toEqual([Float64Array.of(0, 0)]);
    expect(allocateMore([Float64Array.of(0, 0)], before, 12)).toEqual([Float64Array.of(2, 2)]);
    expect(allocateMore([Float64Array.of(0, 2)], before, 12)).toEqual([Float64Array.of(0, 4)]);
  });

  it('for a standard error give it when they are divided in proportion to deviations', () => {
    const deviations = Float64Array.of(1, 2, 5);
    const shots = shotsForError([deviations], 0.1);
    const [more] = allocateMore([deviations], [new Float64Array(3)], shots);
    expect(Math.sqrt(varianceOf([...deviations], [...(more ?? [])]))).toBeCloseTo(0.1, 3);
  });
});
