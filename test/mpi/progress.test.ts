import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';

const settings = [
  { launcher: 'mpi', name: 'shared memory', env: {} },
  // Leaves Open MPI the ways that need rank 0 to answer, as between nodes.
  { launcher: 'mpi', name: 'messages', env: { OMPI_MCA_osc: '^sm' } },
  { launcher: 'mpich', name: 'shared memory', env: {} },
  {
    launcher: 'mpich',
    name: 'messages',
    env: { MPIR_CVAR_NOLOCAL: '1', MPIR_CVAR_CH4_RMA_ENABLE_DYNAMIC_AM_PROGRESS: '1' },
  },
] as const;

describe('the task counter', () => {
  it.for(settings)(
    'is served while rank 0 computes: $launcher by $name',
    async ({ launcher, env }, context) => {
      requireOrSkip(context, launcher);
      const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-progress-'));
      try {
        const result = await launch('test/mpi/programs/progress.mjs', [folder], {
          launcher,
          variant: launcher,
          ranks: 3,
          env,
        });
        expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: [0, 0, 0] });
        const drawn: number[] = JSON.parse(result.stdout);
        expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(100);
        expect(drawn[0]).toBe(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
