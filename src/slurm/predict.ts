/** What a command would take on ranks that are not there yet. */
import { predicted, type Predicted } from '../api/predicted.js';
import { openSessionWith } from '../api/session/session.js';
import { SingleCluster } from '../cluster/singleCluster.js';
import { Inputs } from '../run/files/inputs.js';
import type { Predict } from './shape.js';

/** Predicts what a request takes; the search for cuts is made for it, in this process, with its `threads`. */
export function predictor(request: { readonly command: string }, signal: AbortSignal): Predict {
  return async ({ ranks, ranksPerNode, threads, memory }): Promise<Predicted | undefined> => {
    const cluster = new SingleCluster('none', { planned: { ranks, ranksPerNode } });
    const session = await openSessionWith({ cluster, threads, device: 'cpu' }, new Inputs(), memory);
    try {
      return await predicted(request, { session, signal });
    } finally {
      await session.close();
    }
  };
}
