import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram, repositoryRoot, requireOrSkip } from '../support/requirements.js';

describe('scripts/gpu-check.sh', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-gpu-check-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = (name: string, env: NodeJS.ProcessEnv) => {
    const found = path.join(folder, name);
    const { status, stderr } = spawnSync(path.join(repositoryRoot, 'scripts', 'gpu-check.sh'), [], {
      env: { ...process.env, OUT: found, ...env },
      encoding: 'utf8',
    });
    const table = (stage: string): string => {
      const file = path.join(found, `${stage}.md`);
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };
    return { status, stderr, table };
  };

  test(
    'builds and tests what this machine can, and says what it left out',
    { timeout: 3_100_000 },
    (context) => {
      requireOrSkip(context, 'cmake');
      // What `npm test` has compiled already, or a folder that is kept for the next time; compiling CUDA would make the
      // first time longer.
      const tested = path.join(repositoryRoot, 'build', 'test');
      const isCompiled = existsSync(path.join(tested, 'cmake', 'CMakeCache.txt'));
      const build = path.join(tested, isCompiled ? 'cmake' : 'gpu-check');
      const hasGpu = findProgram('nvidia-smi') !== undefined;
      const noToolkit = { CUDA_HOME: '', CUDACXX: '' };
      const result = check('whole', {
        KRONCUT_GPU_BUILD: build,
        KRONCUT_GPU_SECONDS: '3000',
        ...(hasGpu ? {} : noToolkit),
      });
      expect(result.stderr).toMatch(/^GPU: .*; toolkit: /);
      expect(result.status, result.stderr + result.table('build') + result.table('tests')).toBe(0);
      expect(result.table('machine')).toMatch(/^\| GPU \| .+ \|$/m);
      expect(result.table('build')).toMatch(/^\| compile \| ok \| \d+ s \|$/m);
      expect(result.table('tests')).toMatch(/^\| tests of devices \| ok \| \d+ s \|$/m);
      expect(result.table('tests')).toMatch(/100% tests passed, 0 tests failed out of \d+/);
      const leftOut = /^Left out: there is no (GPU|CUDA toolkit) here/;
      if (leftOut.test(result.table('timings'))) {
        expect(result.table('sanitizer')).toMatch(leftOut);
        expect(result.stderr).toMatch(/Left out: sanitizer, timings: there is no/);
      } else {
        expect(result.table('timings')).toMatch(/^\| copy on the device \|/m);
        expect(result.table('timings')).toMatch(/^timings: ok$/m);
      }
    },
  );

  test('where time runs out, the tables say so, and it fails', (context) => {
    requireOrSkip(context, 'cmake');
    const result = check('short', {
      KRONCUT_GPU_BUILD: path.join(folder, 'build'),
      KRONCUT_GPU_SECONDS: '0',
    });
    expect(result.status).toBe(1);
    expect(result.table('build')).toMatch(/^\| configure \| out of time \| 0 s \|$/m);
    expect(result.stderr).toMatch(/The library was not built/);
  });
});
