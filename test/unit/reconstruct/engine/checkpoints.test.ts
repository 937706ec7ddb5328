import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingRanges, piecesOf, rangesOf } from '../../../../src/reconstruct/engine/checkpoints.js';
import { emptyResult } from '../../../../src/reconstruct/engine/rangeResult.js';

const UNIT = 4;

/** Blocks of an answer of 24 slices, some of which are finished. */
const covered = fc.array(fc.boolean(), { minLength: 24, maxLength: 24 });

describe('what is left of an answer', () => {
  it('is shared without gap or overlap, in order, by any number of ranks', () => {
    fc.assert(
      fc.property(covered, fc.integer({ min: 1, max: 30 }), (done, ranks) => {
        const parts = done.flatMap((finished, i) =>
          finished ? [{ begin: i * UNIT, end: (i + 1) * UNIT, found: emptyResult() }] : [],
        );
        const missing = missingRanges(parts, done.length * UNIT);
        const shares = Array.from({ length: ranks }, (_, rank) =>
          rangesOf(missing, UNIT, { rank, size: ranks }),
        );
        const slices = shares
          .flat()
          .flatMap(([begin, end]) =>
            Array.from({ length: (end - begin) / UNIT }, (_, i) => begin / UNIT + i),
          );
        expect(slices).toEqual(done.flatMap((finished, i) => (finished ? [] : [i])));
        const sizes = shares.map((own) => own.reduce((sum, [begin, end]) => sum + (end - begin) / UNIT, 0));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is divided at the ends of blocks', () => {
    expect(piecesOf([3, 17], 8)).toEqual([
      [3, 8],
      [8, 16],
      [16, 17],
    ]);
    expect(piecesOf([8, 8], 8)).toEqual([]);
  });
});
