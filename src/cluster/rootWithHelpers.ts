/** Work that the root directs and all ranks share. */
import { KroncutError } from '../error.js';
import type { Cluster } from './cluster.js';
import { decode, encode } from './wire.js';
import type { Wire } from './wire.js';

/** Jobs and answers cross encoded, so that an answer that cannot travel is one that failed. */
type Message = { readonly job: Uint8Array } | { readonly done: true };
interface Answer {
  readonly answer?: Uint8Array;
}

/**
 * Collective: runs `body` on the root alone, as `onRoot` does, and gives its result to all. Meanwhile the other ranks wait
 * for jobs: each call of `ask` has every rank do `help` with the job, and gives the answers in rank order (undefined from
 * a rank whose help failed, or was cancelled). Calls of `ask` follow one another.
 */
export async function rootWithHelpers<T extends Wire<T>, J extends Wire<J>, A extends Wire<A>>(
  cluster: Cluster,
  help: (job: J) => Promise<A>,
  body: (ask: (job: J) => Promise<(A | undefined)[]>) => Promise<T>,
): Promise<T> {
  const answers = async (job: Uint8Array): Promise<(A | undefined)[]> => {
    const given = await cluster.gather(await attempt(async () => encode(await help(decode<J>(job)))));
    return given.map(({ answer }) => (answer === undefined ? undefined : decode<A>(answer)));
  };
  if (cluster.isRoot) {
    const outcome = await settled(() =>
      body(async (given) => {
        const job = encode(given);
        await cluster.broadcast<Message>({ job });
        return answers(job);
      }),
    );
    await cluster.broadcast<Message>({ done: true });
    return cluster.onRoot<T>(() => {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    });
  }
  for (;;) {
    const message = await cluster.broadcast<Message>({ done: true });
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

async function attempt(help: () => Promise<Uint8Array>): Promise<Answer> {
  try {
    return { answer: await help() };
  } catch {
    return {};
  }
}
