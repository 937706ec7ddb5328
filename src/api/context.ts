/** From the caller's options to what the stages work with. */
import type { Context } from '../run/context.js';
import { optionError } from '../options/optionName.js';
import type { CommonOptions } from './options/common.js';
import { openSession } from './session/session.js';

const OF_SESSIONS = ['cluster', 'threads', 'device'] as const;

/** Collective: does a job in the session that the options name, or in one of its own. Throws what these throw. */
export async function withContext<T>(
  options: CommonOptions,
  body: (context: Context) => Promise<T>,
): Promise<T> {
  const { session, cluster, threads, device, signal, onProgress, onWarning } = options;
  const job = { signal, onProgress, onWarning };
  if (session === undefined) {
    const own = await openSession({ cluster, threads, device });
    try {
      return await own.job(job, body);
    } finally {
      await own.close();
    }
  }
  const given = OF_SESSIONS.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw optionError(given, ` is the session's: give it to openSession, or leave session out`);
  }
  return session.job(job, body);
}
