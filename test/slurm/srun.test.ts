import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { missing, repositoryRoot, requireOrSkip, variantFile } from '../support/requirements.js';
import { startSlurmCluster } from '../support/slurmCluster.js';
import type { CommandResult, SlurmCluster } from '../support/slurmCluster.js';

const program = path.join(repositoryRoot, 'test', 'slurm', 'programs', 'probe.mjs');
const fourRanks = ['--nodes=2', '--ntasks-per-node=2'];

interface Line {
  readonly [name: string]: unknown;
}

function parseLines(result: CommandResult): Line[] {
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  return result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('under srun', () => {
  let cluster: SlurmCluster | undefined;
  beforeAll(() => {
    if (missing('slurm') === undefined) cluster = startSlurmCluster(18_710);
  });
  afterAll(() => cluster?.stop());
  beforeEach((context) => requireOrSkip(context, 'slurm'));

  const srun = async (...args: string[]): Promise<CommandResult> => {
    if (cluster === undefined) throw new Error('the cluster did not start');
    return await cluster.run('srun', ['--quiet', ...args]);
  };

  test('four ranks on two nodes know their places, and draw every task once', async () => {
    const lines = parseLines(await srun('--mpi=pmix', ...fourRanks, process.execPath, program));
    expect(lines.map((line) => [line['rank'], line['slurmRank'], line['size']])).toEqual([
      [0, 0, 4],
      [1, 1, 4],
      [2, 2, 4],
      [3, 3, 4],
    ]);
    expect(
      lines.map((line) => [line['slurmNode'], line['node'], line['nodeRank'], line['nodeSize']]),
    ).toEqual([
      ['n1', 0, 0, 2],
      ['n1', 0, 1, 2],
      ['n2', 1, 0, 2],
      ['n2', 1, 1, 2],
    ]);
    expect(lines.every((line) => line['nodes'] === 2 && String(line['variant']).startsWith('mpi'))).toBe(
      true,
    );
    expect(lines.map((line) => line['task']).toSorted((left, right) => Number(left) - Number(right))).toEqual(
      [0, 1, 2, 3],
    );
  });

  test('under pmi2 the variant built with MPICH is taken, and the four ranks are one world', async (context) => {
    requireOrSkip(context, 'mpich');
    const lines = parseLines(await srun('--mpi=pmi2', ...fourRanks, process.execPath, program));
    expect(lines.map((line) => [line['variant'], line['rank'], line['size'], line['node']])).toEqual([
      ['mpich', 0, 4, 0],
      ['mpich', 1, 4, 0],
      ['mpich', 2, 4, 1],
      ['mpich', 3, 4, 1],
    ]);
  });

  test('MPICH under pmix, four worlds of one rank, is refused', async (context) => {
    requireOrSkip(context, 'mpich');
    const addon = `--export=ALL,KRONCUT_ADDON=${variantFile('mpich')}`;
    const result = await srun('--mpi=pmix', ...fourRanks, addon, process.execPath, program);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(
      /MPI .*says rank 0 of 1, so the two do not fit together; use srun --mpi=pmi2/,
    );
    expect(result.stdout).toBe('');
  });

  test('one rank needs no MPI', async () => {
    const lines = parseLines(await srun('--nodes=1', '--ntasks=1', process.execPath, program));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ rank: 0, size: 1, variant: 'cpu' });
  });

  test('ranks that see all GPUs of their node take one each', async () => {
    const gpus = ['--gpus-per-node=2'];
    const lines = parseLines(await srun('--mpi=pmix', ...fourRanks, ...gpus, process.execPath, program));
    expect(lines.map((line) => [line['visible'], line['device']])).toEqual([
      ['0,1', 0],
      ['0,1', 1],
      ['0,1', 0],
      ['0,1', 1],
    ]);
  });

  test('ranks that Slurm binds to one GPU see that one alone', async () => {
    const gpus = ['--gpus-per-node=2', '--gpu-bind=single:1'];
    const lines = parseLines(await srun('--mpi=pmix', ...fourRanks, ...gpus, process.execPath, program));
    expect(lines.map((line) => line['device'])).toEqual([0, 0, 0, 0]);
    expect(lines.map((line) => line['visible'])).toEqual(['0', '1', '0', '1']);
    expect(lines.map((line) => line['sharing'])).toEqual(lines.map(() => ({ rank: 0, size: 1 })));
  });

  test('four ranks share two GPUs of a node evenly', async () => {
    const args = ['--nodes=1', '--ntasks=4', '--gpus-per-node=2'];
    const lines = parseLines(await srun('--mpi=pmix', ...args, process.execPath, program));
    expect(lines.map((line) => line['device'])).toEqual([0, 1, 0, 1]);
    expect(lines.map((line) => line['sharing'])).toEqual([0, 0, 1, 1].map((rank) => ({ rank, size: 2 })));
  });

  test('a launcher that MPI cannot talk to ends every rank, which says what would be right', async () => {
    const result = await srun('--mpi=none', ...fourRanks, process.execPath, program);
    // The status of srun is that of the rank it saw last, which may be one that it ended itself.
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(/Exited with exit code 5/);
    expect(result.stderr).toMatch(/start them with srun --mpi=pmix/);
    expect(result.stdout).toBe('');
  });

  test('a build without MPI under several ranks is refused with exit code 5', async () => {
    const file = path.join(repositoryRoot, 'build', 'cpu', 'kroncut.node');
    const command = [
      '--mpi=pmix',
      ...fourRanks,
      `--export=ALL,KRONCUT_ADDON=${file}`,
      process.execPath,
      program,
    ];
    const result = await srun(...command);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(/Exited with exit code 5/);
    expect(result.stderr).toMatch(/this build of the addon has no MPI/);
  });
});
