import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceShare } from '../../../src/cluster/deviceMap.js';

describe('deviceShare', () => {
  it('gives no device where none is visible', () => {
    expect(deviceShare({ nodeRank: 0, nodeSize: 4 }, 0)).toBeUndefined();
  });

  it('gives device 0 to a rank that sees one device only', () => {
    expect(deviceShare({ nodeRank: 3, nodeSize: 4 }, 1)).toEqual({ device: 0, worker: 3, workers: 4 });
  });

  it('numbers the ranks of every device without gaps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (nodeSize, visible) => {
        const shares = Array.from({ length: nodeSize }, (_, nodeRank) =>
          deviceShare({ nodeRank, nodeSize }, visible),
        );
        for (let device = 0; device < visible; device += 1) {
          const users = shares.filter((share) => share?.device === device);
          expect(users.map((share) => share?.worker)).toEqual(users.map((_, index) => index));
          expect(users.every((share) => share?.workers === users.length)).toBe(true);
        }
        expect(shares.every((share) => share !== undefined && share.device < visible)).toBe(true);
      }),
    );
  });
});
