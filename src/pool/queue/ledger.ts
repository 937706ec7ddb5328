/** The jobs of a pool and its teams, as the entries of its journal tell. */
import { createHash } from 'node:crypto';
import { required } from '../../error.js';
import type { Job, PoolEntry, TeamTrace } from './entries.js';
import { Turns } from './turns.js';

/** Finished jobs that are remembered. */
const MOST_FINISHED = 10_000;

export class Ledger {
  readonly jobs = new Map<string, Job>();
  /** Teams that have not been proven dead. */
  readonly teams = new Map<number, TeamTrace>();
  /** Jobs that wait. */
  readonly queued = new Turns();
  readonly running = new Map<string, Job>();
  #places = 0;
  #lastTeam = 0;

  get nextPlace(): number {
    return this.#places;
  }

  get lastTeam(): number {
    return this.#lastTeam;
  }

  /**
   * Follows an entry. One about an attempt that is not the job's present one changes nothing and gives false: a later
   * attempt has begun, or the job has ended.
   */
  apply(entry: PoolEntry): boolean {
    switch (entry.kind) {
      case 'job':
        return this.#put(entry.job);
      case 'team':
        this.teams.set(entry.trace.team, entry.trace);
        this.#lastTeam = Math.max(this.#lastTeam, entry.trace.team);
        return true;
      case 'gone':
        this.#lastTeam = Math.max(this.#lastTeam, entry.team);
        return this.teams.delete(entry.team);
      case 'started':
        return this.#start(entry);
      case 'returned':
        return this.#return(entry);
      case 'finished':
        return this.#finish(entry);
      default:
        return required<never>(undefined, 'the meaning of an entry of the journal');
    }
  }

  /** Forgets finished jobs beyond those that are remembered: those that ended first. */
  prune(most = MOST_FINISHED): void {
    if (this.jobs.size - this.queued.size - this.running.size <= most) return;
    const ended = [...this.jobs.values()].flatMap(({ id, finished }) =>
      finished === undefined ? [] : [{ id, at: Date.parse(finished) }],
    );
    ended.sort((a, b) => a.at - b.at);
    for (const { id } of ended.slice(0, ended.length - most)) this.jobs.delete(id);
  }

  /**
   * Entries that say all that is known. They may be taken one by one while others are followed: with those after it, each
   * entry says what is known then.
   */
  *snapshot(): Generator<PoolEntry> {
    const teams = [...this.teams.values()];
    const jobs = [...this.jobs.values()].sort(byPlace);
    // The number of a team is used once, also where the team was forgotten.
    if (!this.teams.has(this.#lastTeam)) yield { kind: 'gone', team: this.#lastTeam };
    for (const trace of teams) yield { kind: 'team', trace };
    for (const job of jobs) yield { kind: 'job', job };
  }

  #put(job: Job): true {
    const before = this.jobs.get(job.id);
    if (before !== undefined) this.#leave(before);
    this.jobs.set(job.id, job);
    this.#places = Math.max(this.#places, job.place + 1);
    this.#enter(job);
    return true;
  }

  #enter(job: Job): void {
    if (job.state === 'queued') this.queued.wait(job);
    if (job.state !== 'running') return;
    this.running.set(job.id, job);
    this.queued.work(job);
  }

  #leave(job: Job): void {
    this.running.delete(job.id);
    if (job.state === 'queued' || job.state === 'running') this.queued.leave(job);
  }

  #start({ id, attempt, team, at }: Extract<PoolEntry, { kind: 'started' }>): boolean {
    const job = this.jobs.get(id);
    if (job?.state !== 'queued' || attempt !== job.attempts + 1) return false;
    this.#leave(job);
    Object.assign(job, { state: 'running', attempts: attempt, team });
    this.#enter(job);
    job.history.push(`${at} attempt ${attempt} began on team ${team}`);
    return true;
  }

  #return({ id, attempt, how, why, at, seconds }: Extract<PoolEntry, { kind: 'returned' }>): boolean {
    const job = this.#present(id, attempt);
    if (job === undefined) return false;
    this.#leave(job);
    job.state = 'queued';
    delete job.team;
    this.#enter(job);
    if (how === 'crashed') job.crashes += 1;
    if (how === 'moved') job.isLarge = true;
    if (seconds !== undefined) job.seconds = seconds;
    job.history.push(`${at} attempt ${attempt} ${how}: ${why}`);
    return true;
  }

  #finish(entry: Extract<PoolEntry, { kind: 'finished' }>): boolean {
    const { id, attempt, state, exitCode, reason, outcome, at } = entry;
    const job = this.jobs.get(id);
    if (job === undefined || job.finished !== undefined || attempt !== job.attempts) return false;
    this.#leave(job);
    Object.assign(job, { state, exitCode, finished: at });
    delete job.team;
    delete job.work;
    if (reason !== undefined) job.reason = reason;
    if (outcome !== undefined) job.outcome = outcome;
    job.history.push(`${at} ${state}${reason === undefined ? '' : `: ${reason}`}`);
    return true;
  }

  #present(id: string, attempt: number): Job | undefined {
    const job = this.jobs.get(id);
    return job?.state === 'running' && job.attempts === attempt ? job : undefined;
  }
}

function byPlace(a: Job, b: Job): number {
  return a.place - b.place;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
