/** What is wrong with data that was read, in words. */
import type { z } from 'zod';

/** The first fault: the place in the data, and what is wrong there. */
export function schemaFault({ issues: [issue] }: z.ZodError): string {
  const place = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
  const reason = (issue?.message ?? 'unknown reason').replace(/^Invalid input: /, '');
  return reason.endsWith(' received undefined') ? `${place} is missing` : `${place} is wrong (${reason})`;
}
