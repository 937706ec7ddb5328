/** The heart of a pool: takes jobs, hands them to teams, and notes down what becomes of them before anybody hears of it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { KroncutError } from '../../error.js';
import { toKroncutError } from '../../native/invoke.js';
import type { Lock } from '../../run/directory/lock.js';
import { Journal } from '../journal/journal.js';
import {
  commandOf,
  outcomeSchema,
  requireFiles,
  workSchema,
  type JobDetail,
  type JobSummary,
  type Outcome,
  type PoolState,
  type Submission,
} from '../protocol/work.js';
import { readEntry, type Job, type PoolEntry, type TeamTrace } from '../queue/entries.js';
import { hashOf, Ledger } from '../queue/ledger.js';
import { Texts } from '../queue/texts.js';
import { proveDead } from './fence.js';
import type { Machine } from './launch.js';
import type { Team } from './team.js';
import { Teams } from './teams.js';
import { Watchers } from './watchers.js';
import { whyItWaits } from './whyItWaits.js';

export interface PoolOptions {
  readonly folder: string;
  readonly lock: Lock;
  readonly machine: Machine;
  /** Deaths of its team that end a job. */
  readonly maxCrashes: number;
  readonly log: (line: string) => void;
  /** The pool cannot go on. */
  readonly onFailure: (error: KroncutError) => void;
}

const JOURNAL_FILE = 'journal';
const TEXTS_FOLDER = 'texts';
/** The journal is written anew when it has grown to this size, and to twice what it had then. */
const REWRITE_BYTES = 2 ** 20;
/** How long a job may take to end once it was cancelled. */
const CANCEL_MS = 10_000;
const LONGEST_REASON = 1000;

export class Pool {
  readonly folder: string;
  readonly watchers = new Watchers();
  readonly #options: PoolOptions;
  readonly #journal: Journal;
  readonly #ledger: Ledger;
  readonly #texts: Texts;
  readonly #teams: Teams;
  /** Jobs that were cancelled and have yet to end. */
  readonly #cancelled = new Map<string, NodeJS.Timeout>();
  /** Work that is being written down or read. */
  #busy = 0;
  #rewritten = 0;
  #closing = false;
  #lastActive = Date.now();

