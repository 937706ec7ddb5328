import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/circuit/random.js';
import { binomial, drawCounts } from '../../../src/evaluate/draw.js';

/** Exact binomial probabilities by their recursion. */
function probabilities(trials: number, p: number): number[] {
  const result: number[] = [];
  let log = trials * Math.log1p(-p);
  for (let k = 0; k <= trials; k += 1) {
    result.push(Math.exp(log));
    log += Math.log((trials - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return result;
}

describe('binomial', () => {
  // By inversion, and by rejection on either side of one half.
  it.each([
    [12, 0.3],
    [1000, 0.004],
    [60, 0.45],
    [400, 0.2],
    [400, 0.85],
  ])('of %i trials with probability %f has the frequencies that it should', (trials, p) => {
    const random = new Random(5, `${trials} ${p}`);
    const draws = 40_000;
    const seen = new Map<number, number>();
    for (let i = 0; i < draws; i += 1) {
      const k = binomial(trials, p, random);
      seen.set(k, (seen.get(k) ?? 0) + 1);
    }
    let [chi, degrees, rest, restSeen] = [0, -1, 0, 0];
    for (const [k, probability] of probabilities(trials, p).entries()) {
      const expected = draws * probability;
      rest += expected;
      restSeen += seen.get(k) ?? 0;
      if (rest < 10) continue;
      chi += (restSeen - rest) ** 2 / rest;
      degrees += 1;
      [rest, restSeen] = [0, 0];
    }
    // Five standard deviations of chi squared.
    expect(Math.abs(chi - degrees)).toBeLessThan(5 * Math.sqrt(2 * degrees) + 5);
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(draws);
  });

  it('has no more than its trials, and none where it cannot', () => {
    const random = new Random(1);
    expect(binomial(0, 0.5, random)).toBe(0);
    expect(binomial(7, 0, random)).toBe(0);
    expect(binomial(7, -1e-18, random)).toBe(0);
    expect(binomial(7, 1, random)).toBe(7);
    expect(binomial(1e15, 0.5, random)).toBeLessThanOrEqual(1e15);
  });
});

describe('drawCounts', () => {
  const frequencies = Float64Array.of(0.1, -1e-17, 0.25, 0, 0.6, 0.05);

  it.each([1, 2, 100_000])('draws %i shots, none of what cannot be', (shots) => {
    const counts = drawCounts(frequencies, shots, new Random(3, 'x'));
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(shots);
    expect(counts.has(1) || counts.has(3)).toBe(false);
    if (shots < 1000) return;
    for (const [i, frequency] of frequencies.entries()) {
      const spread = Math.sqrt(shots * Math.max(frequency, 0)) * 5;
      expect(Math.abs((counts.get(i) ?? 0) - shots * Math.max(frequency, 0))).toBeLessThanOrEqual(spread);
    }
  });

  it('draws alike whether it goes by shots or by values', () => {
    const wide = Float64Array.from({ length: 64 }, (_, i) => (i === 5 ? 0.5 : 0.5 / 63));
    let [few, many] = [0, 0];
    for (let i = 0; i < 2000; i += 1) {
      few += drawCounts(wide, 15, new Random(i, 'few')).get(5) ?? 0;
      many += drawCounts(wide, 16, new Random(i, 'many')).get(5) ?? 0;
    }
    expect(few / (2000 * 15)).toBeCloseTo(0.5, 1);
    expect(many / (2000 * 16)).toBeCloseTo(0.5, 1);
  });
});
