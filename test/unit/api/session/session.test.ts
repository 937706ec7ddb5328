import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withContext } from '../../../../src/api/context.js';
import { cut } from '../../../../src/api/cut.js';
import { info } from '../../../../src/api/info.js';
import { run } from '../../../../src/api/run.js';
import { chooseDevice, openSession } from '../../../../src/api/session/session.js';
import { SingleCluster } from '../../../../src/cluster/singleCluster.js';
import { KroncutError } from '../../../../src/error.js';

const device = (name: string) => ({ name, identity: name, description: '', totalBytes: 1, freeBytes: 1 });
const machine = (...names: string[]) => ({
  devices: () => ['cpu', ...names].map(device),
  cudaUnavailableReason: () => 'no driver',
});

const QASM =
  'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-session-'));
const THEIRS = new Error('of the caller');
const fail = (): never => {
  throw THEIRS;
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the device of a rank', () => {
  it('is a CUDA device where there is one, in turn for the ranks of a node', () => {
    const two = machine('cuda:0', 'cuda:1');
    expect([0, 1, 2, 3].map((rank) => chooseDevice(two, 'auto', rank).name)).toEqual([
      'cuda:0',
      'cuda:1',
      'cuda:0',
      'cuda:1',
    ]);
    expect(chooseDevice(two, 'cuda', 1).name).toBe('cuda:1');
    expect(chooseDevice(two, 'cpu', 1).name).toBe('cpu');
  });

  it('is the CPU otherwise, or an error with the reason where CUDA was asked for', () => {
    expect(chooseDevice(machine(), 'auto', 0).name).toBe('cpu');
    expect(() => chooseDevice(machine(), 'cuda', 0)).toThrow(/no driver/);
  });
});

describe('a session', () => {
  it('takes the options of the caller and refuses a number of threads that is none', async () => {
    const cluster = new SingleCluster();
    const session = await openSession({ cluster, threads: 3, device: 'cpu' });
    expect(session).toMatchObject({ cluster, threads: 3, device: 'cpu', deviceGroup: { rank: 0, size: 1 } });
    await session.job({}, async (context) => {
      expect(context).toMatchObject({ threads: 3, device: 'cpu' });
      expect(context.cluster).toMatchObject({ rank: 0, size: 1 });
    });
    await expect(openSession({ cluster, threads: 0.5 })).rejects.toMatchObject({ code: 'usage' });
    const unknown = JSON.parse('{ "device": "tpu" }');
    await expect(openSession({ cluster, ...unknown })).rejects.toThrow(
      /^device: one of auto, cpu, cuda is needed, not 'tpu'/,
    );
  });

  it.each([
    ['onProgress', 'at once', { onProgress: () => fail() }],
    ['onProgress', 'later', { onProgress: async () => fail() }],
    ['onWarning', 'at once', { onWarning: () => fail() }],
  ])('rejects with what %s throws %s, as it was', async (_name, _when, options) => {
    const text = `${QASM}gphase(3/2) ;\n`
      .replace('2.0', '3.0')
      .replace('qelib1', 'stdgates')
      .replace('qreg q[4]', 'qubit[4] q');
    const running = run({ text }, { maxWidth: 3, marginal: [0], cluster: new SingleCluster(), ...options });
    await expect(running).rejects.toBe(THEIRS);
  });

  it('works beside another one with other options', async () => {
    const one = await openSession({ threads: 1, device: 'cpu' });
    const two = await openSession({ threads: 2, device: 'cpu' });
    const of = (session: typeof one, name: string) =>
      run({ text: QASM }, { session, directory: join(folder, name), maxWidth: 3, top: 2, verify: false });
    const [first, second] = await Promise.all([of(one, 'one'), of(two, 'two')]);
    expect(first.top).toEqual(second.top);
    expect(first.top?.outcomes.map(({ bits }) => bits)).toEqual(['0000', '1111']);
    expect((await info({ session: one })).ranks[0]?.threads).toBe(1);
    expect((await info({ session: two })).ranks[0]?.threads).toBe(2);
    await one.close();
    expect((await info({ session: two })).ranks).toHaveLength(1);
    await two.close();
  });

  it('waits for its jobs when it is closed, closes twice, and takes no job afterwards', async () => {
    const session = await openSession({ device: 'cpu' });
    const order: string[] = [];
    const working = session.job({}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('done');
    });
    await session.close();
    order.push('closed');
    await working;
    expect(order).toEqual(['done', 'closed']);
    await session.close();
    await session[Symbol.asyncDispose]();
    await expect(info({ session })).rejects.toThrow(KroncutError);
    await expect(info({ session })).rejects.toThrow(/^the session is closed; open another one with/);
    await expect(info({ session })).rejects.toMatchObject({ code: 'usage' });
  });

  it('does the calls that were made before it is closed, and hears one signal for many of them', async () => {
    const session = await openSession({ device: 'cpu' });
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    const text = 'include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0],q[1];';
    const calls = Array.from({ length: 15 }, () => run({ text }, { session, signal, top: 1 }));
    await session.close();
    expect((await Promise.all(calls)).map(({ top }) => top?.outcomes.length)).toEqual(
      Array.from({ length: 15 }, () => 1),
    );
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('decides on ranks, threads and device of its jobs', async () => {
    const session = await openSession({ device: 'cpu' });
    for (const given of [{ threads: 1 }, { device: 'cpu' }, { cluster: new SingleCluster() }] as const) {
      const [name = ''] = Object.keys(given);
      await expect(info({ session, ...given })).rejects.toThrow(`${name} is the session's`);
    }
  });
});

describe('the signal of a job', () => {
  it('that is aborted already refuses before anything is touched, with its reason as the cause', async () => {
    const directory = join(folder, 'untouched');
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(cut({ text: QASM }, { directory, maxWidth: 3, signal })).rejects.toMatchObject({
      code: 'cancelled',
      cause: reason,
    });
    expect(existsSync(directory)).toBe(false);
  });

  it('ends that job alone: the next one in the session is done', async () => {
    const session = await openSession({ device: 'cpu' });
    const controller = new AbortController();
    const reason = { by: 'test' };
    const cancelled = run(
      { text: QASM },
      {
        session,
        directory: join(folder, 'twice'),
        maxWidth: 3,
        top: 2,
        verify: false,
        signal: controller.signal,
        onProgress: ({ stage }) => {
          if (stage === 'evaluate') controller.abort(reason);
        },
      },
    );
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled', cause: reason });
    const options = { session, directory: join(folder, 'twice'), maxWidth: 3, top: 2, verify: false };
    const again = await run({ text: QASM }, options);
    expect(again.top?.outcomes.map(({ bits }) => bits)).toEqual(['0000', '1111']);
    await session.close();
  });

  it('is not heard by a job that has ended', async () => {
    const controller = new AbortController();
    const signal = await withContext({ signal: controller.signal }, async (context) => context.signal);
    expect(signal?.aborted).toBe(false);
  });
});
