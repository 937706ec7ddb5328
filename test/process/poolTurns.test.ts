/** Whose job comes next in a pool, and which ones wait for more time. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/index.js';
import type { JobDetail } from '../../src/pool/protocol/work.js';
import { DEFAULT_RATES, REFERENCE_THREADS } from '../../src/run/resources/rates.js';
import { PoolFolder, until } from '../support/poolFolder.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

const GHZ = { command: 'generate', family: 'ghz', options: { qubits: 3 } } as const;

/** When the first attempt of a job began. */
function beginning({ history }: JobDetail): string {
  const [time = ''] = (history.find((line) => line.includes('attempt 1 began')) ?? '').split(' ');
  return time;
}

describe('turns', () => {
  it('come to a client with one job before the next job of one with many', async () => {
    await at.serve();
    at.circuit('long.qasm', 1, 25);
    const [crowd, single] = [await connect(at.pool), await connect(at.pool)];
    const circuit = join(at.folder, 'long.qasm');
    const options = { directory: join(at.folder, 'long'), maxWidth: 13, timeLimit: 60 };
    await crowd.submit({ command: 'cut', circuit, options }, { id: 'long' });
    await until(async () => (await crowd.job('long')).state === 'running');
    const many = Array.from({ length: 40 }, (_, i) => `many${i}`);
    for (const id of many) await crowd.submit(GHZ, { id });
    await single.submit(GHZ, { id: 'one' });
    expect((await single.job('one')).history.at(-1)).toBe('waits for a team: 1 of 1 are at work');
    expect((await crowd.job('many30')).history.at(-1)).toBe(
      'waits for 30 jobs of its client and a job of other clients before it in the queue',
    );
    await crowd.cancel('long');
    await until(async () =>
      (await crowd.jobs()).every(({ state }) => state !== 'queued' && state !== 'running'),
    );
    const one = beginning(await single.job('one'));
    const begun = await Promise.all(many.map(async (id) => beginning(await crowd.job(id))));
    expect(begun.every((time) => time >= one)).toBe(true);
    expect(begun).toEqual(begun.toSorted());
    const { stdout } = await at.jobs();
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^ {2}id +state +attempts {2}exit {2}command$/),
      '  long    cancelled         1   130  cut',
      '  many0   done              1     0  generate',
    ]);
  });
});

/** Stand-ins for srun, which starts the program, and for squeue, which says what is left of ten minutes. */
function pretendSlurm(left: string): Record<string, string> {
  const folder = join(at.folder, 'slurm');
  mkdirSync(folder, { recursive: true });
  const program = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program('srun', 'while [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"');
  program('squeue', `case "$*" in *%L*) echo ${left} ;; *%l*) echo 10:00 ;; *) exit 1 ;; esac`);
  return { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, SLURM_JOB_ID: '7' };
}

describe('the time of an allocation', () => {
  it('is kept for jobs that fit; others wait for the next one, and say so', async () => {
    at.circuit('a.qasm', 1);
    const rates = join(at.folder, 'rates.json');
    // As on a machine where a subcircuit takes twenty seconds whatever it is.
    writeFileSync(
      rates,
      JSON.stringify({ threads: REFERENCE_THREADS, rates: { ...DEFAULT_RATES, task: 20 } }),
    );
    const late = { ...pretendSlurm('1:00'), KRONCUT_RATES: rates };
    const { child, ended } = await at.serve(['--idle-timeout', '10'], late);
    const first = await connect(at.pool);
    const options = { directory: join(at.folder, 'out'), labels: '000011111', top: 3 };
    await first.submit({ command: 'run', circuit: join(at.folder, 'a.qasm'), options }, { id: 'long' });
    await first.perform(GHZ);
    await until(async () => (await first.job('long')).history.join('\n').includes('postponed'));
    const { state, history } = await first.job('long');
    expect(state).toBe('queued');
    expect(history.at(-2)).toMatch(
      /attempt 1 postponed: it is predicted to take .*, with a margin 1 min \d+ s, and the allocation has [\d.]+ m?s left/,
    );
    expect(history.at(-1)).toMatch(/^waits for an allocation with more time: it is predicted to take/);
    // What waits for another allocation does not keep this one.
    expect(await ended).toEqual({ status: 0, stderr: '' });
    expect(child.exitCode).toBe(0);

    await at.serve([], { ...pretendSlurm('9:00'), KRONCUT_RATES: rates });
    const client = await connect(at.pool);
    await until(async () => (await client.job('long')).state === 'done');
    expect((await client.job('long')).attempts).toBe(2);
  });
});
