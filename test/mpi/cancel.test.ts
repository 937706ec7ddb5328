import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';

describe('a job that one rank cancels', () => {
  it.for(['mpi', 'mpich'] as const)(
    'ends on all ranks, which do the next one: %s',
    async (launcher, context) => {
      requireOrSkip(context, launcher);
      const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-cancel-'));
      try {
        const result = await launch('test/mpi/programs/cancel.mjs', [folder], {
          launcher,
          variant: launcher,
          ranks: 2,
        });
        expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: [0, 0] });
        for (const rank of [0, 1]) {
          const seen = JSON.parse(readFileSync(path.join(folder, `${rank}.json`), 'utf8'));
          for (const cancelled of [...seen.cancelled, seen.alone]) {
            expect(cancelled, `rank ${rank}`).toMatchObject({ code: 'cancelled' });
          }
          const cause = rank === 1 ? 'no use' : 'rank 1 cancelled the job: no use';
          expect(seen.alone.cause).toBe(cause);
          for (const top of [seen.again, seen.other]) {
            const bits = top.outcomes.map((outcome: { readonly bits: string }) => outcome.bits);
            expect(bits.toSorted()).toEqual(['0'.repeat(12), '1'.repeat(12)]);
          }
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
