/** A pool in an allocation of two virtual nodes: its teams are steps. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PoolClient } from '../../src/pool/client/client.js';
import { connect, type PoolConnection } from '../../src/pool/client/connect.js';
import { mainFile } from '../support/kroncut.js';
import { PoolFolder, until } from '../support/poolFolder.js';
import { missing, requireOrSkip } from '../support/requirements.js';
import { startSlurmCluster, type SlurmCluster } from '../support/slurmCluster.js';

describe('a pool on two nodes', { timeout: 150_000 }, () => {
  let started: SlurmCluster | undefined;
  let at: PoolFolder;
  let allocation = '';
  beforeAll(() => {
    if (missing('slurm') === undefined) started = startSlurmCluster(18_840);
  });
  afterAll(() => started?.stop());
  beforeEach((context) => {
    requireOrSkip(context, 'slurm');
    at = new PoolFolder();
  });
  afterEach(async () => {
    if (started === undefined) return;
    await started.run('scancel', [allocation]);
    await started.waitForJob(allocation, (state) => !['RUNNING', 'COMPLETING'].includes(state));
    await at.remove();
  });

  const cluster = (): SlurmCluster => {
    if (started === undefined) throw new Error('the cluster did not start');
    return started;
  };

  /** Serves with a team of two ranks on each node. */
  const serve = async (env: Readonly<Record<string, string>> = {}): Promise<PoolConnection> => {
    const size = '--nodes=2 --ntasks-per-node=2 --cpus-per-task=1 --mem=2000 --time=10'.split(' ');
    const command = `exec ${process.execPath} ${mainFile} serve --pool ${at.pool} --threads 1 --device cpu`;
    const job = ['--parsable', ...size, `--output=${at.folder}/serve.log`, `--wrap=${command}`];
    const { stdout } = await cluster().run('sbatch', job, { env: { KRONCUT_TEST_POOL: at.pool, ...env } });
    allocation = stdout.trim();
    const access = path.join(at.pool, 'access.json');
    await cluster().waitForJob(allocation, () => existsSync(access));
    await until(async () => (await teams()).every((state) => state === 'idle'));
    return connect(at.pool);
  };
  const teams = async (): Promise<string[]> => {
    const { teams: all } = await new PoolClient({ pool: at.pool }).state();
    return all.map(({ state }) => state);
  };
  /** The nodes of each step that has ranks of a team. */
  const places = async (): Promise<string[]> => {
    const { stdout } = await cluster().run('squeue', ['--steps', '--noheader', '--format=%i %N']);
    const steps = stdout.split('\n').flatMap((line) => /^\s*\d+\.\d+ (\S+)/.exec(line)?.[1] ?? []);
    return steps.toSorted();
  };
  const distribution = (circuit: string, name: string) =>
    ({
      command: 'run',
      circuit,
      options: { directory: path.join(at.folder, name), labels: '000011111', full: true },
    }) as const;

  test('an srun that is killed costs its own job an attempt, and no job anything else', async () => {
    const pool = await serve();
    expect(await places()).toEqual(['n1', 'n2']);
    const circuit = at.circuit('a.qasm', 1);
    const alone = await at.run('run a.qasm --labels 000011111 --full -o alone --quiet'.split(' '));
    expect(alone).toMatchObject({ status: 0 });
    const long = at.circuit('long.qasm', 1, 25);
    const search = { maxWidth: 13, timeLimit: 300 };
    for (const id of ['one', 'two']) {
      const options = { ...search, directory: path.join(at.folder, id) };
      await pool.submit({ command: 'cut', circuit: long, options }, { id });
    }
    await until(async () => (await pool.jobs()).every(({ state }) => state === 'running'));
    const launchers = at.teamProcesses().filter((pid) => programOf(pid) === 'srun');
    expect(launchers.length).toBeGreaterThanOrEqual(2);
    process.kill(launchers[0] ?? 0, 'SIGKILL');
    await until(async () => (await attempts()).join() === '1,2');
    // Slurm lists a step for a while after its ranks are gone.
    await until(async () => (await places()).join() === 'n1,n2');
    const { history } = await pool.job((await jobOf(2)) ?? '');
    expect(history.join('\n')).toMatch(/attempt 1 crashed: its team was ended by SIGKILL/);

    await pool.submit(distribution(circuit, 'pooled'), { id: 'pooled' });
    for (const id of ['one', 'two']) await pool.cancel(id);
    await until(async () => (await pool.job('pooled')).state === 'done');
    expect(at.full('pooled').equals(at.full('alone'))).toBe(true);

    async function attempts(): Promise<number[]> {
      return (await pool.jobs()).map(({ attempts: count }) => count).toSorted((a, b) => a - b);
    }
    async function jobOf(count: number): Promise<string | undefined> {
      return (await pool.jobs()).find(({ attempts: made }) => made === count)?.id;
    }
  });

  test('a job that no rank of a team has the memory for gets a step over both nodes', async () => {
    // The tensor needs 24 MiB, and two ranks share a node.
    const pool = await serve({ KRONCUT_MEMORY: '40e6' });
    const circuit = at.circuit('wide.qasm', 1, 20);
    const marginal = [...Array(20).keys()];
    const options = { directory: path.join(at.folder, 'wide'), maxWidth: 20, marginal };
    const id = await pool.submit({ command: 'run', circuit, options });
    const seen = new Set<string>();
    await until(async () => {
      for (const place of await places()) seen.add(place);
      return !['queued', 'running'].includes((await pool.job(id)).state);
    });
    const { state, history } = await pool.job(id);
    expect(state, history.join('\n')).toBe('done');
    expect(history.join('\n')).toMatch(/attempt 1 moved: .*24.0 MiB/);
    expect(seen).toContain('n[1-2]');
    await until(async () => (await teams()).join() === 'idle,idle');
    await until(async () => (await places()).join() === 'n1,n2');
  });
});

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
