import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockThreshold } from '../../../src/compile/compileCircuit.js';
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
