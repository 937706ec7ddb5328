/** Why a job that has not ended is where it is, in a sentence. */
import type { Job } from '../queue/entries.js';
import type { Ledger } from '../queue/ledger.js';
import type { Dispatcher } from './dispatcher.js';
import type { TimeLeft } from './timeLeft.js';

export function whyItWaits(
  job: Job,
  ledger: Ledger,
  { teams, isRecovering }: Dispatcher,
  time: TimeLeft,
): string | undefined {
  if (job.state === 'running') {
    if (teams.of(job.id) !== undefined || job.team === undefined) return undefined;
    return ledger.teams.has(job.team)
      ? `waits until every process of team ${job.team} is gone, which may still write`
      : undefined;
  }
  if (job.state !== 'queued') return undefined;
  if (!time.sufficesFor(job) && job.seconds !== undefined)
    return `waits for an allocation with more time: ${time.whyNot(job.seconds)}`;
  if (isRecovering)
    return 'waits until every process of the teams of an earlier server is gone, which may still write';
  const { own, others } = ledger.queued.before(job);
  if (own + others > 0) return `waits for ${turnsOf(own, others)}${heldBy(job, ledger)}`;
  const busy = teams.all.filter((team) => team.job !== undefined).length;
  if (job.isLarge) return `waits for the memory of all teams, of which ${busy} are still at work`;
  if (busy > 0) return `waits for a team: ${busy} of ${teams.all.length} are at work`;
  return 'waits for a team to start';
}

function turnsOf(own: number, others: number): string {
  const before = [
    ...(own === 0 ? [] : [`${jobs(own)} of its client`]),
    ...(others === 0 ? [] : [`${jobs(others)} of other clients`]),
  ];
  return `${before.join(' and ')} before it in the queue`;
}

function jobs(count: number): string {
  return count === 1 ? 'a job' : `${count} jobs`;
}

/** The next large job holds all others up while teams end for it. */
function heldBy(job: Job, { queued }: Ledger): string {
  const [first] = queued;
  return first?.isLarge === true && first !== job ? `; ${first.id} waits for the memory of all teams` : '';
}
