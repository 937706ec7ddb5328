/** The teams of a pool: as many as there are places for, each followed by another one when it dies. */
import { setTimeout } from 'node:timers/promises';
import { KroncutError } from '../../error.js';
import { toKroncutError } from '../../native/invoke.js';
import type { Outcome, ProgressOf } from '../protocol/work.js';
import type { Job, TeamTrace } from '../queue/entries.js';
import { proveDead } from './fence.js';
import { canGrow, teamCommand, type Machine } from './launch.js';
import { Team } from './team.js';

export interface TeamsEvents {
  /** A team is ready, but must have no job before this is fulfilled. */
  readonly onReady: (trace: TeamTrace) => Promise<void>;
  readonly onProgress: (job: string, progress: ProgressOf) => void;
  readonly onDone: (team: Team, job: string, outcome: Outcome) => void;
  /** A job was not begun, as it is predicted to take so many seconds. */
  readonly onPostponed: (job: string, seconds: number) => void;
  /** A team is gone, every process of it. `cause` is the end of a sentence. */
  readonly onGone: (team: Team, cause: string) => void;
  /** No team can be started. */
  readonly onFailure: (error: KroncutError) => void;
  /** Ends what a process that is killed would take along. */
  readonly beforeKill: (owners: TeamTrace['owners']) => Promise<void>;
  readonly onRemark: (line: string) => void;
  /** Something may be done now that could not before. */
  readonly onChange: () => void;
}

/** Teams in a row that ended by themselves before any was ready, after which no more are started. */
const MOST_FALSE_STARTS = 3;
const FALSE_START_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

interface TeamEnd {
  readonly cause: string;
  readonly killed: boolean;
}

export class Teams {
  readonly #machine: Machine;
  readonly #events: TeamsEvents;
  readonly #slots: (Team | undefined)[];
  #large: Team | undefined;
  #last: number;
  readonly #leftOut = new Set<string>();
  #falseStarts = 0;
  #wasReady = false;
  readonly #closed = new AbortController();
  #closing = false;
  /** Teams whose launcher has ended, and whose ranks have yet to be proven dead. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(machine: Machine, last: number, events: TeamsEvents) {
    this.#machine = machine;
    this.#events = events;
    this.#last = last;
    this.#slots = Array.from({ length: machine.teams }, () => undefined);
  }

  get all(): Team[] {
    return [...this.#slots, this.#large].filter((team) => team !== undefined);
  }

  /** Whether the whole machine is more than a team has. */
  get canGrow(): boolean {
    return canGrow(this.#machine);
  }

  of(job: string): Team | undefined {
    return this.all.find((team) => team.job === job);
  }

  /** A team that can take the job now. What is in its way is moved out: teams that are idle end for the large one. */
  free({ isLarge }: Job): Team | undefined {
    if (isLarge && this.canGrow) {
      for (const team of this.#slots) if (team?.isIdle === true) team.end();
      return this.#large?.isIdle === true ? this.#large : undefined;
    }
    return this.#slots.find((team) => team?.isIdle === true);
  }

  /** Starts the teams that are missing: those of all slots, or the large one once all others are gone. */
  fill(large: boolean): void {
    if (this.#closing) return;
    if (large && this.canGrow) {
      if (this.all.length === 0 && this.#leaving.size === 0) this.#large = this.#start('large');
      return;
    }
    if (this.#large?.isIdle === true) this.#large.end();
    if (this.#large !== undefined) return;
    for (const [slot, team] of this.#slots.entries()) this.#slots[slot] = team ?? this.#start(slot);
  }

  /** Ends all teams, and waits until they are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#closed.abort();
    for (const team of this.all) team.end();
    while (this.all.length > 0 || this.#leaving.size > 0) {
      await Promise.all(this.#leaving);
      await setTimeout(10);
    }
  }

  #start(slot: number | 'large'): Team {
    const number = (this.#last += 1);
    let accepted: Promise<void> | undefined;
    const team = new Team(
      number,
      teamCommand({ ...this.#machine, leftOut: this.#leftOut }, slot, process.env),
      {
        onReady: (trace) => {
          // Until its processes are noted down it is as good as busy.
          team.trace = undefined;
          accepted = this.#accept(team, trace);
        },
        onProgress: (progress) => {
          if (team.job !== undefined) this.#events.onProgress(team.job, progress);
        },
        onDone: (outcome) => {
          const { job } = team;
          team.job = undefined;
          if (job !== undefined) this.#events.onDone(team, job, outcome);
        },
        onPostponed: (seconds) => {
          const { job } = team;
          team.job = undefined;
          if (job !== undefined) this.#events.onPostponed(job, seconds);
        },
        onEnd: (cause, killed) => {
          const leaving = this.#leave(team, slot, { cause, killed }, accepted).finally(() => {
            this.#leaving.delete(leaving);
            this.#events.onChange();
          });
          this.#leaving.add(leaving);
        },
        onDeviceFailed: (device) => this.#leftOut.add(device),
        beforeKill: (owners) => this.#events.beforeKill(owners),
        onRemark: (line) => this.#events.onRemark(`team ${number}: ${line}`),
      },
    );
    return team;
  }

  async #accept(team: Team, trace: TeamTrace): Promise<void> {
    try {
      await this.#events.onReady(trace);
      team.trace = trace;
      this.#falseStarts = 0;
      this.#wasReady = true;
      this.#events.onChange();
    } catch (error) {
      this.#events.onFailure(toKroncutError(error));
    }
  }

  async #leave(
    team: Team,
    slot: number | 'large',
    end: TeamEnd,
    accepted: Promise<void> | undefined,
  ): Promise<void> {
    this.#events.onRemark(`team ${team.number} ${end.cause}`);
    await accepted;
    if (team.trace !== undefined) {
      await this.#events.beforeKill(team.trace.owners);
      await proveDead(team.trace);
    } else if (!this.#closing) await this.#slowDown(end);
    if (slot === 'large') this.#large = undefined;
    else this.#slots[slot] = undefined;
    this.#events.onGone(team, end.cause);
  }

  /** After a team that ended before it was ready: the next one waits, and without any that was ready there is none. */
  async #slowDown({ cause, killed }: TeamEnd): Promise<void> {
    this.#falseStarts += 1;
    if (killed || this.#wasReady || this.#falseStarts < MOST_FALSE_STARTS) {
      const pause = Math.min(LONGEST_PAUSE_MS, FALSE_START_MS * 2 ** this.#falseStarts);
      await setTimeout(pause, undefined, { signal: this.#closed.signal }).catch(() => {});
      return;
    }
    this.#closing = true;
    this.#events.onFailure(new KroncutError('rank', `no team can be started: the last one ${cause}`));
  }
}
