/** Intervals of 95% hold the exact answer as often as they say. */
import { describe, expect, it } from 'vitest';
import type { NoiseModel } from '../../../../src/subexperiments/noise/noiseModel.js';
import { coverageOf, type Tally } from '../../../support/coverage.js';
import { cutCases } from '../../../support/cutCases.js';

const SEEDS = 30;

function share({ inside, all }: Tally): number {
  return inside / all;
}

const READOUT: NoiseModel = {
  version: 1,
  readout: { probMeas1Prep0: 0.04, probMeas0Prep1: 0.1 },
  qubits: { 2: { readout: { probMeas1Prep0: 0.15, probMeas0Prep1: 0.02 } } },
};

describe('intervals', () => {
  it.each([
    ['of shots', undefined],
    ['of shots whose readout errors are undone', READOUT],
  ])(
    '%s hold the answer in 93 to 97 of 100 cases where the gradient is said to hold, else in more',
    (_, noise) => {
      const sums: Record<'gradient' | 'conservative', Tally> = {
        gradient: { inside: 0, all: 0 },
        conservative: { inside: 0, all: 0 },
      };
      for (const each of cutCases) {
        const subexperiments = each.counts.reduce((sum, count) => sum + count, 0);
        for (const shots of [10, 100, 1000]) {
          for (const rule of shots === 100 ? (['even', 'weight', 'query'] as const) : (['even'] as const)) {
            const found = coverageOf(each, shots * subexperiments, SEEDS, rule, noise);
            for (const method of ['gradient', 'conservative'] as const) {
              sums[method].inside += found[method].inside;
              sums[method].all += found[method].all;
            }
          }
        }
      }
      expect(sums.gradient.all).toBeGreaterThan(2500);
      expect(sums.conservative.all).toBeGreaterThan(800);
      expect(share(sums.gradient)).toBeGreaterThan(0.93);
      expect(share(sums.gradient)).toBeLessThan(0.97);
      expect(share(sums.conservative)).toBeGreaterThan(0.95);
    },
  );
});
