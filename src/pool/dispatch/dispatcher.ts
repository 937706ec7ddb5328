/** Hands jobs to teams, and notes down what becomes of them before anybody hears of it. */
import { KroncutError, required } from '../../error.js';
import { workSchema, type Outcome } from '../protocol/work.js';
import type { Job, TeamTrace } from '../queue/entries.js';
import type { Book } from './book.js';
import { proveDead } from '../launch/fence.js';
import type { Machine } from '../launch/launch.js';
import type { Mps } from '../launch/mps.js';
import type { Team } from '../launch/team.js';
import { Teams } from '../launch/teams.js';
import type { TimeLeft } from './timeLeft.js';
import type { Watchers } from './watchers.js';

export interface DispatchOptions {
  readonly machine: Machine;
  /** Deaths of its team that end a job. */
  readonly maxCrashes: number;
  readonly time: TimeLeft;
  /** Ends processes that share GPUs before they are killed. */
  readonly mps: Mps | undefined;
  readonly log: (line: string) => void;
  /** The pool cannot go on. */
  readonly onFailure: (error: KroncutError) => void;
}

/** How long a job may take to end once it was cancelled. */
const CANCEL_MS = 10_000;
const LONGEST_REASON = 1000;

export class Dispatcher {
  readonly teams: Teams;
  readonly #options: DispatchOptions;
  readonly #book: Book;
  readonly #watchers: Watchers;
  /** Jobs that were cancelled and have yet to end. */
  readonly #cancelled = new Map<string, NodeJS.Timeout>();
  /** A large job whose turn has come: teams end for it, and others wait. */
  #large: Job | undefined;
  #closing = false;
  /** Teams of an earlier server that have yet to be proven dead. */
  #recovering = 0;

