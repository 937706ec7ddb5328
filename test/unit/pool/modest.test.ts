import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isModest } from '../../../src/pool/server/modest.js';

const looked = (text: string): boolean => isModest(Buffer.from(text));

function nested(depth: number): string {
  return '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
}

/** How deep data is nested. */
function depthOf(data: unknown): number {
  if (typeof data !== 'object' || data === null) return 0;
  return 1 + Object.values(data).reduce((most: number, each) => Math.max(most, depthOf(each)), 0);
}

describe('the size of what a text would become', () => {
  it('is modest to a depth of a hundred', () => {
    expect(looked(nested(100))).toBe(true);
    expect(looked(nested(102))).toBe(false);
    expect(looked('['.repeat(10_000_000))).toBe(false);
  });

  it('counts lists and values, but nothing inside of strings', () => {
    expect(looked(`[${'[],'.repeat(1_000_001)}0]`)).toBe(false);
    expect(looked(`[${'1,'.repeat(4_000_001)}0]`)).toBe(false);
    expect(looked(JSON.stringify({ input: 'cx q[0],q[1];\n'.repeat(3_000_000) }))).toBe(true);
    expect(looked(JSON.stringify(['"['.repeat(500), '\\'.repeat(501), '\\"['.repeat(500)]))).toBe(true);
  });

  it('is right about any data that is nested a little', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 90, max: 110 }), (data, around) => {
        const text = '['.repeat(around) + JSON.stringify(data) + ']'.repeat(around);
        expect(looked(text)).toBe(around + depthOf(data) <= 100);
      }),
    );
  });
});
