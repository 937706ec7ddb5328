/** A team, seen from the server: one launch of `team.js` on its ranks, which does one job after another. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  FAILED_DEVICE,
  Lines,
  reportSchema,
  type Order,
  type Report,
  type TimeBounds,
} from '../protocol/teamMessages.js';
import type { Outcome, Work } from '../protocol/work.js';
import type { TeamTrace } from '../queue/entries.js';
import type { TeamCommand } from './launch.js';

type Progress = Extract<Report, { say: 'progress' }>['progress'];

export interface TeamEvents {
  readonly onReady: (trace: TeamTrace) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onDone: (outcome: Outcome) => void;
  /** The job was not begun, as it is predicted to take so many seconds. */
  readonly onPostponed: (seconds: number) => void;
  /** The launcher has ended; `cause` says how, as the end of a sentence. It was `killed` where a signal is behind that. */
  readonly onEnd: (cause: string, killed: boolean) => void;
  /** A device of one of its ranks has failed. */
  readonly onDeviceFailed: (device: string) => void;
  /** Ends what a process that is killed would take along. */
  readonly beforeKill: (owners: TeamTrace['owners']) => Promise<void>;
  readonly onRemark: (line: string) => void;
}

/** How long a team that was told to end may take to save what it has. */
const END_MS = 5000;
/** Exit codes from here on say that a signal ended the ranks. */
const FIRST_SIGNAL_CODE = 128;
/** Characters of standard error that are remembered for the cause of an end. */
const LAST_WORDS = 2000;

export class Team {
  readonly number: number;
  readonly isLarge: boolean;
  trace: TeamTrace | undefined;
  /** The job that it does. */
  job: string | undefined;
  ending = false;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #mark = randomBytes(16).toString('hex');
  readonly #lines = new Lines();
  readonly #events: TeamEvents;
  #ticket = 0;
  #lastWords = '';
  #killer: NodeJS.Timeout | undefined;

  constructor(number: number, { file, args, env, isLarge }: TeamCommand, events: TeamEvents) {
    this.number = number;
    this.isLarge = isLarge;
    this.#events = events;
    // A group of its own: a signal to the server's, as from a terminal, is for the server to pass on.
    this.#child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (part: string) => this.#hear(part));
    this.#child.stderr.setEncoding('utf8').on('data', (part: string) => this.#remark(part));
    // A team that is gone is told by its end.
    this.#child.stdin.on('error', () => {});
    let failure: string | undefined;
    this.#child.once('error', (error) => {
      failure = error.message;
      if (this.#child.pid === undefined) this.#end(failure, false);
    });
    this.#child.once('exit', (code, signal) => {
      // A rank that outlives its launcher may hold the pipes open: their end is not waited for.
      const killed = signal !== null || (code ?? 0) >= FIRST_SIGNAL_CODE;
      setImmediate(() => this.#end(this.#causeOf(code, signal), killed));
    });
    this.#order({ say: 'mark', mark: this.#mark });
  }

  get ranks(): number {
    return this.trace?.owners.length ?? 0;
  }

  get isIdle(): boolean {
    return this.trace !== undefined && this.job === undefined && !this.ending;
  }

  /** With `time` the job is predicted first, and not begun where it would take longer than there is. */
  perform(id: string, work: Work, time?: TimeBounds): void {
    this.job = id;
    this.#ticket += 1;
    this.#order({ say: 'perform', ticket: this.#ticket, work, ...(time === undefined ? {} : { time }) });
  }

  cancel(): void {
    this.#order({ say: 'cancel', ticket: this.#ticket });
  }

  /** Lets the ranks save what they have and end; after a while they are killed. */
  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.#child.stdin.end();
    this.#killer = setTimeout(() => this.kill(), END_MS);
  }

  /** Kills the launcher with the ranks of its group; `proveDead` sees to the rest. */
  kill(): void {
    this.ending = true;
    void this.#events.beforeKill(this.trace?.owners ?? []).finally(() => {
      const { pid } = this.#child;
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    });
  }

  #order(order: Order): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  #hear(part: string): void {
    for (const line of this.#lines.add(part)) {
      const report = this.#reportIn(line);
      if (report === undefined) {
        if (line.trim() !== '') this.#events.onRemark(line);
      } else if (report.say === 'ready') {
        this.trace = { team: this.number, owners: report.owners, step: report.step };
        this.#events.onReady(this.trace);
      } else if (report.ticket === this.#ticket && this.job !== undefined) {
        if (report.say === 'progress') this.#events.onProgress(report.progress);
        else if (report.say === 'postponed') this.#events.onPostponed(report.seconds);
        else this.#events.onDone(report.outcome);
      }
    }
  }

  #reportIn(line: string): Report | undefined {
    if (!line.startsWith(this.#mark)) return undefined;
    try {
      const parsed = reportSchema.safeParse(JSON.parse(line.slice(this.#mark.length)));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  #remark(part: string): void {
    this.#lastWords = (this.#lastWords + part).slice(-LAST_WORDS);
    for (const line of part.trimEnd().split('\n')) {
      this.#events.onRemark(line);
      if (line.includes(FAILED_DEVICE))
        this.#events.onDeviceFailed(line.slice(line.indexOf(FAILED_DEVICE) + FAILED_DEVICE.length).trim());
    }
  }

  #causeOf(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
    const said =
      this.#lastWords
        .split('\n')
        .findLast((line) => /\w/.test(line))
        ?.trim() ?? '';
    return said === '' ? how : `${how} (${said.slice(0, 300)})`;
  }

  #end(cause: string, killed: boolean): void {
    clearTimeout(this.#killer);
    this.ending = true;
    // What ranks that outlived their launcher still write is of no use, and would hold this process.
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#events.onEnd(cause, killed);
  }
}
