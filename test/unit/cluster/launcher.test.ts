import { describe, expect, it } from 'vitest';
import { describeLauncher } from '../../../src/cluster/launcher.js';

describe('describeLauncher', () => {
  it('sees no launcher in an empty environment', () => {
    expect(describeLauncher({})).toMatchObject({ kind: 'none', rank: 0, size: 1 });
  });

  it('reads a step of srun', () => {
    const env = {
      SLURM_PROCID: '3',
      SLURM_STEP_ID: '0',
      SLURM_STEP_NUM_TASKS: '4',
      SLURM_NTASKS: '8',
      SLURM_LOCALID: '1',
      PMIX_RANK: '3',
    };
    expect(describeLauncher(env)).toEqual({
      kind: 'slurm',
      rank: 3,
      size: 4,
      localRank: 1,
      evidence: 'SLURM_STEP_NUM_TASKS=4',
      hasPmix: true,
    });
  });

  it('takes a batch script for a single process, though it has a task count', () => {
    const batch = { SLURM_PROCID: '0', SLURM_NTASKS: '4', SLURM_LOCALID: '0' };
    expect(describeLauncher(batch)).toMatchObject({ kind: 'none', size: 1 });
    // Newer versions of Slurm number the batch script as a pseudo step.
    const pseudo = { ...batch, SLURM_STEP_ID: '4294967291', SLURM_STEP_NUM_TASKS: '4' };
    expect(describeLauncher(pseudo)).toMatchObject({ kind: 'none', size: 1 });
  });

  it("prefers mpirun's variables to those that its daemons inherited from srun", () => {
    const daemon = { SLURM_PROCID: '1', SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '2' };
    expect(
      describeLauncher({ ...daemon, OMPI_COMM_WORLD_RANK: '5', OMPI_COMM_WORLD_SIZE: '8', PMIX_RANK: '5' }),
    ).toMatchObject({ kind: 'mpirun', rank: 5, size: 8 });
    expect(
      describeLauncher({
        ...daemon,
        PMI_RANK: '2',
        PMI_SIZE: '4',
        MPI_LOCALRANKID: '1',
        HYDI_CONTROL_FD: '7',
      }),
    ).toMatchObject({ kind: 'mpirun', rank: 2, size: 4, localRank: 1 });
  });

  it('recognises srun behind the variables of PMI-2', () => {
    const env = {
      SLURM_PROCID: '1',
      SLURM_STEP_ID: '2',
      SLURM_STEP_NUM_TASKS: '2',
      PMI_RANK: '1',
      PMI_SIZE: '2',
    };
    expect(describeLauncher(env)).toMatchObject({ kind: 'slurm', rank: 1, size: 2, hasPmix: false });
  });

  it('leaves the size open where a launcher tells the rank alone', () => {
    expect(describeLauncher({ PMIX_RANK: '1', PMIX_NAMESPACE: 'job' })).toMatchObject({
      kind: 'mpirun',
      rank: 1,
      size: undefined,
    });
  });

  it('names a variable that is not a number', () => {
    expect(() => describeLauncher({ OMPI_COMM_WORLD_RANK: 'x', OMPI_COMM_WORLD_SIZE: '2' })).toThrow(
      'OMPI_COMM_WORLD_RANK=x',
    );
    expect(() => describeLauncher({ PMI_RANK: '0', PMI_SIZE: '0' })).toThrow('PMI_SIZE=0');
  });
});