  constructor(options: DispatchOptions, book: Book, watchers: Watchers) {
    this.#options = options;
    this.#book = book;
    this.#watchers = watchers;
    this.teams = new Teams(options.machine, book.ledger.lastTeam, {
      onReady: (trace) => book.record({ kind: 'team', trace }),
      onProgress: (job, progress) => watchers.setProgress(job, progress),
      onDone: (team, job, outcome) => book.run(this.#finish(team, job, outcome)),
      onPostponed: (job, seconds) => book.run(this.#postpone(job, seconds)),
      onGone: (team, cause) => book.run(this.#bury(team, cause)),
      onFailure: options.onFailure,
      beforeKill: async (owners) => options.mps?.terminate(owners),
      onRemark: options.log,
      onChange: () => this.schedule(),
    });
  }

  /** Goes on with the jobs of an earlier server. */
  start(): void {
    this.#options.time.onChange = () => this.schedule();
    this.#recovering = this.#book.ledger.teams.size;
    for (const trace of this.#book.ledger.teams.values()) this.#book.run(this.#recover(trace));
    this.schedule();
  }

  /** No job is handed out yet: a team of an earlier server may be at it, though that was never noted down. */
  get isRecovering(): boolean {
    return this.#recovering > 0;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Whether there is a job that is at work, or could be. */
  get isBusy(): boolean {
    return this.#book.ledger.running.size > 0 || this.#next() !== undefined;
  }

  /** Hands jobs to teams, each in its turn: a job waits for those before it, also for a large one that waits for teams to end. */
  schedule(): void {
    if (this.#closing) return;
    const running = [...this.#book.ledger.running.values()];
    this.teams.fill(this.#next()?.isLarge === true || running.some(({ isLarge }) => isLarge));
    if (this.isRecovering) return;
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      const team = this.teams.free(job);
      if (team === undefined) return;
      this.#book.run(this.#start(job, team));
    }
  }

  /** Cancels a job that waits or runs; one that has ended stays as it is. Fulfilled once that is noted down or under way. */
  async cancel(job: Job): Promise<void> {
    if (job.finished !== undefined) return;
    const { id } = job;
    if (job.state === 'queued') {
      await this.#end(job, 'cancelled', 'cancelled before it ran');
      return;
    }
    if (this.#cancelled.has(id)) return;
    const team = this.teams.of(id);
    this.#cancelled.set(
      id,
      setTimeout(() => team?.kill(), CANCEL_MS),
    );
    team?.cancel();
  }

  /** Ends the teams. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#cancelled.values()) clearTimeout(timer);
    await this.teams.close();
  }

  /** The job whose turn it is, of those that the time suffices for. */
  #next(): Job | undefined {
    if (this.#large?.state === 'queued') return this.#large;
    this.#large = undefined;
    for (const job of this.#book.ledger.queued) {
      if (!this.#options.time.sufficesFor(job)) continue;
      // Others must not come before it while teams end for it.
      if (job.isLarge && this.teams.canGrow) this.#large = job;
      return job;
    }
    return undefined;
  }

  async #start(job: Job, team: Team): Promise<void> {
    const { id } = job;
    team.job = id;
    const attempt = job.attempts + 1;
    const at = new Date().toISOString();
    // The team need not wait for the disk: all teams of a server are proven dead before the next server hands out jobs.
    const recorded = this.#book.record({ kind: 'started', id, attempt, team: team.number, at });
    const work = workSchema.parse(
      JSON.parse(await this.#book.read(required(job.work, `the work of job ${id}`))),
    );
    // It may have died since; its end takes the job back.
    if (!team.ending) {
      team.perform(id, work, this.#options.time.boundsFor(job));
      if (this.#cancelled.has(id)) team.cancel();
    }
    await recorded;
  }

  async #finish(team: Team, id: string, outcome: Outcome): Promise<void> {
    const job = this.#book.ledger.jobs.get(id);
    if (job === undefined) return;
    // Nothing works on a device that has failed: the team starts again without it.
    const hasFailed = outcome.error?.details?.['failed'] !== undefined;
    if (hasFailed) team.end();
    // Its team is free while long texts are written.
    this.schedule();
    const { error, exitCode } = outcome;
    if (error?.code === 'memory' && !job.isLarge && this.teams.canGrow) {
      const why = `${error.message}; it waits until all teams have ended, and gets what they have`;
      await this.#return(job, 'moved', why);
    } else if (hasFailed && error !== undefined && job.crashes + 1 < this.#options.maxCrashes) {
      await this.#return(job, 'crashed', `${error.message}; that device is left out from now on`);
    } else if (error?.code === 'cancelled' && !this.#cancelled.has(id)) {
      // Its team was told to end, or got a signal of its own.
      await this.#return(job, 'stopped', 'its team was stopped');
    } else {
      const wasCancelled = error?.code === 'cancelled';
      const state = wasCancelled ? 'cancelled' : exitCode === 0 ? 'done' : 'failed';
      await this.#end(job, state, wasCancelled ? 'cancelled' : reasonOf(outcome), outcome);
    }
  }

  /** Back into the queue, for an allocation with more time. */
  async #postpone(id: string, seconds: number): Promise<void> {
    const job = this.#book.ledger.jobs.get(id);
    if (job === undefined) return;
    if (this.#cancelled.has(id)) await this.#end(job, 'cancelled', 'cancelled');
    else
      await this.#return(
        job,
        'postponed',
        `${this.#options.time.whyNot(seconds)}; it waits for more`,
        seconds,
      );
    this.schedule();
  }

  /** After the death of a team: what becomes of its job. */
  async #bury(team: Team, cause: string): Promise<void> {
    const { job: id } = team;
    if (team.trace !== undefined) await this.#book.record({ kind: 'gone', team: team.number });
    const job = id === undefined ? undefined : this.#book.ledger.jobs.get(id);
    if (job?.state === 'running') {
      if (this.#cancelled.has(job.id)) await this.#end(job, 'cancelled', 'cancelled');
      else if (this.#closing) return;
      else if (job.crashes + 1 >= this.#options.maxCrashes) await this.#giveUp(job, cause);
      else await this.#return(job, 'crashed', `its team ${cause}`);
    }
    this.schedule();
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
    const jobs = [...this.#book.ledger.running.values()].filter(({ team }) => team === trace.team);
    const recorded = this.#book.record({ kind: 'gone', team: trace.team });
    for (const job of jobs) {
      if (this.#cancelled.has(job.id)) await this.#end(job, 'cancelled', 'cancelled');
      else await this.#return(job, 'stopped', 'the server ended');
    }
    await recorded;
    this.#recovering -= 1;
    this.schedule();
  }

  async #return(
    job: Job,
    how: 'crashed' | 'stopped' | 'moved' | 'postponed',
    why: string,
    seconds?: number,
  ): Promise<void> {
    const { id, attempts: attempt } = job;
    this.#forget(id);
    const recorded = this.#book.record({
      kind: 'returned',
      id,
      attempt,
      how,
      why: why.slice(0, LONGEST_REASON),
      at: new Date().toISOString(),
      ...(seconds === undefined ? {} : { seconds }),
    });
    // What is handed out now is noted down in the same writing.
    this.schedule();
    await recorded;
    this.#watchers.tell(id);
  }

  async #end(
    job: Job,
    state: 'done' | 'failed' | 'cancelled',
    reason?: string,
    outcome?: Outcome,
  ): Promise<void> {
    const { id, attempts: attempt } = job;
    const result = outcome ?? emptyOutcome(reason ?? state);
    const kept = await this.#book.keep(JSON.stringify(result));
    const said = reason === undefined ? {} : { reason: reason.slice(0, LONGEST_REASON) };
    const { exitCode } = result;
    this.#forget(id);
    const recorded = this.#book.record({
      kind: 'finished',
      id,
      attempt,
      state,
      exitCode,
      ...said,
      outcome: kept,
      at: new Date().toISOString(),
    });
    this.schedule();
    await recorded;
    this.#watchers.tell(id);
  }

  #forget(id: string): void {
    clearTimeout(this.#cancelled.get(id));
    this.#cancelled.delete(id);
    this.#watchers.forgetProgress(id);
  }
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
