import { describe, expect, it } from 'vitest';
import { connectCluster } from '../../../src/cluster/connect.js';
import type { NativeAddon } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load.js';

const { addon } = loadAddon();
const twoRanks = { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' };

/** This build of the addon, as if it had been linked with `mpi`; starting MPI fails the test. */
function builtWith(mpi: string | null): NativeAddon {
  return {
    ...addon,
    buildInfo: () => ({ ...addon.buildInfo(), mpi }),
    mpiStart: () => Promise.reject(new Error('MPI was started')),
  };
}

describe('connectCluster', () => {
  it('does not touch MPI for one rank', async () => {
    const withMpi = builtWith('Open MPI v4.1.4');
    expect(await connectCluster({ addon: withMpi, env: {} })).toMatchObject({ size: 1, launcher: 'none' });
    const step = { SLURM_PROCID: '0', SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '1' };
    expect(await connectCluster({ addon: withMpi, env: step })).toMatchObject({ size: 1, launcher: 'slurm' });
  });

  it('refuses several ranks in a build without MPI', async () => {
    await expect(connectCluster({ addon: builtWith(null), env: twoRanks })).rejects.toMatchObject({
      code: 'mpi',
      exitCode: 5,
      message: expect.stringMatching(/started 2 ranks \(OMPI_COMM_WORLD_SIZE=2\).*has no MPI.*npm run setup/),
      details: { launcherRank: 1 },
    });
  });

  it('refuses Open MPI under srun without PMIx, before it could end the process', async () => {
    const env = {
      SLURM_PROCID: '0',
      SLURM_STEP_ID: '0',
      SLURM_STEP_NUM_TASKS: '3',
      PMI_RANK: '0',
      PMI_SIZE: '3',
    };
    await expect(connectCluster({ addon: builtWith('Open MPI v4.1.4'), env })).rejects.toMatchObject({
      code: 'mpi',
      message: expect.stringContaining('srun --mpi=pmix'),
    });
  });

  it('names a time limit that is no number', async () => {
    const env = { ...twoRanks, KRONCUT_MPI_TIMEOUT: 'soon' };
    await expect(connectCluster({ addon: builtWith('MPICH 4.0.2'), env })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('KRONCUT_MPI_TIMEOUT=soon'),
    });
  });
});