  private constructor(options: PoolOptions, journal: Journal, ledger: Ledger) {
    this.folder = options.folder;
    this.#options = options;
    this.#journal = journal;
    this.#ledger = ledger;
    this.#texts = new Texts(join(options.folder, TEXTS_FOLDER));
    this.#teams = new Teams(options.machine, ledger.lastTeam, {
      onReady: (trace) => this.#record({ kind: 'team', trace }),
      onProgress: (job, progress) => this.watchers.setProgress(job, progress),
      onDone: (_, job, outcome) => this.#run(this.#finish(job, outcome)),
      onGone: (team, cause) => this.#run(this.#bury(team, cause)),
      onFailure: options.onFailure,
      onRemark: options.log,
      onChange: () => this.#schedule(),
    });
  }

  /** Opens the pool in a folder, whose lock this process holds, and goes on with its jobs. */
  static async open(options: PoolOptions): Promise<Pool> {
    const file = join(options.folder, JOURNAL_FILE);
    const check = (): Promise<void> => options.lock.requireHeld();
    const { journal, entries, dropped } = await Journal.open(file, check);
    if (dropped > 0)
      options.log(`${file}: dropped ${dropped} bytes that were being written when the server ended`);
    const ledger = new Ledger();
    for (const data of entries) ledger.apply(readEntry(data, file));
    const pool = new Pool(options, journal, ledger);
    await pool.#rewrite();
    for (const trace of ledger.teams.values()) pool.#run(pool.#recover(trace));
    pool.#schedule();
    return pool;
  }

  get isBusy(): boolean {
    return this.#busy > 0 || this.#ledger.isBusy;
  }

  get idleMs(): number {
    return this.isBusy ? 0 : Date.now() - this.#lastActive;
  }

  touch(): void {
    this.#lastActive = Date.now();
  }

  /**
   * Takes a job; fulfilled once it is on disk. One with the id of an earlier one is that one. Throws `usage` where the
   * earlier one asked for something else.
   */
  submit(submission: Submission): Promise<string> {
    return this.#counted(() => this.#submit(submission));
  }

  async #submit({ id = randomUUID(), work }: Submission): Promise<string> {
    if (this.#closing)
      throw new KroncutError('usage', `the pool in ${this.folder} is ending; submit again once it is back`);
    requireFiles(work);
    const text = JSON.stringify(work);
    const hash = hashOf(text);
    const kept = await this.#texts.keep(text);
    const there = this.#ledger.jobs.get(id);
    if (there === undefined) {
      const submitted = new Date().toISOString();
      const command = commandOf(work).slice(0, LONGEST_REASON);
      const job: Job = {
        id,
        place: this.#ledger.nextPlace,
        command,
        folder: work.folder,
        work: kept,
        hash,
        submitted,
        state: 'queued',
        attempts: 0,
        crashes: 0,
        isLarge: false,
        history: [`${submitted} submitted`],
      };
      const recorded = this.#record({ kind: 'job', job });
      this.#schedule();
      await recorded;
    } else if (there.hash !== hash) {
      throw new KroncutError(
        'usage',
        `the id ${id} is that of another job in the pool (${there.command.slice(0, 80)}); choose another id`,
      );
    } else {
      // It may be on its way to the disk for another client.
      await this.#record();
    }
    return id;
  }

  /** Cancels a job that waits or runs; one that has ended stays as it is. Fulfilled once that is noted down or under way. */
  cancel(id: string): Promise<void> {
    return this.#counted(() => this.#cancel(id));
  }

  async #cancel(id: string): Promise<void> {
    const job = this.#job(id);
    if (job.finished !== undefined) return;
    const team = this.#teams.of(id);
    if (job.state === 'queued') {
      await this.#end(job, 'cancelled', 'cancelled before it ran');
      return;
    }
    if (this.#cancelled.has(id)) return;
    this.#cancelled.set(
      id,
      setTimeout(() => team?.kill(), CANCEL_MS),
    );
    team?.cancel();
  }

  list(): JobSummary[] {
    return [...this.#ledger.jobs.values()].map(summaryOf);
  }

  detail(id: string): JobDetail {
    const job = this.#job(id);
    const waits = whyItWaits(job, this.#ledger, this.#teams);
    const progress = job.state === 'running' ? this.watchers.progressOf(id) : undefined;
    return {
      ...summaryOf(job),
      folder: job.folder,
      submitted: job.submitted,
      history: waits === undefined ? job.history : [...job.history, waits],
      ...(progress === undefined ? {} : { progress }),
    };
  }

  isFinished(id: string): boolean {
    return this.#job(id).finished !== undefined;
  }

  /** What a job gave. Throws `usage` for one that has given nothing, or not yet. */
  async outcome(id: string): Promise<Outcome> {
    const { outcome, state, reason } = this.#job(id);
    if (outcome === undefined) {
      throw new KroncutError(
        'usage',
        `job ${id} has no result: it is ${state}${reason === undefined ? '' : `, ${reason}`}`,
      );
    }
    return outcomeSchema.parse(JSON.parse(await this.#texts.read(outcome)));
  }

  state(): PoolState {
    return {
      pool: this.folder,
      teams: this.#teams.all.map((team) => ({
        team: team.number,
        state: team.ending
          ? 'ending'
          : team.trace === undefined
            ? 'starting'
            : team.job === undefined
              ? 'idle'
              : 'busy',
        ranks: team.ranks,
      })),
      queued: this.#ledger.queued.length,
      running: this.#ledger.running.size,
      rssBytes: process.memoryUsage.rss(),
      journalBytes: this.#journal.size,
    };
  }

  /** Ends the teams; jobs that run go back into the queue, for the next server on this folder. */
  async close(why: string): Promise<void> {
    this.#closing = true;
    for (const timer of this.#cancelled.values()) clearTimeout(timer);
    await this.#teams.close();
    while (this.#busy > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const at = new Date().toISOString();
    const stopped = [...this.#ledger.running.values()].map(({ id, attempts }): PoolEntry => {
      return { kind: 'returned', id, attempt: attempts, how: 'stopped', why, at };
    });
    await this.#record(...stopped);
    await this.#journal.close();
  }

  #job(id: string): Job {
    const job = this.#ledger.jobs.get(id);
    if (job !== undefined) return job;
    throw new KroncutError(
      'usage',
      `there is no job ${id} in the pool ${this.folder}; kroncut jobs lists those there are`,
    );
  }

  /** Hands jobs to teams, in order: a job waits for those before it, also for a large one that waits for the teams to end. */
  #schedule(): void {
    if (this.#closing) return;
    const queued = [...this.#ledger.queued];
    const running = [...this.#ledger.running.values()];
    this.#teams.fill(queued[0]?.isLarge === true || running.some(({ isLarge }) => isLarge));
    for (const job of queued) {
      const team = this.#teams.free(job);
      if (team === undefined) return;
      this.#run(this.#start(job, team));
    }
  }

  async #start(job: Job, team: Team): Promise<void> {
    const { id } = job;
    team.job = id;
    const attempt = job.attempts + 1;
    const recorded = this.#record({
      kind: 'started',
      id,
      attempt,
      team: team.number,
      at: new Date().toISOString(),
    });
    const work = workSchema.parse(JSON.parse(await this.#texts.read(job.work)));
    await recorded;
    // It may have died since; its end takes the job back.
    if (team.ending) return;
    team.perform(id, work);
    if (this.#cancelled.has(id)) team.cancel();
  }

  async #finish(id: string, outcome: Outcome): Promise<void> {
    const job = this.#ledger.jobs.get(id);
    if (job === undefined) return;
    const { error, exitCode } = outcome;
    if (error?.code === 'memory' && !job.isLarge && this.#teams.canGrow) {
      const why = `${error.message}; it waits until all teams have ended, and gets what they have`;
      await this.#return(job, 'moved', why);
    } else if (error?.code === 'cancelled' && !this.#cancelled.has(id)) {
      // Its team was told to end, or got a signal of its own.
      await this.#return(job, 'stopped', 'its team was stopped');
    } else {
      const wasCancelled = error?.code === 'cancelled';
      const state = wasCancelled ? 'cancelled' : exitCode === 0 ? 'done' : 'failed';
      await this.#end(job, state, wasCancelled ? 'cancelled' : reasonOf(outcome), outcome);
    }
    this.#schedule();
  }

  /** After the death of a team: what becomes of its job. */
  async #bury(team: Team, cause: string): Promise<void> {
    const { job: id } = team;
    if (team.trace !== undefined) await this.#record({ kind: 'gone', team: team.number });
    const job = id === undefined ? undefined : this.#ledger.jobs.get(id);
    if (job?.state === 'running') {
      if (this.#cancelled.has(job.id)) await this.#end(job, 'cancelled', 'cancelled');
      else if (this.#closing) return;
      else if (job.crashes + 1 >= this.#options.maxCrashes) await this.#giveUp(job, cause);
      else await this.#return(job, 'crashed', `its team ${cause}`);
    }
    this.#schedule();
  }

  async #giveUp(job: Job, cause: string): Promise<void> {
    const times = job.crashes === 0 ? 'its team' : `its team died ${job.crashes + 1} times; the last one`;
    const message = `${times} ${cause}`;
    const error = new KroncutError('rank', message);
    const outcome = {
      exitCode: error.exitCode,
      stdout: '',
      stderr: `kroncut: ${message}\n`,
      error: { code: 'rank', message },
    };
    await this.#end(job, 'failed', message, outcome);
  }

  /** A team of an earlier server: its job goes back into the queue once all its processes are gone. */
  async #recover(trace: TeamTrace): Promise<void> {
    await proveDead(trace);
    const jobs = [...this.#ledger.running.values()].filter(({ team }) => team === trace.team);
    const recorded = this.#record({ kind: 'gone', team: trace.team });
    for (const job of jobs) {
      if (this.#cancelled.has(job.id)) await this.#end(job, 'cancelled', 'cancelled');
      else await this.#return(job, 'stopped', 'the server ended');
    }
    await recorded;
    this.#schedule();
  }

  async #return(job: Job, how: 'crashed' | 'stopped' | 'moved', why: string): Promise<void> {
    const at = new Date().toISOString();
    this.#forget(job.id);
    const text = why.slice(0, LONGEST_REASON);
    await this.#record({ kind: 'returned', id: job.id, attempt: job.attempts, how, why: text, at });
    this.watchers.tell(job.id);
  }

  async #end(
    job: Job,
    state: 'done' | 'failed' | 'cancelled',
    reason?: string,
    outcome?: Outcome,
  ): Promise<void> {
    const attempt = job.attempts;
    const result = outcome ?? emptyOutcome(reason ?? state);
    const kept = await this.#texts.keep(JSON.stringify(result));
    const at = new Date().toISOString();
    const said = reason === undefined ? {} : { reason: reason.slice(0, LONGEST_REASON) };
    const { exitCode } = result;
    this.#forget(job.id);
    await this.#record({
      kind: 'finished',
      id: job.id,
      attempt,
      state,
      exitCode,
      ...said,
      outcome: kept,
      at,
    });
    this.watchers.tell(job.id);
  }

  #forget(id: string): void {
    clearTimeout(this.#cancelled.get(id));
    this.#cancelled.delete(id);
    this.watchers.forgetProgress(id);
  }

  /** Follows entries at once; fulfilled when they are on disk. */
  async #record(...entries: readonly PoolEntry[]): Promise<void> {
    this.touch();
    // Copied now: jobs change while entries wait.
    const copies = entries
      .filter((entry) => this.#ledger.apply(entry))
      .map((entry) => structuredClone(entry));
    await this.#counted(async () => {
      if (copies.length === 0) await this.#journal.append();
      await Promise.all(copies.map((entry) => this.#journal.append(entry)));
      if (this.#journal.size > Math.max(REWRITE_BYTES, 2 * this.#rewritten)) await this.#rewrite();
    });
  }

  async #rewrite(): Promise<void> {
    this.#rewritten = Infinity;
    this.#ledger.prune();
    await this.#journal.rewrite(() => this.#ledger.snapshot());
    this.#rewritten = this.#journal.size;
    const jobs = [...this.#ledger.jobs.values()];
    // What is being kept right now is not in the list yet.
    if (this.#busy <= 1) await this.#texts.prune(jobs.flatMap(({ work, outcome }) => [work, outcome]));
  }

  async #counted<T>(body: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await body();
    } finally {
      this.#busy -= 1;
    }
  }

  /** What cannot be noted down ends the pool: it would promise what it may not keep. */
  #run(work: Promise<void>): void {
    this.#counted(() => work).catch((error: unknown) => this.#options.onFailure(toKroncutError(error)));
  }
}

function summaryOf({ id, state, attempts, command, exitCode, reason }: Job): JobSummary {
  return {
    id,
    state,
    attempts,
    command,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function reasonOf({ exitCode, error, stderr }: Outcome): string | undefined {
  if (exitCode === 0) return undefined;
  return error?.message ?? stderr.trimEnd().split('\n').at(-1);
}

/** Of a job that was cancelled before it could say anything. */
function emptyOutcome(reason: string): Outcome {
  const { exitCode, code } = new KroncutError('cancelled', reason);
  return { exitCode, stdout: '', stderr: `kroncut: ${reason}\n`, error: { code, message: reason } };
}
