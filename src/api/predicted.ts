/** What a request would take, by its own dry run. */
import { z } from 'zod';
import { performData, type JobContext } from './jobs.js';

/** Commands whose dry run says more than that their options are right. */
const PREDICTED = new Set(['run', 'cut', 'evaluate', 'reconstruct', 'verify', 'compile', 'synthesize']);

const answerSchema = z.object({
  total: z.object({ seconds: z.number(), memoryBytes: z.number() }),
  /** The search for cuts, which was made for the prediction, is made again by the job. */
  cut: z.object({ seconds: z.number() }).optional(),
});

/** Jobs may take so many times what is predicted. */
export const TIME_MARGIN = 2;

export interface Predicted {
  /** Time on all ranks together, and memory of one. */
  readonly seconds: number;
  readonly memoryBytes: number;
}

/** Collective: undefined for a command that predicts nothing. The search for cuts is made for it. Rejects as a dry run does. */
export async function predicted(
  request: { readonly command: string },
  context: JobContext,
): Promise<Predicted | undefined> {
  if (!PREDICTED.has(request.command)) return undefined;
  const answer = answerSchema.safeParse(await performData({ ...request, dryRun: true }, context));
  if (!answer.success) return undefined;
  const { total, cut } = answer.data;
  return { seconds: total.seconds + (cut?.seconds ?? 0), memoryBytes: total.memoryBytes };
}
