/** What the server notes down: entries in the journal, long texts beside it, and the jobs that follow from them. */
import { join } from 'node:path';
import { KroncutError } from '../../error.js';
import { toKroncutError } from '../../native/invoke.js';
import type { Lock } from '../../run/directory/lock.js';
import { Journal } from '../journal/journal.js';
import { readEntry, type Job, type Kept, type PoolEntry } from '../queue/entries.js';
import { Ledger } from '../queue/ledger.js';
import { Texts } from '../queue/texts.js';

export interface BookOptions {
  readonly folder: string;
  readonly lock: Lock;
  readonly log: (line: string) => void;
  /** Something cannot be noted down: the pool would promise what it may not keep. */
  readonly onFailure: (error: KroncutError) => void;
}

const JOURNAL_FILE = 'journal';
const TEXTS_FOLDER = 'texts';
/** The journal is written anew when it has grown by so much. */
const REWRITE_GROWTH = 2 * 2 ** 20;
/** A lock was lost no sooner than a minute after its owner's last sign of life: so long it need not be looked at again. */
const CHECK_MS = 100;

function checkOf(lock: Lock): () => Promise<void> {
  let last = -Infinity;
  return async () => {
    const now = performance.now();
    if (now - last < CHECK_MS) return;
    await lock.requireHeld();
    last = now;
  };
}

export class Book {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly #options: BookOptions;
  readonly #journal: Journal;
  readonly #texts: Texts;
  /** Work that is being written down or read. */
  #busy = 0;
  #rewritten = 0;
  #lastActive = Date.now();

  private constructor(options: BookOptions, journal: Journal, ledger: Ledger) {
    this.folder = options.folder;
    this.ledger = ledger;
    this.#options = options;
    this.#journal = journal;
    this.#texts = new Texts(join(options.folder, TEXTS_FOLDER));
  }

  /** Opens the book in a folder, whose lock this process holds. */
  static async open(options: BookOptions): Promise<Book> {
    const file = join(options.folder, JOURNAL_FILE);
    const check = checkOf(options.lock);
    const { journal, entries, dropped } = await Journal.open(file, check);
    if (dropped > 0)
      options.log(`${file}: dropped ${dropped} bytes that were being written when the server ended`);
    const ledger = new Ledger();
    for (const data of entries) ledger.apply(readEntry(data, file));
    const book = new Book(options, journal, ledger);
    await book.#rewrite();
    return book;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** When there was something to note down, or a client. */
  get lastActive(): number {
    return this.#lastActive;
  }

  get bytes(): number {
    return this.#journal.size;
  }

  touch(): void {
    this.#lastActive = Date.now();
  }

  /** The job of that id; throws `usage` where there is none. */
  job(id: string): Job {
    const job = this.ledger.jobs.get(id);
    if (job !== undefined) return job;
    throw new KroncutError(
      'usage',
      `there is no job ${id} in the pool ${this.folder}; kroncut jobs lists those there are`,
    );
  }

  /** Follows entries at once; fulfilled when they, and all before them, are on disk. */
  async record(...entries: readonly PoolEntry[]): Promise<void> {
    this.touch();
    const news = entries.filter((entry) => this.ledger.apply(entry));
    // As they are now: jobs change while entries wait.
    const written =
      news.length === 0 ? [this.#journal.append()] : news.map((one) => this.#journal.append(one));
    await this.counted(async () => Promise.all(written));
    if (this.#journal.size > this.#rewritten + REWRITE_GROWTH) this.run(this.#rewrite());
  }

  keep(text: string): Promise<Kept> {
    return this.#texts.keep(text);
  }

  read(kept: Kept): Promise<string> {
    return this.#texts.read(kept);
  }

  /** Waits for all that is being written, and takes no more. */
  async close(last: readonly PoolEntry[]): Promise<void> {
    await this.record(...last);
    await this.settled();
    await this.#journal.close();
  }

  async settled(): Promise<void> {
    while (this.#busy > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async counted<T>(body: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await body();
    } finally {
      this.#busy -= 1;
    }
  }

  /** For work that nobody waits for. */
  run(work: Promise<void>): void {
    this.counted(() => work).catch((error: unknown) => this.#options.onFailure(toKroncutError(error)));
  }

  async #rewrite(): Promise<void> {
    this.#rewritten = Infinity;
    this.ledger.prune();
    await this.#journal.rewrite(this.ledger.snapshot());
    this.#rewritten = this.#journal.size;
    const jobs = [...this.ledger.jobs.values()];
    // What is being kept right now is not in the list yet.
    if (this.#busy <= 1) await this.#texts.prune(jobs.flatMap(({ work, outcome }) => [work, outcome]));
  }
}
