import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { required } from '../../src/error.js';
import { missing, pythonFile, repositoryRoot, requireOrSkip } from '../support/requirements.js';
import { startSlurmCluster, type SlurmCluster } from '../support/slurmCluster.js';

const OBSERVABLE = 'Z0 Z1 + Z3';

function done(state: string): boolean {
  return !['PENDING', 'RUNNING', 'CONFIGURING', 'COMPLETING'].includes(state);
}

describe('a job for a quantum processor', { timeout: 300_000 }, () => {
  let started: SlurmCluster | undefined;
  let folder = '';
  beforeAll(() => {
    if (missing('slurm') !== undefined || missing('python') !== undefined) return;
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-quantum-'));
    started = startSlurmCluster(18_740);
  });
  afterAll(() => {
    started?.stop();
    if (folder !== '') rmSync(folder, { recursive: true });
  });
  beforeEach((context) => {
    requireOrSkip(context, 'slurm');
    requireOrSkip(context, 'python');
  });

  const circuit = generateCircuit('random', { qubits: 4, depth: 2, seed: 4 });
  const cluster = (): SlurmCluster => required(started, 'a cluster');
  /** Submits the job, waits for its end, and gives its state and what it printed. */
  const finished = async (
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ state: string; log: string }> => {
    const log = path.join(folder, 'log');
    const script = path.join(repositoryRoot, 'slurm', 'quantum.sbatch');
    const words = [path.join(folder, 'run'), 'aer', '60000', '--expect', OBSERVABLE, '--json'];
    const programs = path.join(repositoryRoot, 'test', 'slurm', 'programs');
    const submitted = await cluster().run('sbatch', ['--parsable', `--output=${log}`, script, ...words], {
      env: { PATH: `${programs}:${process.env['PATH'] ?? ''}`, KRONCUT_PYTHON: pythonFile, ...env },
    });
    expect(submitted).toMatchObject({ status: 0, stderr: '' });
    let state = 'PENDING';
    // The simulator takes its time to start.
    for (let tries = 0; !done(state) && tries < 5; tries += 1) {
      state = await cluster()
        .waitForJob(submitted.stdout.trim(), done)
        .catch(() => 'RUNNING');
    }
    return { state, log: existsSync(log) ? readFileSync(log, 'utf8') : '' };
  };

  test('runs what was exported on the processor, imports it, and answers; given again it asks for no shots', async () => {
    await cut(circuit, { directory: path.join(folder, 'run'), maxWidth: 3, seed: 1 });
    const { state, log } = await finished();
    expect(state, log).toBe('COMPLETED');
    const answer = JSON.parse(
      required(
        log.split('\n').findLast((line) => line.startsWith('{')),
        'an answer',
      ),
    );
    const { expect: exact } = await run(circuit, { expect: OBSERVABLE });
    expect(answer.expect).toMatchObject({ data: 'imported' });
    expect(answer.expect.standardError).toBeGreaterThan(0);
    expect(Math.abs(answer.expect.value - required(exact, 'a value').value)).toBeLessThan(
      5 * answer.expect.standardError,
    );
    const { sources } = JSON.parse(readFileSync(path.join(folder, 'run', 'tensors', '0.json'), 'utf8'));
    expect(sources).toMatchObject([{ backend: 'aer' }]);
    const broken = path.join(folder, 'no-processor');
    writeFileSync(broken, '');
    const again = await finished({ KRONCUT_PYTHON: broken });
    expect(again.state, again.log).toBe('COMPLETED');
    expect(again.log).toContain(JSON.stringify(answer.expect.value));
  });
});
