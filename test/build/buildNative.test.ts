import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram, repositoryRoot, requireOrSkip, variantFile } from '../support/requirements.js';

const scripts = path.join(repositoryRoot, 'scripts');

interface Result {
  readonly status: number | null;
  readonly stderr: string;
}

/** The sentence for a failed build with this log. */
function explain(folder: string, log: string): string {
  const file = path.join(folder, 'build.log');
  writeFileSync(file, log);
  const module = pathToFileURL(path.join(scripts, 'build-failure.mjs')).href;
  const code = `import { explainFailure } from '${module}'; console.log(explainFailure('mpi', '${file}'));`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(result.stderr).toBe('');
  return result.stdout;
}

describe('scripts/build-native.mjs', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-build-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the script where no programs but these are installed. */
  const build = (
    programs: readonly string[],
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Result => {
    const bin = mkdtempSync(path.join(folder, 'bin-'));
    for (const program of programs) {
      const file = findProgram(program);
      if (file !== undefined) symlinkSync(file, path.join(bin, program));
    }
    const result = spawnSync(process.execPath, [path.join(scripts, 'build-native.mjs'), ...args], {
      env: { HOME: folder, PATH: bin, ...env },
      encoding: 'utf8',
    });
    return { status: result.status, stderr: result.stderr };
  };

  test.each([
    ['no Python', ['make', 'g++', 'c++'], /needs Python 3; install it, for example: apt-get install python3/],
    ['no make', ['python3', 'g++', 'c++'], /needs make; install it/],
    ['no compiler', ['python3', 'make'], /no C\+\+ compiler was found; install one with C\+\+20/],
  ])('%s: one sentence says what is missing and how to get it', (_, programs, message) => {
    const result = build(programs, ['--variant', 'cpu', '--tool', 'gyp', '--force']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    // The build that is there stays.
    expect(variantFile('cpu')).toBeDefined();
  });

  test.each([
    ['mpi', /no MPI compiler wrapper \(mpicc\) was found/],
    ['mpich', /no MPICH was found/],
    ['fast', /no such variant: fast; there are cpu, mpi, mpich, cuda and mpi-cuda/],
  ])('variant %s without what it needs is an error in one sentence', (variant, message) => {
    const result = build(['python3', 'make', 'g++', 'c++'], ['--variant', variant, '--force']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(message);
  });

  test('the CUDA variant without a toolkit says where it was looked for', (context) => {
    if (existsSync('/usr/local/cuda')) context.skip('this machine has a toolkit in /usr/local/cuda');
    const result = build(['python3', 'make', 'g++', 'c++', 'cmake'], ['--variant', 'cuda', '--force']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(
      /no CUDA toolkit was found \(CUDA_HOME, nvcc on PATH, \/usr\/local\/cuda\)/,
    );
  });

  test('KRONCUT_SKIP_BUILD=1 builds nothing', () => {
    const result = build([], ['--variant', 'cpu', '--force'], { KRONCUT_SKIP_BUILD: '1' });
    expect(result.status).toBe(0);
  });

  test('a failed build is told from its log', () => {
    expect(explain(folder, 'x.cpp:1:10: fatal error: mpi.h: No such file or directory\n')).toMatch(
      /libopenmpi-dev/,
    );
    expect(explain(folder, "error: unrecognized command-line option '-std=c++20'\n")).toMatch(
      /too old for C\+\+20/,
    );
    expect(explain(folder, 'gyp ERR! stack FetchError: getaddrinfo ENOTFOUND\n')).toMatch(/Node's headers/);
    expect(explain(folder, 'g++: fatal error: Killed signal terminated program cc1plus\n')).toMatch(
      /KRONCUT_JOBS=1/,
    );
    expect(explain(folder, 'native/a.cpp:7:3: error: no member named x\n')).toMatch(
      /stopped at: native\/a\.cpp:7:3: error/,
    );
    expect(explain(folder, 'nothing that is known\n')).toMatch(/the build tool failed.*build\.log/);
  });
});

/** What it says of such a log, with seven files to compile. */
function stage(log: string): string {
  const module = pathToFileURL(path.join(scripts, 'build-progress.mjs')).href;
  const code = `import { buildStage } from '${module}'; console.log(buildStage(${JSON.stringify(log)}, 7));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).stdout;
}

describe('scripts/build-progress.mjs', () => {
  test('counts the files that make has begun, of all', () => {
    expect(stage('gyp info spawn make\n')).toBe('undefined\n');
    expect(stage('  CXX(target) Release/a.o\n  CXX(target) Release/b.o\n')).toBe('compiling file 2 of 7\n');
  });

  test('takes the share that CMake says', () => {
    expect(stage('[ 12%] Building CXX a.o\n[ 50%] Building CXX b.o\n')).toBe('50 % compiled\n');
  });
});

describe('what a build leaves behind', () => {
  const present = ['cpu', 'mpi', 'mpich', 'cuda', 'mpi-cuda'].filter(
    (variant) => variantFile(variant) !== undefined,
  );

  test.each(present)('variant %s has metadata that fit the binary', (variant) => {
    const binary = variantFile(variant) ?? '';
    const metadata: unknown = JSON.parse(
      readFileSync(path.join(path.dirname(binary), 'kroncut.json'), 'utf8'),
    );
    expect(metadata).toMatchObject({
      variant,
      tool: expect.stringMatching(/^(node-gyp|cmake-js)$/),
      compiler: expect.any(String),
      mpi: variant.startsWith('mpi') ? { flavour: expect.any(String), version: expect.any(String) } : null,
      cuda: variant.endsWith('cuda') ? expect.stringMatching(/^\d+\.\d+$/) : null,
      sourcesHash: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    // Loaded by a process of its own, which says what it was built with.
    const code = `console.log(JSON.stringify(require(${JSON.stringify(binary)}).buildInfo()))`;
    const result = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      variant,
      mpi: variant.startsWith('mpi') ? expect.any(String) : null,
      cuda: variant.endsWith('cuda') ? expect.any(String) : null,
    });
  });

  test('the binary needs no symbol that nothing provides', () => {
    const binary = variantFile('cpu');
    const code = `require(${JSON.stringify(binary)})`;
    const env = { ...process.env, LD_BIND_NOW: '1' };
    const result = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env });
    expect(result.stderr).toBe('');
  });

  test('a CUDA variant loads on a machine without a GPU, and says why it has no device', (context) => {
    requireOrSkip(context, 'cuda-build');
    const binary = variantFile('mpi-cuda') ?? variantFile('cuda');
    const code = `const addon = require(${JSON.stringify(binary)});
      console.log(JSON.stringify([addon.devices().length, addon.cudaUnavailableReason()]))`;
    const result = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    const [devices, reason] = JSON.parse(result.stdout);
    expect(devices).toBeGreaterThanOrEqual(1);
    if (devices === 1) expect(reason).not.toBe('');
    else expect(reason).toBe('');
  });
});
