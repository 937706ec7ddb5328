/** What the journal of a pool holds. */
import { z } from 'zod';
import { KroncutError } from '../../error.js';
import { ownerSchema } from '../../run/directory/lockOwner.js';
import { STATES } from '../protocol/work.js';

/** A text in the journal itself, or the name of the file that holds it. */
export const keptSchema = z.union([z.object({ text: z.string() }), z.object({ file: z.string() })]);
export type Kept = z.infer<typeof keptSchema>;

export const jobSchema = z.object({
  id: z.string(),
  /** Place in the order of submission. */
  place: z.number().int(),
  command: z.string(),
  /** Whose turn it takes. */
  client: z.string().optional(),
  folder: z.string(),
  /** The work as JSON; forgotten once the job has ended. */
  work: keptSchema.optional(),
  /** SHA-256 of that. */
  hash: z.string(),
  submitted: z.string(),
  state: z.enum(STATES),
  attempts: z.number().int(),
  /** Attempts whose team died. */
  crashes: z.number().int(),
  /** More memory is needed than a team has: the job waits for all that the pool has. */
  isLarge: z.boolean(),
  /** That it is predicted to take; known of a job that there was not enough time for. */
  seconds: z.number().optional(),
  /** The team of the attempt that runs, or that has yet to be proven dead. */
  team: z.number().int().optional(),
  history: z.array(z.string()),
  finished: z.string().optional(),
  exitCode: z.number().int().optional(),
  reason: z.string().optional(),
  /** The outcome as JSON. */
  outcome: keptSchema.optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const teamSchema = z.object({
  team: z.number().int(),
  owners: z.array(ownerSchema),
  /** The Slurm step of the ranks, `JOB.STEP`. */
  step: z.string().optional(),
});
/** A team that may still be alive: its processes. */
export type TeamTrace = z.infer<typeof teamSchema>;

const entrySchema = z.discriminatedUnion('kind', [
  /** A job as it is now: submitted, or kept when the journal was written anew. */
  z.object({ kind: z.literal('job'), job: jobSchema }),
  z.object({ kind: z.literal('team'), trace: teamSchema }),
  z.object({ kind: z.literal('gone'), team: z.number().int() }),
  z.object({
    kind: z.literal('started'),
    id: z.string(),
    attempt: z.number().int(),
    team: z.number().int(),
    at: z.string(),
  }),
  z.object({
    kind: z.literal('returned'),
    id: z.string(),
    attempt: z.number().int(),
    how: z.enum(['crashed', 'stopped', 'moved', 'postponed']),
    why: z.string(),
    seconds: z.number().optional(),
    at: z.string(),
  }),
  z.object({
    kind: z.literal('finished'),
    id: z.string(),
    attempt: z.number().int(),
    state: z.enum(['done', 'failed', 'cancelled']),
    exitCode: z.number().int(),
    reason: z.string().optional(),
    outcome: keptSchema.optional(),
    at: z.string(),
  }),
]);
export type PoolEntry = z.infer<typeof entrySchema>;

/** Throws `input` for what no version of this program wrote. */
export function readEntry(data: unknown, file: string): PoolEntry {
  const parsed = entrySchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new KroncutError('input', `${file} holds an entry that this version does not understand`);
}
