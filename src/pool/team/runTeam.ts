/** The life of a team: its ranks do, together, what the server says to the first of them. */
import type { Cluster } from '../../cluster/cluster.js';
import { KroncutError } from '../../error.js';
import { thisProcess } from '../../run/directory/lockOwner.js';
import type { Progress } from '../../run/context.js';
import { Lines, orderSchema, type Order, type Report, type TimeBounds } from '../protocol/teamMessages.js';
import type { Outcome, Work } from '../protocol/work.js';

export interface TeamJob {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Where the job is to be predicted first. */
  readonly time: TimeBounds | undefined;
}

/** What is predicted of a job that was not begun, as there is not enough time. */
export interface Postponed {
  readonly seconds: number;
}

/** Collective: does the work. Rejects where one rank alone has failed, and the team cannot go on. */
export type Performer = (work: Work, job: TeamJob) => Promise<Outcome | Postponed>;

const PROGRESS_MS = 100;
/** How long a job may take to end once the server is gone. */
const ORPHAN_MS = 3000;

type Perform = Extract<Order, { say: 'perform' }>;

/**
 * Collective: does one job after another until the server closes the standard input of the first rank, or dies. Gives the
 * exit code.
 */
export async function runTeam(cluster: Cluster, signal: AbortSignal, perform: Performer): Promise<number> {
  const owners = await cluster.gather(JSON.stringify(thisProcess()));
  const server = cluster.isRoot ? new ServerLink(signal) : undefined;
  await server?.ready(owners);
  for (;;) {
    const order = await server?.next();
    const given = await cluster.broadcast(order === undefined ? null : JSON.stringify(order));
    if (given === null) return 0;
    const { ticket, work, time }: Perform = JSON.parse(given);
    const stop = new AbortController();
    if (server !== undefined) server.running = { ticket, stop };
    const outcome = await perform(work, {
      time,
      signal: AbortSignal.any([signal, stop.signal]),
      onProgress: (progress) => server?.progress(ticket, progress),
    });
    if (server !== undefined) server.running = undefined;
    server?.tell(
      'seconds' in outcome
        ? { say: 'postponed', ticket, seconds: outcome.seconds }
        : { say: 'done', ticket, outcome },
    );
  }
}

/** The first rank's side of the talk with the server. */
class ServerLink {
  running: { readonly ticket: number; readonly stop: AbortController } | undefined;
  readonly #lines = new Lines();
  readonly #orders: Perform[] = [];
  #mark: string | undefined;
  #ended = false;
  #wake: () => void = () => {};
  #lastProgress = 0;

  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    // Whoever reads it is gone when this fails, and standard input ends with it.
    process.stdout.on('error', () => {});
    process.stdin
      .setEncoding('utf8')
      .on('data', (part: string) => {
        for (const line of this.#lines.add(part)) this.#hear(line);
      })
      .once('end', this.#end)
      .once('error', this.#end);
  }

  /** Waits for the first line, and says that the team is there. */
  async ready(owners: readonly string[]): Promise<void> {
    while (this.#mark === undefined && !this.#ended) await this.#news();
    const { SLURM_JOB_ID: job = '', SLURM_STEP_ID: step = '' } = process.env;
    this.tell({
      say: 'ready',
      owners: owners.map((owner) => JSON.parse(owner)),
      ...(job === '' || step === '' ? {} : { step: `${job}.${step}` }),
    });
  }

  /** The next job; undefined where there will be none. */
  async next(): Promise<Perform | undefined> {
    while (this.#orders.length === 0 && !this.#ended && !this.#signal.aborted) await this.#news();
    return this.#ended ? undefined : this.#orders.shift();
  }

  progress(ticket: number, { stage, done, total, note }: Progress): void {
    const now = Date.now();
    if (now - this.#lastProgress < PROGRESS_MS && done < total) return;
    this.#lastProgress = now;
    this.tell({
      say: 'progress',
      ticket,
      progress: { stage, done, total, ...(note === undefined ? {} : { note }) },
    });
  }

  tell(report: Report): void {
    // Something else may have been written without a line break at its end.
    process.stdout.write(`\n${this.#mark}${JSON.stringify(report)}\n`);
  }

  #news(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #hear(line: string): void {
    if (line === '') return;
    const order = orderSchema.parse(JSON.parse(line));
    if (order.say === 'mark') this.#mark = order.mark;
    else if (order.say === 'perform') this.#orders.push(order);
    else if (order.ticket === this.running?.ticket)
      this.running.stop.abort(cancelled('the job was cancelled'));
    this.#wake();
  }

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake();
    const reason = cancelled('the server of the pool has ended');
    this.running?.stop.abort(reason);
    // The next server waits for the end of this team.
    setTimeout(() => process.exit(new KroncutError('rank', '').exitCode), ORPHAN_MS).unref();
  };
}

function cancelled(message: string): KroncutError {
  return new KroncutError('cancelled', message);
}
