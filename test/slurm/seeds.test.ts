/** The steps of docs/from-cutqc.md and docs/from-bqskit.md on four virtual nodes, each with two pretended GPUs. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pretendMps } from '../support/pretendMps.js';
import { missing, repositoryRoot, requireOrSkip } from '../support/requirements.js';
import { startSlurmCluster, type CommandResult, type SlurmCluster } from '../support/slurmCluster.js';

const kroncut = path.join(repositoryRoot, 'dist', 'main.js');
/** One rank for each pretended GPU of four nodes. */
const SHAPE = ['--nodes', '4', '--tasks-per-node', '2', '--gpus-per-node', '2', '--cpus-per-task', '1'];
const SIZE = [...SHAPE, '--mem', '2GB', '--time', '10'];

describe('on four nodes', { timeout: 300_000 }, () => {
  let started: SlurmCluster | undefined;
  let folder = '';
  beforeAll(() => {
    if (missing('slurm') !== undefined) return;
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-seeds-'));
    started = startSlurmCluster(18_800, 4);
  });
  afterAll(() => {
    started?.stop();
    if (folder !== '') rmSync(folder, { recursive: true });
  });
  beforeEach((context) => requireOrSkip(context, 'slurm'));

  const cluster = (): SlurmCluster => {
    if (started === undefined) throw new Error('the cluster did not start');
    return started;
  };
  const at = (name: string): string => path.join(folder, name);
  /** As on a login node. */
  const call = async (...args: string[]): Promise<CommandResult> => callWith({}, ...args);
  const callWith = async (
    env: Readonly<Record<string, string>>,
    ...args: string[]
  ): Promise<CommandResult> => {
    const result = await cluster().run(process.execPath, [kroncut, ...args], {
      cwd: folder,
      env,
      timeoutSeconds: 200,
    });
    expect(result.status, `${args.join(' ')}: ${result.stderr}`).toBe(0);
    return result;
  };
  const alone = (...args: string[]): string => {
    const result = spawnSync(process.execPath, [kroncut, ...args], { cwd: folder, encoding: 'utf8' });
    expect(result.status, `${args.join(' ')}: ${result.stderr}`).toBe(0);
    return result.stdout;
  };

  test('there is a rank for each GPU', async () => {
    const { stdout } = await call('slurm', ...SIZE, '--wait', 'info', '--json');
    const { ranks, nodes } = JSON.parse(stdout);
    expect(nodes).toBe(4);
    expect(ranks.map(({ node }: { readonly node: number }) => node)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test('a distribution is put together as CutQC does, step by step', async () => {
    alone('generate', 'adder', '--qubits', '16', '-o', 'adder.qasm');
    const cut = ['cut', 'adder.qasm', '--max-width', '11', '--labels', 'A??????????????B', '--quiet'];
    alone(...cut, '-o', 'run');
    await call('slurm', ...SIZE, '--wait', 'evaluate', 'run');
    await call('slurm', ...SIZE, '--wait', 'reconstruct', 'run', '--full', '--top', '10');
    alone('verify', 'run');
    alone(...cut, '-o', 'alone');
    alone('evaluate', 'alone');
    alone('reconstruct', 'alone', '--full');
    const [full, same] = ['run', 'alone'].map((run) =>
      readFileSync(path.join(at(run), 'results', 'full.npy')),
    );
    expect(full).toEqual(same);
  });

  test('circuits are compiled by a pool as with BQSKit: one command, and clients by its folder', async () => {
    writeFileSync(at('grid.qasm'), alone('generate', 'supremacy', '--qubits', '12', '--seed', '2'));
    const compile = ['compile', 'grid.qasm', '--multistarts', '4', '--seed', '3', '-o'];
    const serve = ['serve', '--pool', 'pool', '--teams', '4', '--device', 'cpu', '--mps'];
    const mps = pretendMps(at('mps'));
    const { stdout: job } = await callWith(mps.env, 'slurm', ...SIZE, '--submit', ...serve);
    const ready = at('pool/access.json');
    for (let i = 0; i < 600 && !existsSync(ready); i += 1) await setTimeout(100);
    expect(existsSync(ready)).toBe(true);
    // The service runs on each node, in folders of its own.
    expect(new Set(mps.said().filter((line) => line.startsWith('start 700 '))).size).toBe(4);
    const ids = await Promise.all(
      ['one.qasm', 'two.qasm'].map((output) => call('submit', '--pool', 'pool', ...compile, output)),
    );
    for (const { stdout } of ids) {
      await call('jobs', '--pool', 'pool', stdout.trim(), '--follow');
      await call('jobs', '--pool', 'pool', stdout.trim(), '--result');
    }
    alone(...compile, 'alone.qasm');
    for (const name of ['one.qasm', 'two.qasm']) {
      expect(readFileSync(at(name), 'utf8')).toBe(readFileSync(at('alone.qasm'), 'utf8'));
    }
    const [id = ''] = /\d+/.exec(job) ?? [];
    await cluster().run('scancel', [id]);
    const end = await cluster().waitForJob(id, (state) => !['RUNNING', 'COMPLETING'].includes(state));
    expect(end).toBe('CANCELLED');
    // A job is called cancelled before all of its processes are gone, and Slurm may kill a keeper before it has said quit.
    for (let i = 0; i < 300 && runs(at('mps')); i += 1) await setTimeout(100);
    expect(runs(at('mps'))).toBe(false);
  });
});

/** True while a process has this text in its command. */
function runs(text: string): boolean {
  return readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
