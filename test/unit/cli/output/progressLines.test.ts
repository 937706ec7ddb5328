import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { progressLine, progressLines, progressObjects } from '../../../../src/cli/output/progress.js';

const MINUTE = 60_000;

describe('progress in a log', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const lines: string[] = [];
  const opened = (patienceMs: number) => {
    lines.length = 0;
    return progressLines({ write: (line) => void lines.push(line), patienceMs });
  };

  it('has a line for each stage at once in a job, and one a minute while nothing is heard', () => {
    const bar = opened(0);
    bar.update?.({ stage: 'cut', done: 0, total: 30 });
    bar.update?.({ stage: 'cut', done: 10, total: 30 });
    bar.update?.({ stage: 'evaluate', done: 0, total: 700, note: '1 of 7' });
    bar.update?.({ stage: 'evaluate', done: 420, total: 700, note: '5 of 7' });
    expect(lines).toEqual(['cut 0%, 0 s', 'evaluate 1 of 7, 0 s']);
    vi.advanceTimersByTime(12 * MINUTE);
    expect(lines).toHaveLength(2 + 12);
    expect(lines.at(-1)).toBe('evaluate 5 of 7, 12 min, about 8 min left');
    bar.stop();
    vi.advanceTimersByTime(5 * MINUTE);
    expect(lines).toHaveLength(14);
  });

  it('has none for what is quick elsewhere', () => {
    const bar = opened(10_000);
    bar.update?.({ stage: 'cut', done: 1, total: 2 });
    vi.advanceTimersByTime(9000);
    bar.update?.({ stage: 'evaluate', done: 1, total: 2 });
    vi.advanceTimersByTime(9000);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(lines).toEqual(['evaluate 50%, 10 s, about 10 s left']);
    bar.stop();
  });

  it('says no more than it knows', () => {
    const own = { stage: 'compile', done: 1, total: 10, note: '7/70 blocks, about 4 s left' } as const;
    expect(progressLine(own, MINUTE)).toBe('compile 10%, 1 min, 7/70 blocks, about 4 s left');
    expect(progressLine({ stage: 'verify', done: 0, total: 0 }, 3_900_000)).toBe('verify 0%, 1 h 5 min');
    expect(progressLine({ stage: 'compile', done: 1, total: 100, note: '9 gates less' }, MINUTE)).toBe(
      'compile 1%, 1 min, 9 gates less',
    );
  });
});

describe('progress for tools', () => {
  it('is an object a second, with the first and the last of each stage', () => {
    let at = 0;
    const lines: string[] = [];
    const bar = progressObjects({ write: (line) => void lines.push(line), now: () => at });
    const tell = (ms: number, stage: 'cut' | 'evaluate', done: number, note?: string): void => {
      at = ms;
      bar.update?.({ stage, done, total: 10, ...(note === undefined ? {} : { note }) });
    };
    tell(0, 'cut', 0, 'no cuts yet, 2 at least');
    tell(400, 'cut', 1);
    tell(1000, 'cut', 2);
    tell(1200, 'cut', 3);
    tell(6000, 'evaluate', 0);
    tell(16_000, 'evaluate', 5, '3 of 7');
    tell(16_100, 'evaluate', 10);
    bar.stop();
    bar.stop();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { stage: 'cut', share: 0, seconds: 0, secondsLeft: null, note: 'no cuts yet, 2 at least' },
      { stage: 'cut', share: 0.2, seconds: 1, secondsLeft: 4 },
      { stage: 'cut', share: 0.3, seconds: 6, secondsLeft: 14 },
      { stage: 'evaluate', share: 0, seconds: 0, secondsLeft: null },
      { stage: 'evaluate', share: 0.5, seconds: 10, secondsLeft: 10, note: '3 of 7' },
      { stage: 'evaluate', share: 1, seconds: 10.1, secondsLeft: 0 },
    ]);
  });
});
