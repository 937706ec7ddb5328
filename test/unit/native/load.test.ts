import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import { loadAddon, loadFailure, type LoadOptions } from '../../../src/native/load.js';
import { variantFile } from '../../support/requirements.js';

const binary = variantFile('cpu');

/** The variants that were tried, in order, and why each was passed over. */
function attemptsOf(body: () => unknown): { variant: string; reason?: string }[] {
  try {
    body();
  } catch (error) {
    if (error instanceof KroncutError && Array.isArray(error.details['attempts']))
      return error.details['attempts'];
    throw error;
  }
  throw new Error('an error was expected');
}

/** The variants that come after the one that is taken, and why. */
function laterOnes(options: LoadOptions): [string, string | undefined][] {
  return loadAddon({ environment: {}, ...options })
    .others()
    .map(({ variant, reason }) => [variant, reason]);
}

describe('loadAddon', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-load-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (variant: string, content?: string): void => {
    mkdirSync(path.join(folder, variant));
    const file = path.join(folder, variant, 'kroncut.node');
    if (content !== undefined) writeFileSync(file, content);
    else if (binary !== undefined) copyFileSync(binary, file);
    writeFileSync(path.join(folder, variant, 'kroncut.json'), '{}');
  };

  test('the cpu variant is built, loads and names itself', () => {
    expect(binary).toBeDefined();
    const loaded = loadAddon({ mpi: false, cuda: false, environment: {} });
    expect(loaded.variant).toBe('cpu');
    expect(loaded.addon.buildInfo().variant).toBe('cpu');
    expect(loaded.addon.devices()[0]?.name).toBe('cpu');
  });

  test('prefers what is needed, and says why it went on', () => {
    place('mpi', 'not a library');
    place('cpu');
    const loaded = loadAddon({ folder, mpi: true, cuda: true, environment: {} });
    expect(loaded.variant).toBe('cpu');
    expect(loaded.attempts.map((attempt) => attempt.variant)).toEqual(['mpi-cuda', 'mpi', 'cuda', 'cpu']);
    expect(loaded.attempts[0]?.reason).toBe('not built');
    expect(loaded.attempts[1]?.reason).toMatch(/invalid ELF header|file too short/);
    expect(loaded.attempts[3]?.reason).toBeUndefined();
  });

  test.each([
    [{ mpi: false, cuda: false }, ['cpu', 'mpi', 'cuda', 'mpi-cuda']],
    [{ mpi: false, cuda: true }, ['cuda', 'mpi-cuda', 'cpu', 'mpi']],
    [{ mpi: true, cuda: false }, ['mpi', 'mpi-cuda', 'cpu', 'cuda']],
    [{ mpi: true, cuda: true }, ['mpi-cuda', 'mpi', 'cuda', 'cpu']],
  ])('tries variants in the order of the need %j', (need, order) => {
    const attempts = attemptsOf(() => loadAddon({ folder, ...need, environment: {} }));
    expect(attempts.map((attempt) => attempt.variant)).toEqual(order);
  });

  test.each([
    [{ OMPI_COMM_WORLD_SIZE: '2' }, 'mpi'],
    [{ PMI_SIZE: '3', PMI_RANK: '0' }, 'mpich'],
    [{ PMIX_RANK: '0' }, 'mpi'],
    [{ OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '0' }, 'mpi'],
    [{ SLURM_STEP_ID: '0', SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '4' }, 'mpi'],
    // A batch script itself is alone, whatever its allocation is.
    [{ SLURM_PROCID: '0', SLURM_NTASKS: '4' }, 'cpu'],
    [{ OMPI_COMM_WORLD_SIZE: '1', PMIX_RANK: '0' }, 'cpu'],
    [{ SLURM_STEP_ID: '0', SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1', PMIX_RANK: '0' }, 'cpu'],
  ])('asks for MPI when a launcher has started several ranks: %j', (environment, first) => {
    const attempts = attemptsOf(() => loadAddon({ folder, cuda: false, environment }));
    expect(attempts[0]?.variant).toBe(first);
  });

  test('lists every attempt, other variants included, when nothing loads', () => {
    place('cpu', '');
    place('mpich', '');
    const options = { folder, mpi: false, cuda: false, environment: {} };
    const attempt = (): unknown => loadAddon(options);
    expect(attempt).toThrow(/npm run setup/);
    expect(attempt).toThrow(/mpi: not built/);
    expect(attemptsOf(attempt).map((entry) => entry.variant)).toEqual([
      'cpu',
      'mpi',
      'cuda',
      'mpi-cuda',
      'mpich',
    ]);
  });

  test('says of each variant that comes later why it does', () => {
    for (const [variant, mpi, cuda] of [
      ['cpu', null, null],
      ['mpi', { flavour: 'Open MPI', version: '4.1.4' }, null],
      ['mpich', { flavour: 'MPICH', version: '4.0.2' }, null],
      ['cuda', null, { version: '13.0' }],
    ] as const) {
      place(variant);
      writeFileSync(path.join(folder, variant, 'kroncut.json'), JSON.stringify({ mpi, cuda }));
    }
    const notNeeded = 'is not needed: no launcher has started several ranks';
    const noDriver = 'CUDA is not needed: there is no NVIDIA driver here';
    expect(laterOnes({ folder, mpi: false, cuda: false })).toEqual([
      ['mpi', `its MPI (Open MPI 4.1.4) ${notNeeded}`],
      ['cuda', noDriver],
      ['mpi-cuda', 'not built'],
      ['mpich', `its MPI (MPICH 4.0.2) ${notNeeded}`],
    ]);
    expect(laterOnes({ folder, cuda: false, environment: { PMI_SIZE: '2', PMI_RANK: '0' } })).toEqual([
      ['mpi', "it is built with Open MPI 4.1.4, another MPI than the launcher's"],
      ['mpi-cuda', 'not built'],
      ['cpu', 'it has no MPI, and a launcher has started several ranks'],
      ['cuda', 'it has no MPI, and a launcher has started several ranks'],
    ]);
    expect(laterOnes({ folder, mpi: false, cuda: true }).slice(1, 2)).toEqual([
      ['cpu', 'it has no CUDA, and there is an NVIDIA driver here'],
    ]);
  });

  test('names a library that is missing, and a processor that is another one', () => {
    expect(loadFailure('/x', 'libmpi.so.40: cannot open shared object file: No such file or directory')).toBe(
      'there is no library libmpi.so.40 here; load the modules that it was built with',
    );
    expect(loadFailure('/x', 'undefined symbol: x')).toBe('undefined symbol: x');
    if (binary === undefined) throw new Error('the cpu variant is built');
    const foreign = readFileSync(binary);
    foreign.writeUInt16LE(process.arch === 'arm64' ? 0x3e : 0xb7, 18);
    const file = path.join(folder, 'foreign.node');
    writeFileSync(file, foreign);
    expect(() => loadAddon({ environment: { KRONCUT_ADDON: file } })).toThrow(
      /it is built for another processor \((?:aarch64|x86-64)\)/,
    );
  });

  test('KRONCUT_ADDON names one binary, and a bad one is bad usage', () => {
    const file = path.join(folder, 'other.node');
    if (binary !== undefined) copyFileSync(binary, file);
    expect(loadAddon({ environment: { KRONCUT_ADDON: file } }).file).toBe(file);
    expect(() => loadAddon({ environment: { KRONCUT_ADDON: `${file}x` } })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('KRONCUT_ADDON=') }),
    );
  });

  test('a module that is no addon of ours is passed over, and no other file is run', () => {
    const files = [
      ['plain.cjs', 'module.exports = {};', /not a Kroncut addon/],
      ['program.js', "throw new Error('it ran');", /the file kroncut\.node of a build is needed/],
    ] as const;
    for (const [name, text, reason] of files) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      expect(() => loadAddon({ environment: { KRONCUT_ADDON: file } })).toThrow(reason);
    }
  });
});
