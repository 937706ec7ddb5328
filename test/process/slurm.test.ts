import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordedCommand, recordedErrors, recordedStatus } from '../support/launch.js';
import { missing, requireOrSkip, variantFile } from '../support/requirements.js';
import { startSlurmCluster } from '../support/slurmCluster.js';
import type { CommandResult, SlurmCluster } from '../support/slurmCluster.js';

const PROGRAM = 'test/process/programs/failure.mjs';

describe('ranks on two nodes under srun', { timeout: 120_000 }, () => {
  let started: SlurmCluster | undefined;
  let folder = '';
  beforeAll(() => {
    if (missing('slurm') === undefined) started = startSlurmCluster(18_780);
  });
  afterAll(() => started?.stop());
  beforeEach((context) => {
    requireOrSkip(context, 'slurm');
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-srun-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const srun = async (
    variant: string,
    options: readonly string[],
    ...args: string[]
  ): Promise<CommandResult & { rankStatus: (number | undefined)[] }> => {
    if (started === undefined) throw new Error('the cluster did not start');
    const result = await started.run(
      'srun',
      // Slurm itself shall not end the others when one fails.
      [
        '--quiet',
        '--kill-on-bad-exit=0',
        '--nodes=2',
        '--ntasks-per-node=2',
        ...options,
        ...recordedCommand(folder, PROGRAM, args),
      ],
      { env: { KRONCUT_ADDON: variantFile(variant) ?? '', KRONCUT_MPI_TIMEOUT: '5' } },
    );
    const stderr = result.stderr + recordedErrors(folder, 4);
    return { ...result, stderr, rankStatus: recordedStatus(folder, 4) };
  };

  test.for([
    { how: 'sigkill', victim: 3, code: 137, message: /rank 3 on node n2 was lost/ },
    { how: 'sigkill', victim: 2, code: 137, message: /rank 2 on node n2 was lost/ },
    { how: 'sigkill', victim: 0, code: 137, message: /rank 0 on node n1 was lost/ },
    {
      how: 'error',
      victim: 3,
      code: 4,
      message: /rank 3 on node n2 failed: the disk is full; rank 0 ends too/,
    },
    { how: 'exit0', victim: 1, code: 5, message: /rank 1 on node n1 failed: it exited with code 0 before/ },
    {
      how: 'sigterm',
      victim: 2,
      code: 143,
      message: /rank 2 on node n2 was interrupted: SIGTERM; rank 0 ends too/,
    },
  ])('end with 5 when rank $victim meets $how', async ({ how, victim, code, message }) => {
    const result = await srun('mpi', ['--mpi=pmix'], how, String(victim));
    expect(result.rankStatus, result.stderr).toEqual(
      [0, 1, 2, 3].map((rank) => (rank === victim ? code : 5)),
    );
    expect(result.stderr).toMatch(message);
  });

  test('end with 5 when one never starts MPI', async () => {
    const result = await srun('mpi', ['--mpi=pmix'], 'early1', '1');
    expect(result.rankStatus, result.stderr).toEqual([5, 1, 5, 5]);
    expect(result.stderr).toMatch(
      /MPI did not start within 5 s: the launcher started 4 ranks \(SLURM_STEP_NUM_TASKS=4\)/,
    );
  });

  test('end with 5, and say what to do, when srun offers no PMIx', async () => {
    const result = await srun('mpi', ['--mpi=pmi2'], 'none');
    expect(result.rankStatus, result.stderr).toEqual([5, 5, 5, 5]);
    expect(result.stderr).toMatch(/srun started 4 ranks .* without PMIx.*; start them with srun --mpi=pmix/);
  });

  test('end with 5, and say what to do, when MPICH meets PMIx', async (context) => {
    requireOrSkip(context, 'mpich');
    const result = await srun('mpich', ['--mpi=pmix'], 'none');
    expect(result.rankStatus, result.stderr).toEqual([5, 5, 5, 5]);
    expect(result.stderr).toMatch(
      /rank 0 of 4 \(SLURM_STEP_NUM_TASKS=4\), but MPI \(MPICH .*\) says rank 0 of 1/,
    );
    expect(result.stderr.match(/do not fit together/g)).toHaveLength(1);
  });
});
