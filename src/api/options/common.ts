/** Options of every function that computes, and rows that several tables share. */
import type { OptionSpec, OptionTable } from '../../options/option.js';
import { choice, has, text, value } from '../../options/readers.js';
import type { Session } from '../session/session.js';
import {
  JOB_OPTIONS,
  SESSION_OPTIONS,
  type JobOptions,
  type SessionOptions,
} from '../session/sessionOptions.js';

export interface CommonOptions extends SessionOptions, JobOptions {
  /** A session to work in, in place of one for this call alone; it decides on `cluster`, `threads` and `device`. */
  readonly session?: Session | undefined;
}

/** A session, as `openSession` makes it. */
export function isSession(given: unknown): given is Session {
  return has(given, 'job', 'close');
}

export const COMMON_OPTIONS = {
  ...SESSION_OPTIONS,
  ...JOB_OPTIONS,
  session: {
    help: 'a session to work in; it decides on cluster, threads and device',
    reader: value('what openSession gives', isSession),
  },
} satisfies OptionTable<CommonOptions>;

export const PRECISION = {
  flags: '--precision <kind>',
  help: 'storage of tensors and results (default: double)',
  reader: choice(['double', 'single']),
} satisfies OptionSpec;

export const FOLDER = text('the name of a folder');
export const FILE = text('the name of a file');
