/** A job of a pool that somebody waits for at a terminal. */
import { cancelledBy } from '../../error.js';
import type { PoolClient } from '../../pool/client/client.js';
import type { JobDetail } from '../../pool/protocol/work.js';
import { progressBar, type ProgressStyle } from '../output/progress.js';

export interface FollowOptions {
  readonly quiet: boolean;
  readonly progress?: ProgressStyle | undefined;
  readonly signal: AbortSignal;
  /** Hears of each line of the job's history. */
  readonly onHistory?: (line: string) => void;
}

/** Waits for the end of a job. The job goes on where the waiting is interrupted. */
export async function follow(
  client: PoolClient,
  id: string,
  { quiet, progress: style, signal, onHistory }: FollowOptions,
): Promise<JobDetail> {
  const bar = await progressBar({ quiet, style });
  let told = 0;
  try {
    return await client.follow(
      id,
      ({ progress, history }) => {
        for (const line of history.slice(told)) onHistory?.(line);
        told = Math.max(told, history.length);
        if (progress === undefined) return;
        const { stage, done, total, note } = progress;
        bar.update?.({ stage, done, total, ...(note === undefined ? {} : { note }) });
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw cancelledBy(signal, `interrupted; job ${id} goes on: kroncut jobs ${id} --cancel ends it`);
  } finally {
    bar.stop();
  }
}
