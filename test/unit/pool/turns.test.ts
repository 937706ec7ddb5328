import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/pool/queue/entries.js';
import { Turns } from '../../../src/pool/queue/turns.js';

function job(place: number, client: string): Job {
  return {
    id: `${client}${place}`,
    place,
    command: 'info',
    client,
    folder: '/',
    work: { text: '{}' },
    hash: '',
    submitted: '',
    state: 'queued',
    attempts: 0,
    crashes: 0,
    isLarge: false,
    history: [],
  };
}

function begin(turns: Turns, one: Job): void {
  turns.leave(one);
  one.state = 'running';
  turns.work(one);
}

function end(turns: Turns, one: Job): void {
  turns.leave(one);
  one.state = 'done';
}

/** Hands out all jobs on so many teams, each as soon as the earliest of them has ended. */
function handedOut(turns: Turns, teams: number): Job[] {
  const running: Job[] = [];
  const all: Job[] = [];
  while (turns.size > 0) {
    const oldest = running.length === teams ? running.shift() : undefined;
    if (oldest !== undefined) end(turns, oldest);
    const [next] = turns;
    if (next === undefined) throw new Error('there is a job');
    begin(turns, next);
    running.push(next);
    all.push(next);
  }
  return all;
}

describe('turns of clients', () => {
  it('are the order of submission for one client, also for a job that comes back', () => {
    const turns = new Turns();
    const jobs = [0, 1, 2].map((place) => job(place, 'a'));
    for (const one of jobs) turns.wait(one);
    const [first] = jobs;
    if (first === undefined) return;
    begin(turns, first);
    turns.leave(first);
    first.state = 'queued';
    turns.wait(first);
    expect([...turns].map(({ place }) => place)).toEqual([0, 1, 2]);
  });

  it('come to a client with one job at once, however many another one has', () => {
    const turns = new Turns();
    const crowd = Array.from({ length: 10_000 }, (_, place) => job(place, 'crowd'));
    for (const one of crowd) turns.wait(one);
    for (const one of crowd.slice(0, 5)) {
      begin(turns, one);
      end(turns, one);
    }
    const single = job(20_000, 'single');
    turns.wait(single);
    expect(turns.before(single)).toEqual({ own: 0, others: 0 });
    expect([...turns][0]).toBe(single);
    expect(turns.before(crowd[7] ?? single)).toEqual({ own: 2, others: 1 });
  });

  it('do not come to one new client after another while an earlier one waits', () => {
    const turns = new Turns();
    turns.wait(job(0, 'patient'));
    const order: string[] = [];
    for (let newcomer = 1; newcomer < 5; newcomer += 1) {
      turns.wait(job(newcomer, `new${newcomer}`));
      const [next] = turns;
      if (next === undefined) throw new Error('there is a job');
      order.push(next.id);
      begin(turns, next);
      end(turns, next);
    }
    expect(order).toEqual(['patient0', 'new11', 'new22', 'new33']);
  });

  it('forget no job, keep the order of each client, and let none come twice before another that waits', () => {
    const clients = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(clients, fc.integer({ min: 1, max: 3 }), (names, teams) => {
        const turns = new Turns();
        const jobs = names.map((client, place) => job(place, client));
        for (const one of jobs) turns.wait(one);
        expect([...turns].map(({ id }) => id).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
        for (const [i, one] of [...turns].entries()) {
          const { own, others } = turns.before(one);
          expect(own + others).toBe(i);
        }
        const order = handedOut(turns, teams);
        for (const client of new Set(names)) {
          const places = order.filter((one) => one.client === client).map(({ place }) => place);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        }
        // As long as two clients both have jobs left, neither is more than the teams ahead of the other.
        for (const [i] of order.entries()) {
          const left = new Set(order.slice(i).map(({ client }) => client));
          const had = [...left].map(
            (client) => order.slice(0, i).filter((one) => one.client === client).length,
          );
          expect(Math.max(...had) - Math.min(...had)).toBeLessThanOrEqual(teams);
        }
      }),
    );
  });
});
