/** What a command would take on ranks that are not there yet, by its own dry run. */
import { z } from 'zod';
import { performData } from '../api/jobs.js';
import { openSessionWith } from '../api/session/session.js';
import { SingleCluster } from '../cluster/singleCluster.js';
import { Inputs } from '../run/files/inputs.js';
import type { Predict, Predicted } from './shape.js';

/** Commands whose dry run says more than that their options are right. */
const PREDICTED = new Set(['run', 'cut', 'evaluate', 'reconstruct', 'verify', 'compile', 'synthesize']);

const answerSchema = z.object({
  total: z.object({ seconds: z.number(), memoryBytes: z.number() }),
  /** The search for cuts, which was made for the prediction, is made again by the job. */
  cut: z.object({ seconds: z.number() }).optional(),
});

/** Predicts what a request takes; the search for cuts is made for it, in this process, with its `threads`. */
export function predictor(request: { readonly command: string }, signal: AbortSignal): Predict {
  return async ({ ranks, ranksPerNode, threads, memory }): Promise<Predicted | undefined> => {
    if (!PREDICTED.has(request.command)) return undefined;
    const cluster = new SingleCluster('none', { planned: { ranks, ranksPerNode } });
    const session = await openSessionWith({ cluster, threads, device: 'cpu' }, new Inputs(), memory);
    try {
      const answer = answerSchema.safeParse(
        await performData({ ...request, dryRun: true }, { session, signal }),
      );
      if (!answer.success) return undefined;
      const { total, cut } = answer.data;
      return { seconds: total.seconds + (cut?.seconds ?? 0), memoryBytes: total.memoryBytes };
    } finally {
      await session.close();
    }
  };
}
