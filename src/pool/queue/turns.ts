/** Whose turn it is: clients take turns, so that one that gives ten thousand jobs does not keep another one waiting. */
import type { Job } from './entries.js';

interface Client {
  /** Jobs that wait, the earliest first. */
  readonly waiting: Job[];
  running: number;
  /** When its last job was handed out, in turns. */
  served: number;
}

/**
 * The jobs that wait. The next one is the earliest of the client with the fewest jobs at work, and among those of the one
 * that has waited longest for a turn. Clients with nothing to do are forgotten.
 */
export class Turns {
  readonly #clients = new Map<string, Client>();
  #turns = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  wait(job: Job): void {
    const { waiting } = this.#clientOf(job);
    let at = waiting.length;
    while (at > 0 && (waiting[at - 1]?.place ?? -1) > job.place) at -= 1;
    waiting.splice(at, 0, job);
    this.#size += 1;
  }

  work(job: Job): void {
    const client = this.#clientOf(job);
    client.running += 1;
    client.served = this.#turns += 1;
  }

  /** Takes back what was said of a job, as it was then. */
  leave(job: Job): void {
    const client = this.#clientOf(job);
    if (job.state === 'running') client.running -= 1;
    const at = job.state === 'queued' ? client.waiting.indexOf(job) : -1;
    if (at >= 0) {
      client.waiting.splice(at, 1);
      this.#size -= 1;
    }
    if (client.running === 0 && client.waiting.length === 0) this.#clients.delete(nameOf(job));
  }

  /** The jobs in the order of their turns, as it is now. */
  *[Symbol.iterator](): Generator<Job> {
    const clients = this.#inTurn();
    const first = clients.reduce((least, { running }) => Math.min(least, running), Infinity);
    const end = clients.reduce((most, { running, waiting }) => Math.max(most, running + waiting.length), 0);
    for (let level = first; level < end; level += 1) {
      for (const { running, waiting } of clients) {
        const job = waiting[level - running];
        if (job !== undefined) yield job;
      }
    }
  }

  /** How many jobs have their turn before a job that waits: those of its own client, and of others. */
  before(job: Job): { readonly own: number; readonly others: number } {
    const clients = this.#inTurn();
    const client = this.#clientOf(job);
    const own = client.waiting.indexOf(job);
    const level = client.running + own;
    const mine = clients.indexOf(client);
    const others = clients
      .filter((other) => other !== client)
      .map(({ running, waiting }, i) =>
        Math.max(0, Math.min(waiting.length, level - running + (i < mine ? 1 : 0))),
      );
    return { own, others: others.reduce((sum, each) => sum + each, 0) };
  }

  #inTurn(): Client[] {
    return [...this.#clients.values()]
      .filter(({ waiting }) => waiting.length > 0)
      .sort((a, b) => a.served - b.served || firstPlace(a) - firstPlace(b));
  }

  #clientOf(job: Job): Client {
    const name = nameOf(job);
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    // It comes after those that wait for their turn, and before those that had one since.
    const client = { waiting: [], running: 0, served: this.#turns - 0.5 };
    this.#clients.set(name, client);
    return client;
  }
}

/** Jobs whose client gave no name are one client's. */
function nameOf({ client = '' }: Job): string {
  return client;
}

function firstPlace({ waiting }: Client): number {
  return waiting[0]?.place ?? 0;
}
