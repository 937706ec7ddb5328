/** `kroncut slurm` on a real Slurm. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
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

/** What a file holds by now. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
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

  /** Submits a command; the number of the job, and its files. */
  const submitted = async (...args: string[]): Promise<{ id: string; log: string; output: string }> => {
    const { status, stdout, stderr } = await slurm(folder, '--json', '--submit', ...args);
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  const facts = async (id: string): Promise<string> =>
    (await cluster().run('scontrol', ['--oneliner', 'show', 'job', id])).stdout;

  // Nodes of a busy machine may take longer to be done with a job.
  const again = { retry: 5 };
  test(
    'a job that is warned goes on by itself, with other nodes and ranks, to the same bits',
    again,
    async () => {
      const several = path.join(mkdtempSync(path.join(folder, 'several-')), 'several.qasm');
      const circuit = path.join(folder, 'random.qasm');
      writeFileSync(circuit, alone('generate', 'random', '--qubits', '12', '--depth', '40', '--seed', '3'));
      const how = ['-b', '3', '--multistarts', '4', '--rounds', '1', '--threads', '1'];
      alone('compile', circuit, ...how, '-o', path.join(folder, 'alone.qasm'), '--quiet');

      const size = ['--nodes', '2', '--tasks-per-node', '2'];
      const { id, log } = await submitted(...size, ...small, 'compile', circuit, ...how, '-o', several);
      await cluster().waitForJob(id, () => textOf(log).includes('compile '));
      expect((await cluster().run('scancel', ['--signal=USR1', id])).stderr).toBe('');
      await cluster().waitForJob(id, (state) => state === 'PENDING');
      expect(textOf(log)).toMatch(/interrupted by SIGUSR1/);
      expect(textOf(log)).toMatch(/the job goes on from there when Slurm starts it again/);

      // Slurm itself waits two minutes: a node that is not done with the job fails its next start.
      await setTimeout(5000);
      const smaller = ['NumNodes=1', 'NumTasks=2', 'StartTime=now'];
      expect((await cluster().run('scontrol', ['update', `JobId=${id}`, ...smaller])).stderr).toBe('');
      const end = await cluster().waitForJob(
        id,
        (state) => !['PENDING', 'RUNNING', 'COMPLETING'].includes(state),
      );
      expect(end, textOf(log)).toBe('COMPLETED');
      expect(await facts(id)).toMatch(/ Restarts=1 .* NumNodes=1 /);
      expect(textOf(several)).toBe(textOf(path.join(folder, 'alone.qasm')));
    },
  );

  test.each([0, 20])(
    'a job whose nodes Slurm gives to another one, after %i s of grace, goes on by itself, to the same bits',
    again,
    async (grace) => {
      await cluster().run('scontrol', ['update', 'PartitionName=test', `GraceTime=${grace}`]);
      const circuit = path.join(folder, 'preempted.qasm');
      writeFileSync(circuit, alone('generate', 'random', '--qubits', '12', '--depth', '40', '--seed', '4'));
      const how = ['-b', '3', '--multistarts', '4', '--rounds', '1', '--threads', '1'];
      const undisturbed = path.join(folder, 'undisturbed.qasm');
      if (!existsSync(undisturbed)) alone('compile', circuit, ...how, '-o', undisturbed, '--quiet');

      const preempted = path.join(mkdtempSync(path.join(folder, 'preempted-')), 'preempted.qasm');
      const size = ['--nodes', '2', '--tasks-per-node', '2'];
      const { id, log } = await submitted(...size, ...small, 'compile', circuit, ...how, '-o', preempted);
      await cluster().waitForJob(id, () => textOf(log).includes('compile '));
      const urgent = [
        '--partition=urgent',
        '--nodes=2',
        '--ntasks-per-node=4',
        '--wrap=true',
        '--output=/dev/null',
      ];
      const { stdout } = await cluster().run('sbatch', ['--parsable', ...urgent]);
      await cluster().waitForJob(id, (state) => state === 'PENDING');
      expect(await facts(id)).toMatch(/ Restarts=1 /);
      await cluster().waitForJob(stdout.trim(), (state) => state === 'COMPLETED');
      // Without grace Slurm may kill the ranks before they have said so.
      if (grace > 0) expect(textOf(log)).toMatch(/interrupted by SIGTERM/);

      // Slurm itself waits two minutes.
      await setTimeout(5000);
      const now = await cluster().run('scontrol', ['update', `JobId=${id}`, 'StartTime=now']);
      expect(now.stderr).toBe('');
      const end = await cluster().waitForJob(
        id,
        (state) => !['PENDING', 'RUNNING', 'COMPLETING'].includes(state),
      );
      expect(end, textOf(log)).toBe('COMPLETED');
      expect(await facts(id)).toMatch(/ Restarts=1 /);
      expect(textOf(preempted)).toBe(textOf(undisturbed));
    },
  );

  test('scancel ends a job for good', async () => {
    const { id, log } = await submitted(...small, ...searching());
    await cluster().waitForJob(id, () => textOf(log).includes('cut '));
    await cluster().run('scancel', [id]);
    expect(await cluster().waitForJob(id, (state) => !['RUNNING', 'COMPLETING'].includes(state))).toBe(
      'CANCELLED',
    );
    expect(textOf(log)).not.toMatch(/the job goes on/);
  });

  test('ranks that nobody warns end before the time limit, and say so', async () => {
    const ranks = ['--mpi=pmix', '--nodes=2', '--ntasks-per-node=2', '--time=1'];
    const command = [process.execPath, kroncut, ...searching()];
    const { status, stderr } = await cluster().run('srun', [...ranks, ...command], {
      cwd: folder,
      env: { KRONCUT_GRACE: '35' },
      timeoutSeconds: 100,
    });
    expect(status, stderr).toBe(138);
    expect(stderr).toMatch(/kroncut: the time limit of the job is \d+ s away; what is finished is kept/);
    expect(stderr).toMatch(/^cut \d+%, /m);
  });

  /** A command that searches for cuts for minutes: with this objective as long as it may. */
  function searching(): string[] {
    const circuit = path.join(folder, 'large.qasm');
    if (!existsSync(circuit)) {
      writeFileSync(circuit, alone('generate', 'regular', '--qubits', '60', '--seed', '2'));
    }
    const out = path.join(mkdtempSync(path.join(folder, 'searching-')), 'run');
    const search = ['--max-width', '25', '--objective', 'sampling', '--time-limit', '600'];
    return ['run', circuit, '-o', out, ...search];
  }
});
