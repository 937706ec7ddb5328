import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { missing, repositoryRoot, requireOrSkip } from '../support/requirements.js';
import { startSlurmCluster } from '../support/slurmCluster.js';
import type { SlurmCluster } from '../support/slurmCluster.js';

const kroncut = path.join(repositoryRoot, 'dist', 'main.js');
const waiting = path.join(repositoryRoot, 'test', 'slurm', 'programs', 'wait.mjs');
const ranks = [0, 1, 2, 3];
const fourRanks = ['--quiet', '--mpi=pmix', '--nodes=2', '--ntasks-per-node=2'];

/** Polls until `condition` holds. */
async function until(what: string, condition: () => boolean, seconds = 40): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    // A process that has ended but was not waited for yet does not count.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Process id that a waiting rank left. */
function pidOf(directory: string, rank: number): number {
  return Number(readFileSync(path.join(directory, `pid-${rank}`), 'utf8'));
}

/** Runs the program on one process, without a launcher. */
function alone(...args: string[]): string {
  const result = spawnSync(process.execPath, [kroncut, ...args], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`kroncut ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

describe('jobs', { timeout: 120_000 }, () => {
  let started: SlurmCluster | undefined;
  let folder = '';
  let circuit = '';
  beforeAll(() => {
    if (missing('slurm') !== undefined) return;
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-jobs-'));
    circuit = path.join(folder, 'circuit.qasm');
    // More than 2^12 outcomes, so that every rank has slices of the answer.
    writeFileSync(circuit, alone('generate', 'supremacy', '--qubits', '16', '--seed', '5'));
    started = startSlurmCluster(18_720);
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
  /** Submits a job and returns its number. */
  const submit = async (...args: string[]): Promise<string> => {
    const result = await cluster().run('sbatch', ['--parsable', ...args]);
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
    return result.stdout.trim();
  };

  test('four ranks on two nodes write the same bits as one process', async () => {
    const single = path.join(folder, 'single');
    const several = path.join(folder, 'several');
    alone('cut', circuit, '-o', single, '--max-width', '11', '--quiet');
    cpSync(single, several, { recursive: true });
    alone('evaluate', single, '--quiet');
    alone('reconstruct', single, '--full', '--quiet');
    for (const args of [
      ['evaluate', several],
      ['reconstruct', several, '--full'],
    ]) {
      const result = await cluster().run('srun', [
        ...fourRanks,
        process.execPath,
        kroncut,
        ...args,
        '--quiet',
      ]);
      expect(result.stderr).toBe('');
      expect(result.status).toBe(0);
    }
    const full = readFileSync(path.join(several, 'results', 'full.npy'));
    expect(full.length).toBeGreaterThan(2 ** 16 * 8);
    expect(full.equals(readFileSync(path.join(single, 'results', 'full.npy')))).toBe(true);
    const tensor = path.join('tensors', '0.npy');
    expect(readFileSync(path.join(several, tensor)).equals(readFileSync(path.join(single, tensor)))).toBe(
      true,
    );
  });

  test('four ranks on two nodes compile to the same circuit as one process', async () => {
    const source = path.join(folder, 'random.qasm');
    writeFileSync(source, alone('generate', 'random', '--qubits', '4', '--depth', '10', '--seed', '3'));
    const args = ['compile', source, '-b', '4', '--multistarts', '2', '--rounds', '1', '--threads', '1'];
    const output = (name: string): string => path.join(folder, `${name}.qasm`);
    alone(...args, '-o', output('alone'), '--quiet');
    const result = await cluster().run('srun', [
      ...fourRanks,
      process.execPath,
      kroncut,
      ...args,
      '-o',
      output('several'),
      '--quiet',
    ]);
    expect(result.status, result.stderr).toBe(0);
    expect(readFileSync(output('several'), 'utf8')).toBe(readFileSync(output('alone'), 'utf8'));
  });

  test('the batch script runs the main job over both nodes', async () => {
    const directory = path.join(folder, 'batch');
    const log = path.join(folder, 'batch.log');
    const script = path.join(repositoryRoot, 'slurm', 'batch.sbatch');
    const size = ['--ntasks-per-node=2', '--cpus-per-task=1', '--gpus-per-node=2', `--output=${log}`];
    const job = await submit(...size, script, circuit, directory, '--max-width', '11');
    const state = await cluster().waitForJob(
      job,
      (text) => !['PENDING', 'RUNNING', 'COMPLETING'].includes(text),
    );
    const output = readFileSync(log, 'utf8');
    expect(state, output).toBe('COMPLETED');
    expect(output).toMatch(/^0: Cut: .*(wire|gate) cut/m);
    const verified: unknown = JSON.parse(
      readFileSync(path.join(directory, 'results', 'verify.json'), 'utf8'),
    );
    expect(verified).toMatchObject({ maxAbsError: expect.closeTo(0, 12) });
    expect(existsSync(path.join(directory, 'results', 'full.npy'))).toBe(true);
  });

  test('the batch script says how it is used', async () => {
    const result = await cluster().run('bash', [path.join(repositoryRoot, 'slurm', 'batch.sbatch')]);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(/usage: sbatch slurm\/batch\.sbatch CIRCUIT RUN_DIRECTORY/);
  });

  test('the interactive script takes an allocation and runs in it', async () => {
    const directory = path.join(folder, 'interactive');
    const script = path.join(repositoryRoot, 'slurm', 'interactive.sh');
    const args = [script, circuit, '-o', directory, '--max-width', '11', '--json', '--marginal', '0,11'];
    const result = await cluster().run('bash', args, { env: { CPUS_PER_RANK: '1' } });
    expect(result.status, result.stderr).toBe(0);
    const answer: unknown = JSON.parse(result.stdout);
    expect(answer).toHaveProperty('marginal.qubits', [0, 11]);
  });

  test('scancel reaches every rank, lets it save its state, and leaves no process behind', async () => {
    const directory = mkdtempSync(path.join(folder, 'cancel-'));
    const step = ['srun', ...fourRanks, process.execPath, waiting, directory].join(' ');
    const log = path.join(folder, 'cancel.log');
    const job = await submit('--nodes=2', '--ntasks-per-node=2', `--output=${log}`, `--wrap=exec ${step}`);
    await until('the start of all ranks', () =>
      ranks.every((rank) => existsSync(path.join(directory, `pid-${rank}`))),
    );
    const pids = ranks.map((rank) => pidOf(directory, rank));
    expect(pids.every(isAlive)).toBe(true);
    const cancelled = await cluster().run('scancel', [job]);
    expect(cancelled.status).toBe(0);
    expect(await cluster().waitForJob(job, (text) => !['RUNNING', 'COMPLETING'].includes(text))).toBe(
      'CANCELLED',
    );
    await until('the end of all ranks', () => !pids.some(isAlive));
    expect(ranks.filter((rank) => existsSync(path.join(directory, `interrupted-${rank}`)))).toEqual(ranks);
  });

  test('a rank that is killed takes the others with it', async () => {
    const directory = mkdtempSync(path.join(folder, 'kill-'));
    const step = cluster().run('srun', [...fourRanks, process.execPath, waiting, directory]);
    await until('the start of all ranks', () =>
      ranks.every((rank) => existsSync(path.join(directory, `pid-${rank}`))),
    );
    const pids = ranks.map((rank) => pidOf(directory, rank));
    process.kill(pidOf(directory, 3), 'SIGKILL');
    const result = await step;
    expect(result.status).not.toBe(0);
    await until('the end of all ranks', () => !pids.some(isAlive));
  });

  test('a run that was cancelled is not taken for a finished one', async () => {
    const directory = path.join(folder, 'unfinished');
    const large = path.join(folder, 'large.qasm');
    writeFileSync(large, alone('generate', 'supremacy', '--qubits', '42', '--depth', '20', '--seed', '5'));
    const run = `${kroncut} run ${large} -o ${directory} --max-width 20 --time-limit 600`;
    const step = ['srun', ...fourRanks, process.execPath, run].join(' ');
    const job = await submit('--nodes=2', '--ntasks-per-node=2', '--output=/dev/null', `--wrap=exec ${step}`);
    await until('the start of the search', () => existsSync(path.join(directory, 'manifest.json')));
    await cluster().run('scancel', [job]);
    expect(await cluster().waitForJob(job, (text) => !['RUNNING', 'COMPLETING'].includes(text))).toBe(
      'CANCELLED',
    );
    const later = spawnSync(process.execPath, [kroncut, 'reconstruct', directory, '--top', '1'], {
      encoding: 'utf8',
    });
    expect(later.status).toBe(2);
    expect(later.stderr).toContain(directory);
    expect(existsSync(path.join(directory, 'results', 'full.npy'))).toBe(false);
  });
});
