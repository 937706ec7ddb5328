/** What the server and the first rank of a team say to one another: a line of JSON each. */
import { z } from 'zod';
import { ownerSchema } from '../../run/directory/lockOwner.js';
import { outcomeSchema, progressSchema, workSchema } from './work.js';

/** Seconds that a job may take in this allocation, and in a whole one of its kind, as predictions say them. */
const timeSchema = z.object({ left: z.number(), whole: z.number() });
export type TimeBounds = z.infer<typeof timeSchema>;

/** From the server, on the team's standard input. Its end is the end of the team. */
export const orderSchema = z.discriminatedUnion('say', [
  /** The first line: what the team's own lines begin with. */
  z.object({ say: z.literal('mark'), mark: z.string() }),
  z.object({
    say: z.literal('perform'),
    ticket: z.number(),
    work: workSchema,
    /** Where the job should be predicted first. */
    time: timeSchema.optional(),
  }),
  z.object({ say: z.literal('cancel'), ticket: z.number() }),
]);
export type Order = z.infer<typeof orderSchema>;

/** From the team, on its standard output, each after a mark that nothing else there begins with. */
export const reportSchema = z.discriminatedUnion('say', [
  z.object({ say: z.literal('ready'), owners: z.array(ownerSchema), step: z.string().optional() }),
  z.object({ say: z.literal('progress'), ticket: z.number(), progress: progressSchema }),
  /** The job was not begun: it is predicted to take longer than there is time. */
  z.object({ say: z.literal('postponed'), ticket: z.number(), seconds: z.number() }),
  z.object({ say: z.literal('done'), ticket: z.number(), outcome: outcomeSchema }),
]);
export type Report = z.infer<typeof reportSchema>;

/** What a line of a rank's standard error begins with that names its device, which has failed. */
export const FAILED_DEVICE = 'kroncut: a device has failed and is left out: ';

/** The lines of a stream of texts. */
export class Lines {
  #rest: string[] = [];

  /** The lines that a further part completes. */
  add(part: string): string[] {
    const pieces = part.split('\n');
    const last = pieces.pop() ?? '';
    if (pieces.length === 0) {
      this.#rest.push(last);
      return [];
    }
    const first = this.#rest.join('') + (pieces[0] ?? '');
    this.#rest = last === '' ? [] : [last];
    return [first, ...pieces.slice(1)];
  }
}
