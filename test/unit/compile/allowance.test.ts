import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompiledBlock } from '../../../src/compile/block/block.js';
import { blockThreshold, grant, looseThresholds, type Offer } from '../../../src/compile/allowance.js';
import { boundFromAngle, distanceAngle } from '../../../src/compile/gates/unitary.js';

describe('what a block may be off', () => {
  const options = { threshold: 1e-8, maxError: 1e-6 };

  it('is the threshold where there are few blocks, and far less where there are many', () => {
    expect(blockThreshold(options, 1, 0)).toBe(1e-8);
    expect(blockThreshold(options, 4, 0)).toBe(1e-8);
    expect(blockThreshold(options, 1000, 0)).toBeLessThan(1e-12);
  });

  it('never lets all rounds together pass the bound for the circuit', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            blocks: fc.integer({ min: 1, max: 2000 }),
            used: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          {
            maxLength: 12,
          },
        ),
        (rounds) => {
          let spent = 0;
          for (const { blocks, used } of rounds) {
            const threshold = blockThreshold(options, blocks, spent);
            const left = distanceAngle(options.maxError) - spent;
            // Less than rounding hides is not asked for.
            if (threshold === 1e-14 && blocks * distanceAngle(threshold) > left) return;
            spent += used * blocks * distanceAngle(threshold);
          }
          expect(boundFromAngle(spent)).toBeLessThanOrEqual(options.maxError * (1 + 1e-9));
        },
      ),
    );
  });
});

const found = (distance: number): CompiledBlock => ({ gates: [], distance });

/** A block with an exact version of `figures[0]` gates, and others further off. */
function offer(...versions: readonly (readonly [number, number])[]): Offer {
  return {
    versions: versions.map(([, distance]) => found(distance)),
    figures: versions.map(([gates]) => [gates]),
  };
}

describe('the bound for the circuit', () => {
  it('leaves blocks a threshold of their own where it is above rounding, and no more than a round may lose', () => {
    expect(looseThresholds({ threshold: 1e-8, maxError: 1e-6 }, 0)).toEqual([]);
    const [most = 0, next = 0] = looseThresholds({ threshold: 1, maxError: 1e-2 }, 0);
    expect(distanceAngle(most)).toBeCloseTo(distanceAngle(1e-2) / 2, 10);
    expect(next).toBeCloseTo(most / 100, 15);
    expect(looseThresholds({ threshold: 1e-4, maxError: 1e-2 }, 0)[0]).toBe(1e-4);
    expect(looseThresholds({ threshold: 1e-4, maxError: 1e-2 }, distanceAngle(1e-2))).toEqual([]);
  });

  it('is spent first where a gate less costs least', () => {
    const offers = [
      offer([10, 0], [9, 1e-3]),
      offer([10, 0], [8, 1e-3]),
      offer([10, 0], [9, 1e-5]),
      offer([10, 0], [10, 1e-9]),
    ];
    const spending = (maxError: number): number[] =>
      grant(offers, { threshold: 1, maxError }, 0).blocks.map(({ distance }) => distance);
    expect(spending(1e-9)).toEqual([0, 0, 0, 0]);
    expect(spending(5e-5)).toEqual([0, 0, 1e-5, 0]);
    expect(spending(1e-2)).toEqual([0, 1e-3, 1e-5, 0]);
    expect(spending(0.5)).toEqual([1e-3, 1e-3, 1e-5, 0]);
    expect(grant(offers, { threshold: 1, maxError: 5e-5 }, 0).withheld).toBe(2);
    expect(grant(offers, { threshold: 1, maxError: 0.5 }, 0).withheld).toBe(0);
  });

  it('is never passed, whatever there is', () => {
    const version = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 0.05, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.array(version, { maxLength: 3 }), { maxLength: 10 }), (all) => {
        const offers = all.map((versions) => offer([9, 0], ...versions));
        const { blocks } = grant(offers, { threshold: 1, maxError: 0.01 }, 0.001);
        const angle = blocks.reduce((sum, { distance }) => sum + distanceAngle(distance), 0);
        expect(angle).toBeLessThanOrEqual((distanceAngle(0.01) - 0.001) / 2 + 1e-12);
      }),
    );
  });
});
