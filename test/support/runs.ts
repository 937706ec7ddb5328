/** Whole runs through the library, and their distributions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run, type RunResult } from '../../src/api/run.js';
import type { Precision } from '../../src/native/addon.js';
import { onLocalRanks } from './localCluster.js';
import { readNpy } from './npy.js';
import type { RunOptions } from '../../src/api/options/run.js';

export interface FinishedRun {
  readonly directory: string;
  readonly result: RunResult;
  /** The distribution in `results/full.npy`. */
  readonly distribution: Float64Array;
}

/** Runs a circuit with all its outcomes in a folder of its own, for the time of `body`. */
export async function withFullRun<T>(
  text: string,
  options: Omit<RunOptions, 'directory'>,
  body: (run: FinishedRun) => Promise<T> | T,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'kroncut-run-'));
  try {
    const result = await run({ text }, { full: true, verify: false, ...options, directory });
    const { values } = await readNpy(join(directory, 'results', 'full.npy'));
    return await body({ directory, result, distribution: values });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Makes a finished run again on several ranks, with its cuts, and expects its distribution to the last bit. */
export async function expectSameOnRanks(
  sizes: readonly number[],
  text: string,
  precision: Precision,
  { directory, distribution }: FinishedRun,
  choices: Pick<RunOptions, 'joint'> = {},
): Promise<void> {
  for (const size of sizes) {
    const other = await mkdtemp(join(tmpdir(), 'kroncut-ranks-'));
    try {
      const options = {
        ...choices,
        directory: other,
        cuts: join(directory, 'cuts.json'),
        precision,
        full: true,
        verify: false,
      };
      await onLocalRanks(size, (cluster) => run({ text }, { ...options, cluster, threads: 1 }));
      const { values } = await readNpy(join(other, 'results', 'full.npy'));
      expect(largestDifference(values, distribution)).toBe(0);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  }
}

export function largestDifference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** -sum p ln p, in nats. */
export function entropy(distribution: Float64Array): number {
  return distribution.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}
