/** A pool among clients that do everything wrong. `npm run pool-fuzz` does so for longer. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attackPool } from '../../scripts/pool-attack.mjs';
import { connect } from '../../src/index.js';
import { PoolFolder, until } from '../support/poolFolder.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

describe('a pool', () => {
  it('goes on among requests that no client would make, and writes nothing outside its folder', async () => {
    const { ready, child } = await at.serve(['--listen', '127.0.0.1:0']);
    const work = join(at.folder, 'work');
    mkdirSync(work);
    const count = 400;
    const { statuses, taken, faults } = await attackPool({
      socket: ready.address.slice('unix:'.length),
      secure: { host: '127.0.0.1', port: Number(ready.remote?.split(':').at(-1)) },
      folder: work,
      seed: 7,
      count,
    });
    expect(faults).toEqual([]);
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '400', '404', '409']));
    expect(child.exitCode).toBeNull();
    const connection = await connect(at.pool);
    const answer = await connection.perform({ command: 'generate', family: 'ghz', options: { qubits: 3 } });
    expect(answer).toMatchObject({ qubits: 3 });
    // Answers that nobody read are jobs all the same.
    const jobs = await connection.jobs();
    expect(jobs.length).toBeGreaterThanOrEqual(taken + 1);
    await until(async () =>
      (await connection.jobs()).every(({ state }) => state !== 'queued' && state !== 'running'),
    );
    expect(readdirSync(work)).toEqual([]);
    expect(readdirSync(at.folder).toSorted()).toEqual(['pool', 'work']);
    expect(readdirSync(at.pool)).toEqual(
      expect.arrayContaining(['access.json', 'journal', 'key', 'lock.json', 'log']),
    );
    expect(readFileSync(join(at.pool, 'log'), 'utf8')).toContain('refused what is no request');
  });
});
