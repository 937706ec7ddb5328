/** What a client asks for, what becomes of it, and how both are told: the bodies of HTTP requests and answers. */
import { z } from 'zod';
import { KroncutError } from '../../error.js';
import { CLIENT_NAME, CLIENT_NAME_FORM, JOB_ID, JOB_ID_FORM } from './listen.js';

/** Bytes of a request's body: a circuit on standard input may be long. */
export const LONGEST_BODY = 64 * 2 ** 20;
const LONGEST_PATH = 4096;
const MOST_ARGUMENTS = 10_000;

const common = {
  /** The client's folder, absolute: relative names mean what they mean there. */
  folder: z.string().startsWith('/').max(LONGEST_PATH),
  /** What `-` stands for. */
  input: z.string().optional(),
};

/** A command line without the name of the program, or a request of the library. */
export const workSchema = z.union([
  z.strictObject({ ...common, argv: z.array(z.string()).min(1).max(MOST_ARGUMENTS) }),
  z.strictObject({ ...common, request: z.looseObject({ command: z.string() }) }),
]);
export type Work = z.infer<typeof workSchema>;

export const submissionSchema = z.strictObject({
  id: z.string().regex(JOB_ID, JOB_ID_FORM).optional(),
  /** Clients take turns. */
  client: z.string().regex(CLIENT_NAME, CLIENT_NAME_FORM).optional(),
  work: workSchema,
});
export type Submission = z.infer<typeof submissionSchema>;

export const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
/** What has become of a job. */
export type JobState = (typeof STATES)[number];

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.json()).optional(),
});

/** What a job gave. */
export const outcomeSchema = z.object({
  exitCode: z.number().int(),
  stdout: z.string(),
  stderr: z.string(),
  /** Of a request of the library: its answer as `--json` has it. */
  answer: z.custom<z.core.util.JSONType>().optional(),
  error: errorSchema.optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const summarySchema = z.object({
  id: z.string(),
  state: z.enum(STATES),
  attempts: z.number().int(),
  command: z.string(),
  exitCode: z.number().int().optional(),
  reason: z.string().optional(),
});
/** A job in a pool's list. */
export type JobSummary = z.infer<typeof summarySchema>;

export const progressSchema = z.object({
  stage: z.enum(['cut', 'evaluate', 'reconstruct', 'verify', 'compile']),
  done: z.number(),
  total: z.number(),
  note: z.string().optional(),
});
export type ProgressOf = z.infer<typeof progressSchema>;

export const detailSchema = summarySchema.extend({
  folder: z.string(),
  submitted: z.string(),
  /** Sentences that say what happened to the job, and why it waits where it does. */
  history: z.array(z.string()),
  progress: progressSchema.optional(),
});
/**
 * All that a pool knows of a job: its state, attempts, times, progress and, at its end, exit code and reason.
 */
export type JobDetail = z.infer<typeof detailSchema>;

export const poolSchema = z.object({
  pool: z.string(),
  teams: z.array(z.object({ team: z.number(), state: z.string(), ranks: z.number() })),
  queued: z.number(),
  running: z.number(),
  rssBytes: z.number(),
  journalBytes: z.number(),
});
export type PoolState = z.infer<typeof poolSchema>;

export const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Files that are streams of the process itself, which a job in a pool shares with nobody. */
const OWN_STREAM =
  /^\/(?:dev\/(?:stdin|stdout|stderr|tty|fd(?:\/|$))|proc\/(?:self|thread-self|\d+)\/fd(?:\/|$))/;

/** Throws `usage` for work that names a stream of the process. */
export function requireFiles(work: Work): void {
  const texts = 'argv' in work ? work.argv : textsIn(work.request);
  const stream = texts
    .map((text) => text.replace(/^--?[A-Za-z-]+=/, ''))
    .find((text) => OWN_STREAM.test(text));
  if (stream === undefined) return;
  throw new KroncutError(
    'usage',
    `${stream} is a stream of a process, which a job in a pool does not have; name a file, or - for standard input`,
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** What the work is called in lists. */
export function commandOf(work: Work): string {
  return 'argv' in work ? work.argv.join(' ') : work.request.command;
}
