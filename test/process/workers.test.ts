import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { launch } from '../support/launch.js';

it('sessions work in worker threads, and one that is terminated takes nothing with it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-workers-'));
  try {
    const result = await launch('test/process/programs/workers.mjs', [folder], {
      launcher: 'none',
      variant: 'cpu',
    });
    expect(result, result.stderr).toMatchObject({ status: 0, stderr: '' });
    const { answers, code, after } = JSON.parse(result.stdout);
    expect(code).toBe(1);
    const bits = after.map((outcome: { readonly bits: string }) => outcome.bits);
    expect(bits.toSorted()).toEqual(['0'.repeat(10), '1'.repeat(10)]);
    expect(answers).toEqual([after, after, after]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
