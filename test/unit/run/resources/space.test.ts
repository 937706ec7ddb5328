import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import {
  availableDisk,
  availableMemory,
  requireDisk,
  requireMemory,
} from '../../../../src/run/resources/space.js';
import { loadAddon } from '../../../../src/native/load.js';
import { formatBytes, formatSeconds } from '../../../../src/run/resources/units.js';

const native = loadAddon().addon;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('resources', () => {
  it('share the memory of a node among its ranks', () => {
    vi.stubEnv('KRONCUT_MEMORY', '');
    const alone = availableMemory(native, 1);
    expect(alone).toBeGreaterThan(2 ** 20);
    // Other processes allocate in between.
    expect(availableMemory(native, 4) / alone).toBeGreaterThan(0.1);
    expect(availableMemory(native, 4) / alone).toBeLessThan(0.5);
    vi.stubEnv('KRONCUT_MEMORY', '12345');
    expect(availableMemory(native, 4)).toBe(12345);
  });

  it.each([
    [{ SLURM_MEM_PER_NODE: '64' }, 64],
    [{ SLURM_MEM_PER_CPU: '8', SLURM_CPUS_ON_NODE: '4' }, 32],
    [{ SLURM_MEM_PER_NODE: '64', SLURM_MEM_PER_CPU: '8', SLURM_CPUS_ON_NODE: '4' }, 32],
  ])('are at most what a job asked Slurm for: %j', (env, mebibytes) => {
    vi.stubEnv('KRONCUT_MEMORY', '');
    for (const [name, text] of Object.entries(env)) vi.stubEnv(name, text);
    expect(availableMemory(native, 2)).toBe((mebibytes * 2 ** 20) / 2);
  });

  it('are not limited by a job that asked for all, or for no amount', () => {
    vi.stubEnv('KRONCUT_MEMORY', '');
    vi.stubEnv('SLURM_MEM_PER_NODE', '0');
    vi.stubEnv('SLURM_MEM_PER_CPU', '8');
    expect(availableMemory(native, 1)).toBeGreaterThan(2 ** 27);
  });

  it.each(['2 gigs', '-1', '0', 'much'])('are not limited by a KRONCUT_MEMORY of %s', (text) => {
    vi.stubEnv('KRONCUT_MEMORY', text);
    expect(() => availableMemory(native, 1)).toThrow(`KRONCUT_MEMORY=${text} is not a number of bytes`);
  });

  it('are refused with both figures and advice', () => {
    expect(() => requireMemory(10, 10, 'it', 'wait')).not.toThrow();
    try {
      requireMemory(3 * 2 ** 30, 2 ** 20, 'the job', 'use less');
      expect.fail('accepted');
    } catch (error) {
      expect(error).toMatchObject({ code: 'memory', details: { needed: 3 * 2 ** 30, available: 2 ** 20 } });
      expect(String(error)).toContain(
        'the job needs 3.00 GiB of memory on each rank, but 1.00 MiB are available; use less',
      );
    }
  });

  it('include the disk', async () => {
    expect(await availableDisk(tmpdir())).toBeGreaterThan(0);
    await requireDisk(1, tmpdir(), 'a byte');
    const refused = await requireDisk(2 ** 70, tmpdir(), 'the file').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KroncutError);
    expect(refused).toMatchObject({ code: 'disk', exitCode: 4 });
  });
});

describe('units', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.50 KiB'],
    [200 * 2 ** 20, '200 MiB'],
    [2 ** 70, '1024 EiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [5e-5, '50 us'],
    [0.0123, '12 ms'],
    [0.000_999_7, '1.0 ms'],
    [0.0997, '100 ms'],
    [0.5, '500 ms'],
    [0.9998, '1.00 s'],
    [59.97, '1 min 0 s'],
    [1.234, '1.23 s'],
    [95, '1 min 35 s'],
    [7260, '2 h 1 min'],
    [864_000, '10.0 days'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
