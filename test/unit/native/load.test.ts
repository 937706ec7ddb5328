import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import { loadAddon } from '../../../src/native/load.js';
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

  test('KRONCUT_ADDON names one binary, and a bad one is bad usage', () => {
    const file = path.join(folder, 'other.node');
    if (binary !== undefined) copyFileSync(binary, file);
    expect(loadAddon({ environment: { KRONCUT_ADDON: file } }).file).toBe(file);
    expect(() => loadAddon({ environment: { KRONCUT_ADDON: `${file}x` } })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('KRONCUT_ADDON=') }),
    );
  });

  test('a module that is no addon of ours is passed over', () => {
    const file = path.join(folder, 'plain.cjs');
    writeFileSync(file, 'module.exports = {};');
    expect(() => loadAddon({ environment: { KRONCUT_ADDON: file } })).toThrow(/not a Kroncut addon/);
  });
});
