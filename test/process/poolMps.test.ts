/** A pool whose ranks share GPUs: how many there are, and the Multi-Process Service beside them, by a stand-in. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/index.js';
import { PoolFolder, until } from '../support/poolFolder.js';
import { pretendMps } from '../support/pretendMps.js';
import { requireOrSkip } from '../support/requirements.js';

let at: PoolFolder;
beforeEach(() => {
  at = new PoolFolder();
});
afterEach(() => at.remove());

const GHZ = { command: 'generate', family: 'ghz', options: { qubits: 3 } } as const;

function isKeeper(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('"mps"');
}

/** Processes of the pool, by what they are. */
function processesOf(pool: PoolFolder): { readonly keepers: number[]; readonly teams: number[] } {
  const pids = pool.teamProcesses();
  return { keepers: pids.filter(isKeeper), teams: pids.filter((pid) => !isKeeper(pid)) };
}

describe('the Multi-Process Service of a pool', () => {
  it('is started in a folder of its own, ends clients before they are killed, and ends with the pool', async () => {
    const mps = pretendMps(join(at.folder, 'mps'));
    const { child, ended } = await at.serve(['--mps'], mps.env);
    const [start = ''] = mps.said();
    const folder = /^start 700 (.*)\/pipe$/.exec(start)?.[1] ?? '';
    expect(existsSync(folder)).toBe(true);
    const connection = await connect(at.pool);
    await connection.perform(GHZ);
    const { keepers, teams } = processesOf(at);
    expect([keepers.length, teams.length]).toEqual([1, 1]);
    const [team = 0] = teams;
    // Of the clients that the service has, one is of this pool's team.
    mps.setClients([team, ...keepers]);
    process.kill(team, 'SIGKILL');
    await until(() => mps.said().includes(`terminate_client 77 ${team}`));
    expect(mps.said().filter((line) => line.startsWith('terminate_client'))).toEqual([
      `terminate_client 77 ${team}`,
    ]);
    await connection.perform(GHZ);
    mps.setClients([]);
    child.kill('SIGTERM');
    expect((await ended).status).toBe(143);
    expect(mps.said().slice(-2)).toEqual(['quit -t 5', 'end']);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends by itself on a signal, and when it dies, the pool says so and ends', async () => {
    const mps = pretendMps(join(at.folder, 'mps'));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const { ended } = await at.serve(['--mps'], mps.env);
      await (await connect(at.pool)).perform(GHZ);
      for (const pid of processesOf(at).keepers) process.kill(pid, signal);
      expect(await ended).toMatchObject({
        status: 5,
        stderr: expect.stringContaining('the Multi-Process Service is not there on all nodes'),
      });
    }
    expect(mps.said().filter((line) => line === 'end')).toHaveLength(1);
    const { ended } = await at.serve(['--mps'], mps.env);
    const pipe =
      mps
        .said()
        .findLast((line) => line.startsWith('start'))
        ?.split(' ')
        .at(-1) ?? '';
    writeFileSync(join(pipe, 'quit'), '');
    expect(await ended).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('nvidia-cuda-mps-control has ended by itself'),
    });
  });

  it('needs its control program', async () => {
    const failed = await at.run(['serve', '--force', '--pool', at.pool, '--mps']);
    expect(failed).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no program nvidia-cuda-mps-control here'),
    });
  });
});

describe('ranks for each GPU', () => {
  it('are as many as are asked for, and info shows them', async (context) => {
    requireOrSkip(context, 'mpi');
    const env = { CUDA_VISIBLE_DEVICES: '0,1' };
    await at.serve(['--workers-per-gpu', '2', '--device', 'cpu'], env);
    const connection = await connect(at.pool);
    const { ranks } = await connection.perform({ command: 'info', options: {} });
    expect(ranks.map(({ rank, node, device, deviceRanks }) => [rank, node, device, deviceRanks])).toEqual(
      [0, 1, 2, 3].map((rank) => [rank, 0, 'cpu', 4]),
    );
  });

  it('need GPUs', async () => {
    const failed = await at.run(['serve', '--force', '--pool', at.pool, '--workers-per-gpu', 'auto']);
    expect(failed).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no GPU here') });
    const both = await at.run(['serve', '--workers-per-gpu', '2', '--ranks', '2']);
    expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be used with') });
  });
});
