/** `kroncut slurm` on a real Slurm. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { missing, repositoryRoot, requireOrSkip } from '../support/requirements.js';
import { startSlurmCluster, type CommandResult, type SlurmCluster } from '../support/slurmCluster.js';

const kroncut = path.join(repositoryRoot, 'dist', 'main.js');
const HOSTILE = `it's $(touch pwned) "100%" ; é`;

function alone(...args: string[]): string {
  const result = spawnSync(process.execPath, [kroncut, ...args], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`kroncut ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

describe('kroncut slurm', { timeout: 240_000 }, () => {
  let started: SlurmCluster | undefined;
  let folder = '';
  beforeAll(() => {
    if (missing('slurm') !== undefined) return;
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-batch-'));
    mkdirSync(path.join(folder, HOSTILE));
    started = startSlurmCluster(18_760);
    writeFileSync(
      path.join(folder, 'circuit.qasm'),
      alone('generate', 'supremacy', '--qubits', '16', '--seed', '5'),
    );
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
  const slurm = async (where: string, ...args: string[]): Promise<CommandResult> =>
    cluster().run(process.execPath, [kroncut, 'slurm', ...args], { cwd: where, timeoutSeconds: 120 });
  const small = ['--cpus-per-task', '1', '--mem', '1GB', '--time', '5'];

  test('--wait gives what the command prints and its exit code, whatever files are called', async () => {
    const where = path.join(folder, HOSTILE);
    cpSync(path.join(folder, 'circuit.qasm'), path.join(where, `${HOSTILE}.qasm`));
    const command = [
      'run',
      `${HOSTILE}.qasm`,
      '--max-width',
      '11',
      '--top',
      '3',
      '--json',
      '-o',
      `out ${HOSTILE}`,
    ];
    const size = [
      '--nodes',
      '2',
      '--tasks-per-node',
      '2',
      '--job-name',
      HOSTILE,
      '--logs',
      `logs ${HOSTILE}`,
    ];
    const result = await slurm(where, ...size, ...small, '--wait', ...command);
    expect(result.status, result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ top: { proven: true } });
    expect(result.stderr).toMatch(/job \d+: COMPLETED/);
    const manifest = path.join(where, `out ${HOSTILE}`, 'manifest.json');
    expect(existsSync(manifest)).toBe(true);
    expect(existsSync(path.join(where, 'pwned'))).toBe(false);

    const failing = await slurm(where, ...small, '--wait', '--quiet', 'evaluate', 'no such run');
    expect(failing.status).toBe(2);
    expect(failing.stderr).toMatch(/^kroncut: .*no such run/);
  });

  test('what a command is predicted to take is asked for', async () => {
    const result = await slurm(
      folder,
      '--json',
      'run',
      'circuit.qasm',
      '--max-width',
      '11',
      '--full',
      '-o',
      'out',
    );
    expect(result.status, result.stderr).toBe(0);
    const planned = JSON.parse(result.stdout);
    // Of a node with 4 CPUs and 4000 MiB.
    expect(planned).toMatchObject({ nodes: 1, tasksPerNode: 1, cpusPerTask: 4 });
    expect(planned.predicted.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(planned.seconds).toBeGreaterThan(2 * planned.predicted.seconds);
    expect(planned.memoryBytes).toBeGreaterThan(planned.predicted.memoryBytes);
    expect(planned.script).toContain('export KRONCUT_MEMORY=');
    expect(existsSync(path.join(folder, 'out'))).toBe(false);
    const unknown = await slurm(folder, 'info');
    expect(unknown).toMatchObject({ status: 2, stdout: '' });
    expect(unknown.stderr).toContain('say with --time how long the job may run');
  });

  test('what no batch job can be is refused', async () => {
    const refusals: [string[], RegExp][] = [
      [['jobs'], /jobs is no command for a batch job/],
      [['run', '-', '-o', 'x'], /no standard input/],
      [['run', 'circuit.qasm', '--dry-run', '-o', 'x'], /predicts by itself/],
      [['--qpu', 'q', '--shots', '9', 'evaluate', 'x'], /--qpu is for reconstruct/],
      [['--qpu', 'q', 'reconstruct', 'x', '--top', '1'], /--qpu and --shots go together/],
      [['--site', 'nowhere.json', 'info'], /nowhere\.json/],
      [['--tasks-per-node', '9', ...small, 'info'], /need 9 CPUs, but a node has 4/],
      [['--submit', '--partition', 'none', ...small, 'info'], /sbatch has refused the job: .*partition/],
      [['info', '--nodes', '3'], /options of slurm stand before the command/],
    ];
    for (const [args, message] of refusals) {
      const { status, stderr } = await slurm(folder, ...args);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
    }
  });
});
