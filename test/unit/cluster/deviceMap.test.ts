import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceOfRank } from '../../../src/cluster/deviceMap.js';

describe('deviceOfRank', () => {
  it('gives no device where none is visible', () => {
    expect(deviceOfRank(0, 0)).toBeUndefined();
  });

  it('gives device 0 to a rank that sees one device only', () => {
    expect(deviceOfRank(3, 1)).toBe(0);
  });

  it('spreads the ranks of a node evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (nodeSize, visible) => {
        const users = Array.from({ length: visible }, () => 0);
        for (let nodeRank = 0; nodeRank < nodeSize; nodeRank += 1) {
          const device = deviceOfRank(nodeRank, visible) ?? -1;
          users[device] = (users[device] ?? Number.NaN) + 1;
        }
        expect(Math.max(...users) - Math.min(...users)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
