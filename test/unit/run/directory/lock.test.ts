import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, LOCK_FILE } from '../../../../src/run/directory/lock.js';

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

  it('names the file where a lock without a sign of life is of another host, or it cannot be read', async () => {
    await writeLock({ pid: 1, host: 'elsewhere' });
    await expect(acquireLock(folder)).rejects.toThrow(/lock\.json: .* process 1 on elsewhere/);
    for (const text of ['nonsense', '']) {
      await writeFile(join(folder, LOCK_FILE), text);
      await expect(acquireLock(folder, { lookMs: 1 })).rejects.toThrow(/lock\.json is not a lock/);
    }
  });

  it('is one of its own for each owner', async () => {
    const one = await acquireLock(folder);
    await one.requireHeld();
    await rm(one.file);
    await expect(one.requireHeld()).rejects.toThrow(/lock\.json is gone/);
    const other = await acquireLock(folder);
    await expect(one.requireHeld()).rejects.toThrow(`that of process ${process.pid}`);
    one.release();
    await other.requireHeld();
    other.release();
  });

  it('waits until a turn of taking over is done, and takes one that was left behind, whatever its date', async () => {
    await writeLock({ pid: 2 ** 22 + 1, host: hostname() });
    const turn = join(folder, `${LOCK_FILE}.takeover`);
    await writeFile(turn, '');
    await utimes(turn, 4e9, 4e9);
    (await acquireLock(folder, { lookMs: 1 })).release();
    expect(await readdir(folder)).toEqual([]);
  });
});

/** A process that this one cannot see, though the host has the same name. */
const UNSEEN = { id: 'theirs', pid: process.pid, host: hostname(), boot: 'another start', beat: '000000000' };

describe('the lock of a process that cannot be seen', () => {
  it('is in use while it gives signs of life, and taken over without', async () => {
    await writeLock(UNSEEN);
    const said: string[] = [];
    const onWait = (sentence: string): void => {
      said.push(sentence);
      void writeLock({ ...UNSEEN, beat: '000000001' });
    };
    await expect(acquireLock(folder, { lookMs: 20, onWait })).rejects.toThrow(
      `in use by process ${process.pid} on ${hostname()}`,
    );
    expect(said).toEqual([expect.stringContaining('taken for dead after 1.2 s without a sign of life')]);
    (await acquireLock(folder, { lookMs: 1, onWait: () => {} })).release();
  });

  it.skipIf(!existsSync('/proc/self/ns/pid'))('is told apart by the name space of its number', async () => {
    const lock = await acquireLock(folder);
    const own: object = JSON.parse(await readFile(lock.file, 'utf8'));
    await writeFile(lock.file, JSON.stringify({ ...own, id: 'theirs', pidNamespace: 'pid:[1]' }));
    const onWait = vi.fn();
    (await acquireLock(folder, { lookMs: 1, onWait })).release();
    expect(onWait).toHaveBeenCalledTimes(1);
    lock.release();
  });

  it('shows a sign of life of this process', async () => {
    const lock = await acquireLock(folder, { beatMs: 1 });
    const first = await readFile(lock.file, 'utf8');
    await expect.poll(() => readFile(lock.file, 'utf8')).not.toBe(first);
    expect(await readFile(lock.file, 'utf8')).toHaveLength(first.length);
    await lock.requireHeld();
    lock.release();
  });

  it('may be waited for no longer than the signal allows', async () => {
    await writeLock(UNSEEN);
    const controller = new AbortController();
    const onWait = (): void => controller.abort();
    await expect(acquireLock(folder, { signal: controller.signal, onWait })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('is taken over at once where Slurm says that its job has ended', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const answer = async (state: string, restarts: number): Promise<void> => {
      const config = "echo 'ClusterName             = alpha'";
      const job = `echo 'JobId=170 JobState=COMPLETED Restarts=9'; echo 'JobId=17 ArrayJobId=17 JobState=${state} Restarts=${restarts} Reason=None'`;
      const script = `#!/bin/sh\ncase "$*" in 'show config') ${config};; '--oneliner show job 17') ${job};; *) exit 1;; esac\n`;
      await writeFile(join(bin, 'scontrol'), script, { mode: 0o755 });
    };
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    const asked = async (job: object): Promise<boolean> => {
      await writeLock({ ...UNSEEN, job });
      const onWait = vi.fn();
      (await acquireLock(folder, { lookMs: 1, onWait })).release();
      return onWait.mock.calls.length === 0;
    };
    const job = { id: '17', restarts: 0, cluster: 'alpha' };
    await answer('NODE_FAIL', 0);
    expect(await asked(job)).toBe(true);
    expect(await asked({ ...job, cluster: 'beta' })).toBe(false);
    expect(await asked({ ...job, id: '18' })).toBe(false);
    await answer('RUNNING', 0);
    expect(await asked(job)).toBe(false);
    await answer('RUNNING', 1);
    expect(await asked(job)).toBe(true);
    await rm(bin, { recursive: true });
    expect(await asked(job)).toBe(false);
  });
});
