/** What is predicted of cuts, by what they are for. */
import { expect, test } from 'vitest';
import { DEFAULT_COSTS, predictShapes } from '../../../../src/cut/model/costModel.js';
import { evaluationSeconds } from '../../../../src/run/resources/costs.js';

const shape = { gates: 40, width: 12, inputs: 1, outputs: 2, outcomes: 10 };
const pair = [shape, { ...shape, inputs: 2, outputs: 1 }];
const bonds = [
  [0, 1],
  [0, 1],
  [0, 1],
] as const;

test('a sum that alone is asked for takes tensors of its strings, and numbers', () => {
  const kept = predictShapes(pair, bonds, DEFAULT_COSTS);
  const closed = predictShapes(pair, bonds, { ...DEFAULT_COSTS, terms: 1 });
  const seconds = pair.map(({ gates, width, inputs, outputs }) =>
    evaluationSeconds(
      { gates, stateBits: inputs + width, legs: inputs + outputs, outcomes: 0, strings: 1 },
      DEFAULT_COSTS,
    ),
  );
  const evaluate = seconds.reduce((sum, { compute, store }) => sum + compute + store, 0);
  expect(closed.evaluate).toBeCloseTo(evaluate, 12);
  expect(closed.evaluate).toBeLessThan(kept.evaluate);
  // 2^20 outcomes are contracted and written in one case, one number in the other.
  expect(closed.reconstruct).toBeLessThan(kept.reconstruct / 2);
});

test('more terms take more, up to what contractions share', () => {
  const [one = 0, ten = 0, most = 0, more = 0] = [1, 10, 64, 1000].map(
    (terms) => predictShapes(pair, bonds, { ...DEFAULT_COSTS, terms }).reconstruct,
  );
  expect(ten).toBeGreaterThan(one);
  expect(more).toBe(most);
});
