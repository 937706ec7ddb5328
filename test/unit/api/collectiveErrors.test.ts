import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../../src/api/session/session.js';
import { run } from '../../../src/api/run.js';
import { reconstruct } from '../../../src/api/reconstruct.js';
import { verify } from '../../../src/api/verify.js';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { toKroncutError } from '../../../src/native/invoke.js';
import { onLocalRanks } from '../../support/localCluster.js';

const QASM =
  'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-errors-'));
const directory = join(folder, 'run');

beforeAll(async () => {
  await run({ text: QASM }, { directory, maxWidth: 3, top: 1, device: 'cpu', verify: false });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The errors of two ranks that make the same call. */
async function errorsOf(call: (cluster: Cluster) => Promise<unknown>) {
  return onLocalRanks(2, async (cluster) => {
    try {
      await call(cluster);
      return undefined;
    } catch (error) {
      const { code, message, details } = toKroncutError(error);
      return { code, message, everyRank: details['everyRank'] };
    }
  });
}

describe('a wrong option', () => {
  it.each([
    ['marginal', 'bit 9', { marginal: [9] }],
    ['marginal', 'bit 1 is named twice', { marginal: [1, 1] }],
    ['probability', '4 characters', { probability: ['0101', '011'] }],
    ['top', 'whole number', { top: 0 }],
  ])('of reconstruct is one error of all ranks, before any work: %s, %s', async (option, reason, wrong) => {
    const found = await errorsOf((cluster) =>
      reconstruct(directory, { cluster, device: 'cpu', full: true, ...wrong }),
    );
    for (const error of found) {
      expect(error).toMatchObject({ code: 'usage', everyRank: true });
      expect(error?.message).toContain(option);
      expect(error?.message).toContain(reason);
    }
    expect(existsSync(join(directory, 'results/full.npy'))).toBe(false);
  });

  it('of verify, and of every function, is one error of all ranks', async () => {
    const tolerance = await errorsOf((cluster) =>
      verify(directory, { cluster, device: 'cpu', tolerance: -1 }),
    );
    const nothing = await errorsOf((cluster) => reconstruct(directory, { cluster, device: 'cpu' }));
    const threads = await errorsOf((cluster) => openSession({ cluster, threads: 0 }));
    for (const error of [...tolerance, ...nothing, ...threads]) {
      expect(error).toMatchObject({ code: 'usage', everyRank: true });
    }
  });
});
