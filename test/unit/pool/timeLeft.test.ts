import { describe, expect, it } from 'vitest';
import { TimeLeft } from '../../../src/pool/dispatch/timeLeft.js';

const now = (left: number, whole: number): TimeLeft => new TimeLeft({ left, whole, at: Date.now() });

describe('the time that an allocation has left', () => {
  it('suffices for everything where nothing ends it', () => {
    const time = new TimeLeft();
    expect(time.sufficesFor({ seconds: 1e9 })).toBe(true);
    expect(time.boundsFor({})).toBeUndefined();
  });

  it('is asked of predictions, with a margin of two, once half of it is over', () => {
    const fresh = now(10_000, 10_000);
    expect(fresh.boundsFor({})).toBeUndefined();
    const late = now(1000, 10_000);
    expect(late.boundsFor({})?.left).toBeCloseTo(500, 0);
    expect(late.boundsFor({})?.whole).toBe(5000);
    expect(late.boundsFor({ seconds: 3 })).toBeUndefined();
    expect(late.sufficesFor({ seconds: 499 })).toBe(true);
    expect(late.sufficesFor({ seconds: 501 })).toBe(false);
    // No allocation would be long enough: it begins, and goes on in the next.
    expect(late.sufficesFor({ seconds: 5001 })).toBe(true);
  });

  it('leaves the grace out, and says why a job waits', () => {
    const time = new TimeLeft({ left: 100, whole: 1000, at: Date.now() }, 60);
    expect(time.sufficesFor({ seconds: 19 })).toBe(true);
    expect(time.sufficesFor({ seconds: 21 })).toBe(false);
    expect(time.whyNot(300)).toMatch(
      /^it is predicted to take 5 min 0 s, with a margin 10 min 0 s, and the allocation has (?:40\.0|39\.\d) s left/,
    );
  });
});
