import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';

describe('a run in memory', () => {
  it.for(['mpi', 'mpich'] as const)(
    'answers as one in a directory does on two ranks: %s',
    async (launcher, context) => {
      requireOrSkip(context, launcher);
      const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-memory-'));
      try {
        const result = await launch('test/mpi/programs/inMemory.mjs', [folder], {
          launcher,
          variant: launcher,
          ranks: 2,
        });
        expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: [0, 0] });
        for (const rank of [0, 1]) {
          expect(JSON.parse(readFileSync(path.join(folder, `${rank}.json`), 'utf8')), `rank ${rank}`).toEqual(
            {
              same: { rest: true, facts: true, samples: true, full: true },
              evaluated: 3,
            },
          );
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
