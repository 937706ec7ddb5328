/** Work that the root directs and all ranks share. */
import { KroncutError } from '../error.js';
import type { Cluster } from './cluster.js';

type Message<J> = { readonly job: J } | { readonly done: true };

/**
 * Collective: runs `body` on the root alone, as `onRoot` does, and gives its result to all. Meanwhile the other ranks wait
 * for jobs: each call of `ask` has every rank do `help` with the job, and gives the answers in rank order (jobs and
 * answers JSON-serialisable; undefined from a rank whose help failed, or was cancelled). Calls of `ask` follow one
 * another.
 */
export async function rootWithHelpers<T, J, A>(
  cluster: Cluster,
  help: (job: J) => Promise<A>,
  body: (ask: (job: J) => Promise<(A | undefined)[]>) => Promise<T>,
): Promise<T> {
  const answers = async (job: J): Promise<(A | undefined)[]> => {
    const given = await cluster.gather<{ answer?: A }>(await attempt(() => help(job)));
    return given.map(({ answer }) => answer);
  };
  if (cluster.isRoot) {
    const outcome = await settled(() =>
      body(async (job) => {
        await cluster.broadcast<Message<J>>({ job });
        return answers(job);
      }),
    );
    await cluster.broadcast<Message<J>>({ done: true });
    return cluster.onRoot(() => {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    });
  }
  for (;;) {
    const message = await cluster.broadcast<Message<J>>({ done: true });
    if ('done' in message) break;
    await answers(message.job);
  }
  return cluster.onRoot<T>(() => {
    throw new KroncutError('internal', 'this rank is not the root');
  });
}

async function settled<T>(body: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await body() };
  } catch (error) {
    return { error };
  }
}

async function attempt<A>(help: () => Promise<A>): Promise<{ answer?: A }> {
  try {
    return { answer: await help() };
  } catch {
    return {};
  }
}
