/** A pool as its clients see it: takes jobs, and says what became of them. */
import { randomUUID } from 'node:crypto';
import { KroncutError } from '../../error.js';
import {
  commandOf,
  outcomeSchema,
  requireFiles,
  type JobDetail,
  type JobSummary,
  type Outcome,
  type PoolState,
  type Submission,
} from '../protocol/work.js';
import type { Job, PoolEntry } from '../queue/entries.js';
import { hashOf } from '../queue/ledger.js';
import { Book, type BookOptions } from './book.js';
import { Dispatcher, type DispatchOptions } from './dispatcher.js';
import type { Team } from '../launch/team.js';
import { Watchers } from './watchers.js';
import { whyItWaits } from './whyItWaits.js';

export type PoolOptions = BookOptions & DispatchOptions;

const LONGEST_COMMAND = 1000;

export class Pool {
  readonly folder: string;
  readonly watchers: Watchers;
  readonly #options: PoolOptions;
  readonly #book: Book;
  readonly #dispatcher: Dispatcher;
  readonly #summaries = new Summaries();

  private constructor(options: PoolOptions, book: Book) {
    this.folder = options.folder;
    this.watchers = new Watchers();
    this.#options = options;
    this.#book = book;
    this.#dispatcher = new Dispatcher(options, book, this.watchers);
  }

  /** Opens the pool in a folder, whose lock this process holds, and goes on with its jobs. */
  static async open(options: PoolOptions): Promise<Pool> {
    const pool = new Pool(options, await Book.open(options));
    pool.#dispatcher.start();
    return pool;
  }

  get isBusy(): boolean {
    return this.#book.isBusy || this.#dispatcher.isBusy;
  }

  get idleMs(): number {
    return this.isBusy ? 0 : Date.now() - this.#book.lastActive;
  }

  touch(): void {
    this.#book.touch();
  }

  /**
   * Takes a job; fulfilled once it is on disk. One with the id of an earlier one is that one. Throws `usage` where the
   * earlier one asked for something else.
   */
  submit(submission: Submission): Promise<string> {
    return this.#book.counted(() => this.#submit(submission));
  }

  async #submit({ id = randomUUID(), client, work }: Submission): Promise<string> {
    if (this.#dispatcher.isClosing)
      throw new KroncutError('usage', `the pool in ${this.folder} is ending; submit again once it is back`);
    requireFiles(work);
    const text = JSON.stringify(work);
    const hash = hashOf(text);
    const kept = await this.#book.keep(text);
    const { ledger } = this.#book;
    const there = ledger.jobs.get(id);
    if (there === undefined) {
      const submitted = new Date().toISOString();
      const job: Job = {
        id,
        place: ledger.nextPlace,
        command: commandOf(work).slice(0, LONGEST_COMMAND),
        ...(client === undefined ? {} : { client }),
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
      const recorded = this.#book.record({ kind: 'job', job });
      this.#dispatcher.schedule();
      await recorded;
    } else if (there.hash !== hash) {
      throw new KroncutError(
        'usage',
        `the id ${id} is that of another job in the pool (${there.command.slice(0, 80)}); choose another id`,
      );
    } else {
      // It may be on its way to the disk for another client.
      await this.#book.record();
    }
    return id;
  }

  /** Cancels a job that waits or runs; one that has ended stays as it is. Fulfilled once that is noted down or under way. */
  cancel(id: string): Promise<void> {
    return this.#book.counted(() => this.#dispatcher.cancel(this.#book.job(id)));
  }

  /** All jobs, as JSON of `JobSummary[]`. */
  list(): string {
    return `[${[...this.#book.ledger.jobs.values()].map((job) => this.#summaries.of(job)).join()}]`;
  }

  detail(id: string): JobDetail {
    const job = this.#book.job(id);
    const waits = whyItWaits(job, this.#book.ledger, this.#dispatcher, this.#options.time);
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
    return this.#book.job(id).finished !== undefined;
  }

  /** What a job gave. Throws `usage` for one that has given nothing, or not yet. */
  async outcome(id: string): Promise<Outcome> {
    const { outcome, state, reason } = this.#book.job(id);
    if (outcome === undefined) {
      throw new KroncutError(
        'usage',
        `job ${id} has no result: it is ${state}${reason === undefined ? '' : `, ${reason}`}`,
      );
    }
    return outcomeSchema.parse(JSON.parse(await this.#book.read(outcome)));
  }

  state(): PoolState {
    const { ledger, bytes } = this.#book;
    return {
      pool: this.folder,
      teams: this.#dispatcher.teams.all.map((team) => ({
        team: team.number,
        state: stateOf(team),
        ranks: team.ranks,
      })),
      queued: ledger.queued.size,
      running: ledger.running.size,
      rssBytes: process.memoryUsage.rss(),
      journalBytes: bytes,
    };
  }

  /** Ends the teams; jobs that run go back into the queue, for the next server on this folder. */
  async close(why: string): Promise<void> {
    await this.#dispatcher.close();
    await this.#book.settled();
    const at = new Date().toISOString();
    const running = [...this.#book.ledger.running.values()];
    await this.#book.close(
      running.map(({ id, attempts: attempt }): PoolEntry => {
        return { kind: 'returned', id, attempt, how: 'stopped', why, at };
      }),
    );
  }
}

/** Texts of jobs for lists, which may be long: that of a job that has ended stays. */
class Summaries {
  readonly #kept = new WeakMap<Job, string>();

  of(job: Job): string {
    const kept = this.#kept.get(job);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(summaryOf(job));
    if (job.finished !== undefined) this.#kept.set(job, text);
    return text;
  }
}

function stateOf({ ending, trace, job }: Team): string {
  if (ending) return 'ending';
  if (trace === undefined) return 'starting';
  return job === undefined ? 'idle' : 'busy';
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
