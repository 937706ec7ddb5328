import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, LOCK_FILE } from '../../../src/run/lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-lock-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function writeLock(owner: object): Promise<void> {
  await writeFile(join(folder, LOCK_FILE), JSON.stringify({ started: '', since: 'yesterday', ...owner }));
}

describe('the lock of a run directory', () => {
  it('keeps a second process out until it is released', async () => {
    const lock = await acquireLock(folder);
    await expect(acquireLock(folder)).rejects.toThrow(`in use by process ${process.pid}`);
    lock.release();
    expect(existsSync(lock.file)).toBe(false);
    (await acquireLock(folder)).release();
  });

  it('takes over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const { pid } = child;
    await once(child, 'exit');
    await writeLock({ pid, host: hostname() });
    const lock = await acquireLock(folder);
    expect(existsSync(lock.file)).toBe(true);
    lock.release();
  });

  it('takes over where the process number belongs to another process now', async () => {
    await writeLock({ pid: process.pid, host: hostname(), started: '1' });
    (await acquireLock(folder)).release();
  });

  it('lets one of several processes take over', async () => {
    await writeLock({ pid: 2 ** 22 + 1, host: hostname() });
    const tries = await Promise.allSettled([acquireLock(folder), acquireLock(folder), acquireLock(folder)]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tries) if (one.status === 'fulfilled') one.value.release();
  });

  it('takes over from an earlier start of the same Slurm job on another host, and from no other job', async () => {
    const job = { id: '17', restarts: 0 };
    for (const [id, restarts] of [
      ['17', undefined],
      ['18', '1'],
      ['', '1'],
    ] as const) {
      vi.stubEnv('SLURM_JOB_ID', id);
      vi.stubEnv('SLURM_RESTART_COUNT', restarts);
      await writeLock({ pid: 1, host: 'elsewhere', job });
      await expect(acquireLock(folder)).rejects.toThrow('on elsewhere');
    }
    vi.stubEnv('SLURM_JOB_ID', '17');
    vi.stubEnv('SLURM_RESTART_COUNT', '1');
    const lock = await acquireLock(folder);
    expect(JSON.parse(await readFile(lock.file, 'utf8'))).toMatchObject({ job: { id: '17', restarts: 1 } });
    lock.release();
  });

  it('names the file where another host may hold it, or it cannot be read', async () => {
    await writeLock({ pid: 1, host: 'elsewhere' });
    await expect(acquireLock(folder)).rejects.toThrow(/lock\.json: .* process 1 on elsewhere/);
    await writeFile(join(folder, LOCK_FILE), 'nonsense');
    await expect(acquireLock(folder)).rejects.toThrow(/lock\.json is not a lock/);
  });
});
