import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requireOrSkip } from '../support/requirements.js';

const root = path.resolve(import.meta.dirname, '..', '..');

function node(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
}

const figures = z.object({
  limits: z.object({ write: z.number().positive(), multiplyAdd: z.number().positive() }),
  rows: z.array(
    z.object({ name: z.string(), seconds: z.number().positive(), percent: z.number().positive() }),
  ),
  naiveRatio: z.number().positive().nullable(),
});

describe('npm run bench', () => {
  it('runs every case and keeps the figures', { timeout: 300_000 }, () => {
    const compiled = node(path.join('node_modules', 'typescript7', 'bin', 'tsc'), '-p', 'bench');
    expect(compiled.status, compiled.stdout).toBe(0);
    const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-bench-'));
    try {
      const file = path.join(folder, 'figures.json');
      const run = node('build/bench/main.js', '--quick', '--json', file);
      expect(run.status, run.stderr).toBe(0);
      expect(run.stdout).toMatch(/naive Kronecker loop .*: [\d.]+x faster/);
      const kept = figures.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect(kept.naiveRatio).not.toBeNull();
      expect(kept.rows.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          'gate-run',
          'isometry',
          'product-4',
          'product-256',
          'qfactor-4-32',
          'lm-step-3',
          'main-job',
        ]),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('compares contractions with their predictions', { timeout: 120_000 }, () => {
    const run = node('build/bench/main.js', '--quick', '--only', 'contract');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^chain of 4 +8 +3 /m);
    expect(run.stdout).toMatch(/^grid of 2 x 2 +8 +4 /m);
  });

  it('says how often a start succeeds, beside a program of its own', { timeout: 120_000 }, () => {
    const run = node('build/bench/main.js', '--quick', '--only', 'instantiate');
    expect(run.status, run.stderr).toBe(0);
    // A template with a known solution of few gates: the plain program and the addon agree that it is found.
    const rates = /found again: plain (\d+) % of 2, qfactor (\d+) % of 4, lm (\d+) % of 4/.exec(run.stdout);
    expect(
      rates
        ?.slice(1)
        .map(Number)
        .every((rate) => rate >= 25),
    ).toBe(true);
  });

  it('compares two ranks with one', { timeout: 120_000 }, (context) => {
    requireOrSkip(context, 'mpi');
    const run = node('build/bench/main.js', '--quick', '--only', 'compile-ranks');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/4 blocks of 4 qubits .*: two ranks are sooner than one by [\d.]+x/);
  });

  it('refuses a case that does not exist, and names those that do', () => {
    const run = node('build/bench/main.js', '--quick', '--only', 'nothing');
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/--only nothing: no such case; there are gate-1-low/);
  });
});
