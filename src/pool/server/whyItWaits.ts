/** Why a job that has not ended is where it is, in a sentence. */
import type { Job } from '../queue/entries.js';
import type { Ledger } from '../queue/ledger.js';
import type { Teams } from './teams.js';

export function whyItWaits(job: Job, ledger: Ledger, teams: Teams): string | undefined {
  if (job.state === 'running') {
    if (teams.of(job.id) !== undefined || job.team === undefined) return undefined;
    return ledger.teams.has(job.team)
      ? `waits until every process of team ${job.team} is gone, which may still write`
      : undefined;
  }
  if (job.state !== 'queued') return undefined;
  const before = ledger.queued.filter(({ place }) => place < job.place);
  if (before.length > 0) {
    const large = before.find(({ isLarge }) => isLarge);
    const holds = large === undefined ? '' : `; of these, ${large.id} waits for the memory of all teams`;
    return `waits for ${before.length === 1 ? 'the job' : `${before.length} jobs`} before it in the queue${holds}`;
  }
  const busy = teams.all.filter((team) => team.job !== undefined).length;
  if (job.isLarge) return `waits for the memory of all teams, of which ${busy} are still at work`;
  if (busy > 0) return `waits for a team: ${busy} of ${teams.all.length} are at work`;
  return 'waits for a team to start';
}
