/** python/kroncut.py, by tests in Python; the pages for people who work there, whose blocks of code are run. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pythonFile, repositoryRoot, requireOrSkip } from '../support/requirements.js';

const program = `${process.execPath} ${path.join(repositoryRoot, 'dist', 'main.js')}`;

/** Runs a file of `test/outside/python/` that ends with 0 where all is right. */
function passes(file: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(
    pythonFile,
    [path.join(repositoryRoot, 'test', 'outside', 'python', file)],
    {
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', KRONCUT: program, ...env },
    },
  );
  expect(status, stdout + stderr).toBe(0);
  return stderr;
}

beforeEach((context) => requireOrSkip(context, 'python'));

describe('python/kroncut.py', () => {
  it('does what its functions say', () => {
    const said = passes('test_kroncut.py');
    expect(said).toMatch(/Ran \d\d tests/);
  });

  it('starts ranks by a launcher', (context) => {
    requireOrSkip(context, 'mpi');
    passes('test_ranks.py', {
      KRONCUT_LAUNCHER: 'mpirun --oversubscribe -n 2',
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    });
  });
});

describe('docs/python.md', () => {
  it('says what works', () => {
    passes('run_page.py');
  });
});
