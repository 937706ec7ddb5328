import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseTimeLeft, watchTimeLimit } from '../../../src/cluster/timeLimit.js';

it('reads the time that is left as squeue writes it', () => {
  const texts = {
    '5:00\n': 300,
    '0:09': 9,
    '01:02:03': 3723,
    '2-00:00:01': 172_801,
    'UNLIMITED\n': Infinity,
  };
  for (const [text, seconds] of Object.entries(texts)) expect(parseTimeLeft(text)).toBe(seconds);
  for (const text of ['', 'INVALID', 'NOT_SET', '5']) expect(parseTimeLeft(text)).toBeUndefined();
});

/** Watches a job whose end is so many seconds away; gives when it was near, and how often Slurm was asked. */
const watched = async (
  env: Readonly<Record<string, string>>,
  end: () => number | undefined,
  seconds: number,
): Promise<{ near: number[]; asked: number }> => {
  const began = Date.now();
  const near: number[] = [];
  const past = (): number => (Date.now() - began) / 1000;
  const secondsLeft = vi.fn(async () => {
    const at = end();
    return Promise.resolve(at === undefined ? undefined : at - past());
  });
  const stop = watchTimeLimit({ env, onNear: () => near.push(past()), firstLookMs: 2000, secondsLeft });
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  stop();
  await vi.advanceTimersByTimeAsync(1e6);
  return { near, asked: secondsLeft.mock.calls.length };
};

describe('a time limit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is near when the grace is left', async () => {
    expect(await watched({ SLURM_JOB_ID: '7' }, () => 100, 99)).toEqual({ near: [70], asked: 2 });
    const early = { SLURM_JOB_ID: '7', KRONCUT_GRACE: '90' };
    expect(await watched(early, () => 100, 99)).toEqual({ near: [10], asked: 2 });
    expect(await watched({ SLURM_JOB_ID: '7' }, () => 10, 99)).toEqual({ near: [2], asked: 1 });
  });

  it('is asked for again where it was far, for it may be moved', async () => {
    let end = 100;
    const moved = async () => watched({ SLURM_JOB_ID: '7' }, () => end, 300);
    setTimeout(() => (end = 200), 50_000);
    expect(await moved()).toEqual({ near: [170], asked: 3 });
    expect((await watched({ SLURM_JOB_ID: '7' }, () => Infinity, 10_000)).asked).toBe(3);
  });

  it('is nothing outside of a job, where nobody knows it, where it is not wanted, and once the work is done', async () => {
    expect(await watched({}, () => 100, 99)).toEqual({ near: [], asked: 0 });
    expect(await watched({ SLURM_JOB_ID: '7', KRONCUT_GRACE: '0' }, () => 100, 99)).toEqual({
      near: [],
      asked: 0,
    });
    expect(await watched({ SLURM_JOB_ID: '7' }, () => undefined, 99)).toEqual({ near: [], asked: 1 });
    expect(await watched({ SLURM_JOB_ID: '7' }, () => 100, 50)).toEqual({ near: [], asked: 1 });
    expect(() =>
      watchTimeLimit({ env: { SLURM_JOB_ID: '7', KRONCUT_GRACE: 'x' }, onNear: () => {} }),
    ).toThrow(/KRONCUT_GRACE=x is not a number/);
  });
});
