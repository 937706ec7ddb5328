/** Many starts on several levels, side by side, and the best of them improved until that helps no more. */
import { better, type Candidate } from '../problem/candidate.js';
import type { Pace } from '../../../run/resources/pace.js';
import { StartPool, type SharedProblem, type StartRunner } from './startPool.js';

/** Starts for each number of parts; then rounds of tries to improve the best, and tries in each. */
const STARTS = 2;
const ROUNDS = 4;
const TRIES = 4;

export interface LevelledLimits {
  readonly maxWidth: number;
  /** Fewest parts that the widths allow, and most that are allowed. */
  readonly leastParts: number;
  readonly maxParts: number;
  /** No partition weighs less: what is met is not improved. */
  readonly lower: number;
}

export interface LevelledSettings {
  readonly seed: number;
  /** Threads of this process; default: one. */
  readonly threads?: number | undefined;
  /** Makes the starts instead of this process alone. */
  readonly elsewhere?: ((shared: SharedProblem) => StartRunner) | undefined;
}

/**
 * The best partition found, which depends on the seed alone as long as the time suffices. `onBest` is told of it after
 * every round.
 */
export async function levelledSearch(
  shared: SharedProblem,
  limits: LevelledLimits,
  { seed, threads = 1, elsewhere }: LevelledSettings,
  pace: Pace,
  onBest: (best: Candidate) => void = () => {},
): Promise<Candidate | undefined> {
  if (elsewhere !== undefined) return search(elsewhere(shared), limits, seed, pace, onBest);
  const pool = new StartPool(shared, threads);
  try {
    return await search((starts, time) => pool.run(starts, time), limits, seed, pace, onBest);
  } finally {
    await pool.close();
  }
}

async function search(
  run: StartRunner,
  { maxWidth, leastParts, maxParts, lower }: LevelledLimits,
  seed: number,
  pace: Pace,
  onBest: (best: Candidate) => void,
): Promise<Candidate | undefined> {
  const few = [0, 1, 2, Math.ceil(leastParts / 8), Math.ceil(leastParts / 4)];
  const numbers = [...new Set(few.map((more) => leastParts + more))].filter((slots) => slots <= maxParts);
  const starts = Array.from({ length: STARTS }, (_, round) =>
    numbers.map((slots) => ({ slots, maxWidth, seed: seed + 1009 * slots + 100_003 * round })),
  ).flat();
  const first = await run(starts, pace);
  let best = first.reduce(better, undefined);
  for (let round = 0; round < ROUNDS && best !== undefined && best.cuts > lower; round += 1) {
    onBest(best);
    const from: Candidate = best;
    const tries = Array.from({ length: TRIES }, (_, i) => ({
      slots: Math.min(maxParts, from.parts + (i % 2)),
      maxWidth,
      seed: seed + 7919 * (TRIES * round + i + 1),
      from,
    }));
    best = (await run(tries, pace)).reduce(better, from);
    if (best === undefined || best.cuts === from.cuts) break;
  }
  return best;
}
