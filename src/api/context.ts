/** From the caller's options to what the stages work with. */
import { KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import { openSession, type JobOptions, type Session, type SessionOptions } from './session.js';

/** Options of every function that computes. */
export interface CommonOptions extends SessionOptions, JobOptions {
  /** A session to work in, in place of one for this call alone; it decides on `cluster`, `threads` and `device`. */
  readonly session?: Session | undefined;
}

const OF_SESSIONS = ['cluster', 'threads', 'device'] as const;

/** Collective: does a job in the session that the options name, or in one of its own. Throws what these throw. */
export async function withContext<T>(
  options: CommonOptions,
  body: (context: Context) => Promise<T>,
): Promise<T> {
  const { session } = options;
  if (session === undefined) {
    const own = await openSession(options);
    try {
      return await own.job(options, body);
    } finally {
      await own.close();
    }
  }
  const given = OF_SESSIONS.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw new KroncutError(
      'usage',
      `${given} is the session's: give it to openSession, or leave session out`,
    );
  }
  return session.job(options, body);
}
