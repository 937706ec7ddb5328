import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEntry, type Job, type PoolEntry } from '../../../src/pool/queue/entries.js';
import { hashOf, Ledger } from '../../../src/pool/queue/ledger.js';

const at = '2026-01-01T00:00:00.000Z';

function submitted(id: string, place: number): PoolEntry {
  const text = JSON.stringify({ folder: '/', argv: ['info'] });
  const job: Job = {
    id,
    place,
    command: 'info',
    folder: '/',
    work: { text },
    hash: hashOf(text),
    submitted: at,
    state: 'queued',
    attempts: 0,
    crashes: 0,
    isLarge: false,
    history: [],
  };
  return { kind: 'job', job };
}

const started = (id: string, attempt: number, team: number): PoolEntry => ({
  kind: 'started',
  id,
  attempt,
  team,
  at,
});
const finished = (id: string, attempt: number, when = at): PoolEntry => ({
  kind: 'finished',
  id,
  attempt,
  state: 'done',
  exitCode: 0,
  at: when,
});
const returned = (id: string, attempt: number, how: 'crashed' | 'stopped' | 'moved'): PoolEntry => ({
  kind: 'returned',
  id,
  attempt,
  how,
  why: 'so',
  at,
});

function followed(entries: readonly PoolEntry[]): Ledger {
  const ledger = new Ledger();
  for (const entry of entries) ledger.apply(readEntry(JSON.parse(JSON.stringify(entry)), 'journal'));
  return ledger;
}

describe('the ledger of a pool', () => {
  it('keeps the order of submission, also for jobs that come back', () => {
    const ledger = followed([submitted('a', 0), submitted('b', 1), submitted('c', 2)]);
    ledger.apply(started('a', 1, 1));
    ledger.apply(started('b', 1, 2));
    expect([...ledger.queued].map(({ id }) => id)).toEqual(['c']);
    ledger.apply(returned('b', 1, 'crashed'));
    ledger.apply(returned('a', 1, 'stopped'));
    expect([...ledger.queued].map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(ledger.jobs.get('b')?.crashes).toBe(1);
    expect(ledger.jobs.get('a')?.crashes).toBe(0);
  });

  it('believes the present attempt alone, and it once', () => {
    const ledger = followed([
      submitted('a', 0),
      started('a', 1, 1),
      returned('a', 1, 'crashed'),
      started('a', 2, 2),
    ]);
    expect(ledger.apply(finished('a', 1))).toBe(false);
    expect(ledger.apply(returned('a', 1, 'crashed'))).toBe(false);
    expect(ledger.apply(started('a', 3, 2))).toBe(false);
    expect(ledger.jobs.get('a')?.state).toBe('running');
    expect(ledger.apply(finished('a', 2))).toBe(true);
    expect(ledger.apply(finished('a', 2))).toBe(false);
    expect(ledger.apply(started('a', 3, 2))).toBe(false);
    expect(ledger.jobs.get('a')).toMatchObject({ state: 'done', attempts: 2, crashes: 1 });
  });

  it('forgets the jobs that ended first, and no other', () => {
    const ledger = followed([0, 1, 2, 3, 4].map((place) => submitted(`j${place}`, place)));
    // The first one took longest.
    for (const place of [1, 3, 0]) {
      ledger.apply(started(`j${place}`, 1, 1));
      ledger.apply(finished(`j${place}`, 1, `2026-01-01T00:00:0${9 - place}.000Z`));
    }
    ledger.prune(1);
    expect([...ledger.jobs.keys()]).toEqual(['j0', 'j2', 'j4']);
    expect(ledger.nextPlace).toBe(5);
  });

  it('is the same after its snapshot, wherever a journal was written anew', () => {
    const step = fc.record({
      job: fc.nat(4),
      what: fc.nat(4),
      how: fc.constantFrom('crashed', 'stopped', 'moved'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), fc.nat(5), fc.nat(6), (...drawn) => {
        const [steps, written, waiting, pace] = drawn;
        const entries: PoolEntry[] = [];
        const ledger = new Ledger();
        const add = (entry: PoolEntry): void => {
          const copy = structuredClone(entry);
          if (ledger.apply(entry)) entries.push(copy);
        };
        for (const { job, what, how } of steps) {
          const id = `j${job}`;
          const attempts = ledger.jobs.get(id)?.attempts ?? 0;
          if (what === 0 && !ledger.jobs.has(id)) add(submitted(id, ledger.nextPlace));
          if (what === 1) add({ kind: 'team', trace: { team: ledger.lastTeam + 1, owners: [] } });
          if (what === 2) add(started(id, attempts + 1, ledger.lastTeam));
          if (what === 3) add(returned(id, attempts, how));
          if (what === 4) add(finished(id, attempts));
        }
        // The snapshot knows of entries that are written after it, and of others that come while it is taken.
        const known = Math.min(written, entries.length);
        const late = entries.slice(Math.max(0, known - waiting));
        const growing = followed(entries.slice(0, known));
        const coming = structuredClone(entries.slice(known));
        const snapshot: PoolEntry[] = [];
        for (const entry of growing.snapshot()) {
          snapshot.push(structuredClone(entry));
          for (const next of coming.splice(0, pace)) growing.apply(next);
        }
        const again = followed([...snapshot, ...late]);
        const plain = followed(entries);
        expect([...again.queued]).toEqual([...plain.queued]);
        expect([...again.running.keys()].toSorted()).toEqual([...plain.running.keys()].toSorted());
        expect(Object.fromEntries(again.jobs)).toEqual(Object.fromEntries(plain.jobs));
        expect(again.lastTeam).toBe(plain.lastTeam);
        expect(again.nextPlace).toBe(plain.nextPlace);
      }),
    );
  });
});
