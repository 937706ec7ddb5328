import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { perform, performData, type JobCommand, type JobRequestOf } from '../../../src/api/jobs.js';
import { readQasm } from '../../../src/circuit/qasm/readQasm.js';
import { openSession, type Session } from '../../../src/api/session/session.js';
import { onLocalRanks } from '../../support/localCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-jobs-'));
const at = (name: string): string => join(folder, name);
let session: Session;
beforeAll(async () => {
  session = await openSession({ device: 'cpu', threads: 1 });
});
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a request by hand, sends it through JSON, and has it done. */
function done<C extends JobCommand>(request: JobRequestOf<C>, stream?: Writable) {
  const data: unknown = JSON.parse(JSON.stringify(request));
  return performData(data, { session, stream });
}

const TEXT =
  'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n';
const circuit = { text: TEXT, name: 'chain' };

describe('a job', () => {
  it('is done as its request says, stage by stage', async () => {
    expect(
      await done({ command: 'generate', family: 'ghz', options: { qubits: 4 }, output: at('ghz.qasm') }),
    ).toEqual(expect.objectContaining({ qubits: 4, file: at('ghz.qasm') }));
    const directory = at('stages');
    const found = await done({
      command: 'cut',
      circuit: at('ghz.qasm'),
      options: { directory, maxWidth: 3 },
    });
    expect(found).toMatchObject({ reused: false, summary: { width: 2 } });
    const plan = { directory, options: { top: 1, ranks: 100 } };
    expect(await done({ command: 'plan', ...plan })).toMatchObject({ plan: true, ranks: 100 });
    expect(await done({ command: 'evaluate', directory, options: {} })).toMatchObject({ evaluated: 2 });
    const top = await done({ command: 'reconstruct', directory, options: { top: 2 } });
    expect(top).toMatchObject({ top: { outcomes: [{ probability: expect.closeTo(0.5, 12) }, {}] } });
    expect(await done({ command: 'verify', directory, options: {} })).toMatchObject({ passed: true });
    const page = join(directory, 'report.html');
    expect(await done({ command: 'report', directory, options: {} })).toMatchObject({ file: page });
  });

  it('is done in one go, in memory where no directory is named', async () => {
    const answer = await done({
      command: 'run',
      circuit: readQasm(TEXT),
      options: { maxWidth: 3, marginal: [0, 3] },
    });
    expect(answer).toMatchObject({
      marginal: { probabilities: [0.5, 0, 0, 0.5].map((p) => expect.closeTo(p, 12)) },
    });
  });

  it('compiles, cuts what it has compiled, and looks for circuits', async () => {
    const options = { output: at('short.qasm') };
    expect(await done({ command: 'compile', circuit, options })).toMatchObject({
      after: { gates: { cx: 3 } },
    });
    const cut = { directory: at('then'), maxWidth: 3 };
    expect(await done({ command: 'compile', circuit, options, cut })).toMatchObject({
      cut: { before: { width: 2 }, after: { width: 2 } },
    });
    const target = { text: 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncx q[0],q[1];\n' };
    expect(await done({ command: 'synthesize', target, options: {} })).toMatchObject({ twoQubitGates: 1 });
    expect(await done({ command: 'info', options: {} })).toMatchObject({ ranks: [{ threads: 1 }] });
  });

  it('says what it would take, and does nothing', async () => {
    const directory = at('stages');
    const requests = [
      { command: 'run', circuit, options: { directory: at('dry'), maxWidth: 3 } },
      { command: 'cut', circuit, options: { directory: at('dry'), maxWidth: 3 } },
      { command: 'evaluate', directory, options: {} },
      { command: 'reconstruct', directory, options: { top: 1 } },
      { command: 'verify', directory, options: {} },
      { command: 'report', directory, options: {} },
      { command: 'compile', circuit, options: {} },
      { command: 'synthesize', target: circuit, options: {} },
      { command: 'generate', family: 'ghz', options: { qubits: 5 }, output: at('dry') },
    ];
    for (const request of requests) {
      const answer = await performData({ ...request, dryRun: true }, { session });
      expect(answer, request.command).toMatchObject({ dryRun: true, total: { seconds: expect.any(Number) } });
    }
    expect(existsSync(at('dry'))).toBe(false);
  });

  it('sends a distribution to the stream of the one who has it done', async () => {
    const parts: Buffer[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _, callback) {
        parts.push(chunk);
        callback();
      },
    });
    const directory = at('stages');
    await done({ command: 'reconstruct', directory, options: { full: true }, stdout: true }, stream);
    await done({ command: 'reconstruct', directory, options: { full: true } });
    expect(Buffer.concat(parts).equals(readFileSync(join(directory, 'results/full.npy')))).toBe(true);
  });

  it.each([
    ['run', /^request: it has to be an object$/],
    [{ command: 'walk', options: {} }, /^request: command has to be one of run, cut, /],
    [{ command: 'cut', options: {} }, /^request: circuit has to be the name of an OpenQASM file, /],
    [{ command: 'verify', directory: 3, options: {} }, /^request: directory has to be a text$/],
    [{ command: 'info', options: {}, extra: 1 }, /^request: it has a key "extra" that is not known$/],
  ])('is refused in a sentence where it is none: %j', async (data, sentence) => {
    await expect(performData(data, { session })).rejects.toThrow(sentence);
    await expect(performData(data, { session })).rejects.toMatchObject({ code: 'usage' });
  });

  it('is the same for several ranks, and ends on all where one of them cancels it', async () => {
    const found = await onLocalRanks(2, async (cluster) => {
      const own = await openSession({ cluster, device: 'cpu', threads: 1 });
      const controller = new AbortController();
      const cancelled = await perform(
        { command: 'run', circuit, options: { labels: '0011', top: 1 } },
        {
          session: own,
          signal: controller.signal,
          onProgress: ({ stage }) => {
            if (stage === 'reconstruct' && cluster.rank === 1) controller.abort(new Error('enough'));
          },
        },
      ).catch((error: unknown) => error);
      const again = await perform(
        { command: 'run', circuit, options: { labels: '0011', top: 2 } },
        { session: own },
      );
      return { cancelled, again };
    });
    for (const { cancelled, again } of found) {
      expect(cancelled).toMatchObject({
        code: 'cancelled',
        cause: { message: expect.stringMatching(/enough$/) },
      });
      expect(again).toMatchObject({ top: { outcomes: [{}, {}] } });
    }
  });
});
