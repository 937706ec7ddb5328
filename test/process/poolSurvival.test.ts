/** What becomes of the jobs of a pool when its processes are killed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, run as runAlone } from '../../src/index.js';
import { PoolClient } from '../../src/pool/client/client.js';
import { PoolFolder, until } from '../support/poolFolder.js';
import { requireOrSkip, variantFile } from '../support/requirements.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

describe('nothing is lost', () => {
  it('when teams and servers are killed while jobs run: every job ends once, with the same bits', async () => {
    const count = 6;
    // A search that is interrupted keeps other cuts than one that comes to its end.
    const labels = '000011111';
    for (let seed = 0; seed < count; seed += 1) {
      at.circuit(`c${seed}.qasm`, seed);
      const options = {
        directory: join(at.folder, `alone${seed}`),
        labels,
        full: true,
        threads: 1,
      };
      await runAlone(join(at.folder, `c${seed}.qasm`), options);
    }
    const options = ['--teams', '2', '--max-crashes', '100'];
    let { child } = await at.serve(options);
    const connection = await connect(at.pool);
    for (let seed = 0; seed < count; seed += 1) {
      const directory = join(at.folder, `pooled${seed}`);
      const asked = { directory, labels, full: true };
      await connection.submit(
        { command: 'run', circuit: join(at.folder, `c${seed}.qasm`), options: asked },
        { id: `job${seed}` },
      );
    }
    const client = new PoolClient({ pool: at.pool });
    for (let kill = 0; kill < 6; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 150 + 130 * kill));
      const team = at.teamProcesses().at(kill % 2);
      if (kill % 3 < 2 && team !== undefined) {
        if (kill % 2 === 0) process.kill(team, 'SIGSTOP');
        process.kill(team, 'SIGKILL');
      } else {
        if (team !== undefined) process.kill(team, 'SIGSTOP');
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('exit', resolve));
        ({ child } = await at.serve(options));
      }
    }
    await until(async () =>
      (await client.jobs()).every(({ state }) => state !== 'queued' && state !== 'running'),
    );
    const list = await client.jobs();
    expect(list.map(({ id, state }) => [id, state])).toEqual(
      Array.from({ length: count }, (_, seed) => [`job${seed}`, 'done']),
    );
    for (let seed = 0; seed < count; seed += 1) {
      for (const file of ['results/full.npy', 'tensors/0.npy', 'tensors/1.npy']) {
        const [a, b] = ['alone', 'pooled'].map((name) =>
          readFileSync(join(at.folder, `${name}${seed}`, file)),
        );
        expect(a?.equals(b ?? Buffer.of()), `${file} of ${seed}`).toBe(true);
      }
    }
    // Each end is noted down once.
    const finished = readFileSync(join(at.pool, 'journal'), 'utf8');
    for (let seed = 0; seed < count; seed += 1) {
      expect(finished.split(`"finished","id":"job${seed}"`).length - 1, `job${seed}`).toBeLessThanOrEqual(1);
    }
  });

  it('three deaths of its team end a job, and the cause is kept', async () => {
    at.circuit('long.qasm', 1, 25);
    await at.serve([]);
    await at.submit('cut long.qasm --max-width 13 --time-limit 60 -o long'.split(' '), ['--id', 'deadly']);
    const client = new PoolClient({ pool: at.pool });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await until(async () => (await client.job('deadly')).attempts === attempt);
      await until(() => at.teamProcesses().length > 0);
      for (const pid of at.teamProcesses()) process.kill(pid, 'SIGKILL');
    }
    await until(async () => (await client.job('deadly')).state === 'failed');
    const { stdout } = await at.jobs('deadly', '--explain');
    expect(stdout).toContain('its team died 3 times; the last one was ended by SIGKILL');
    expect(stdout.match(/crashed: its team was ended by SIGKILL/g)).toHaveLength(2);
    expect(await at.jobs('deadly', '--result')).toMatchObject({ status: 5 });
    expect((await at.submit(['info'])).status).toBe(0);
  });

  it('teams of several ranks end with their server, and a killed rank costs its own job alone', async (context) => {
    requireOrSkip(context, 'mpi');
    const env = { KRONCUT_ADDON: variantFile('mpi') ?? '' };
    at.circuit('a.qasm', 1);
    const alone = await at.run('run a.qasm --labels 000011111 --full -o alone --quiet'.split(' '));
    expect(alone.status).toBe(0);
    const { child } = await at.serve(['--ranks', '2'], env);
    const info: { ranks: unknown[]; launcher: string } = JSON.parse(
      (await at.submit(['info', '--json'])).stdout,
    );
    expect(info).toMatchObject({ launcher: 'mpirun', ranks: [{}, {}] });
    const wrong = await at.submit('cut missing.qasm -o nowhere'.split(' '));
    expect(wrong).toEqual(await at.run('cut missing.qasm -o nowhere'.split(' ')));
    await at.submit('run a.qasm --labels 000011111 --full -o pooled'.split(' '), ['--id', 'two']);
    const ranks = at
      .teamProcesses()
      .filter((pid) => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('mpirun'));
    expect(ranks).toHaveLength(2);
    process.kill(ranks.at(-1) ?? 0, 'SIGKILL');
    const client = new PoolClient({ pool: at.pool });
    await until(async () => (await client.job('two')).state === 'done');
    expect(at.full('pooled')).toEqual(at.full('alone'));
    child.kill('SIGKILL');
    await until(() => at.teamProcesses().length === 0);
  });
});
