import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run, type RunResult } from '../../../src/api/run.js';
import { openSession, type Session } from '../../../src/api/session/session.js';
import { JobBoard } from '../../../src/cluster/job.js';
import { JobCluster } from '../../../src/cluster/jobCluster.js';
import { KroncutError } from '../../../src/error.js';
import { throwIfAborted } from '../../../src/run/context.js';
import { rotatedChain } from '../../support/chains.js';
import { onLocalRanks } from '../../support/localCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-jobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('jobs of several ranks', () => {
  it('are aborted by what another rank says, be it early, or never when it is late', () => {
    const told: [number, string][] = [];
    const board = new JobBoard((job, reason) => told.push([job, reason]));
    const controller = new AbortController();
    const first = board.begin(controller.signal);
    board.hear(2, 1, 'no use');
    expect(first.signal.aborted).toBe(false);
    first.end();
    board.hear(1, 0, 'late');
    expect(first.signal.aborted).toBe(false);
    const second = board.begin(controller.signal);
    expect(second.signal.reason).toMatchObject({ message: 'rank 2 cancelled the job: no use' });
    second.end();
    const third = board.begin(controller.signal);
    controller.abort(new Error('enough'));
    expect(third.signal.reason).toBe(controller.signal.reason);
    // Ended jobs are no news.
    expect(told).toEqual([[2, 'enough']]);
  });

  it('end at the same call on all ranks, which can still tidy up together', async () => {
    const seen = await onLocalRanks(
      3,
      async (ranks) => {
        const controller = new AbortController();
        const job = ranks.beginJob(controller.signal);
        const cluster = new JobCluster(ranks, job.signal);
        const calls: string[] = [];
        try {
          for (let step = 0; step < 5; step += 1) {
            await cluster.agree(() => calls.push(`agree ${step}`));
            if (step === 2 && cluster.rank === 1) controller.abort('rank 1 has enough');
            await cluster.onRoot(() => calls.push(`root ${step}`));
          }
        } catch (error) {
          calls.push(error instanceof KroncutError ? error.code : String(error));
        } finally {
          calls.push(
            `tidy ${await cluster.agree(async () => (await cluster.gather(cluster.rank)).join(''))}`,
          );
        }
        return calls;
      },
      { news: false },
    );
    const before = ['agree 0', 'agree 1', 'agree 2'];
    for (const calls of seen) {
      expect(calls.filter((call) => call.startsWith('agree')).slice(0, 3)).toEqual(before);
      expect(calls.slice(-2)).toEqual(['cancelled', 'tidy 012']);
    }
  });

  it('stop computing on every rank at once, where ranks hear of one another', async () => {
    const errors = await onLocalRanks(2, async (ranks) => {
      const session = await openSession({ cluster: ranks, device: 'cpu', threads: 1 });
      const controller = new AbortController();
      if (ranks.rank === 1) setTimeout(() => controller.abort(new Error('enough')), 20);
      return session
        .job({ signal: controller.signal }, (context) =>
          // Only the root works, and only another rank's signal ends that.
          context.cluster.onRoot(async () => {
            for (;;) {
              throwIfAborted(context.signal);
              await new Promise((resolve) => setTimeout(resolve, 1));
            }
          }),
        )
        .catch((error: unknown) => error);
    });
    expect(errors[0]).toMatchObject({ code: 'cancelled', cause: { message: /rank 1 .*enough/ } });
    expect(errors[1]).toMatchObject({ code: 'cancelled', cause: { message: 'enough' } });
  });
});

const qasm = rotatedChain(8);

async function answer(session: Session, name: string, signal?: AbortSignal, onProgress?: () => void) {
  const directory = join(folder, name);
  const asked = {
    labels: 'AAAABBBB',
    full: true,
    top: 3,
    expect: 'ZZZZZZZZ + 0.5*XIIIIIII',
    samples: 5,
    bins: 2,
  };
  return run({ text: qasm }, { session, directory, ...asked, verify: false, signal, onProgress });
}

const told = ({ top, expect: value, full }: RunResult): unknown => ({ top, value, full });

describe('a run that one rank cancels', () => {
  it.each([0, 2])('ends on all, wherever rank %i is, and the session goes on', async (canceller) => {
    const reference = await onLocalRanks(3, async (cluster) => {
      const session = await openSession({ cluster, device: 'cpu', threads: 1 });
      return told(await answer(session, `reference-${canceller}`));
    });
    for (const news of [true, false]) {
      // Progress is reported at every stage: so many reports on, the rank has enough.
      for (const reports of [1, 6]) {
        const name = `cancelled-${canceller}-${news}-${reports}`;
        const found = await onLocalRanks(
          3,
          async (cluster) => {
            const session = await openSession({ cluster, device: 'cpu', threads: 1 });
            const controller = new AbortController();
            let count = 0;
            const onProgress = (): void => {
              count += 1;
              if (count === reports && cluster.rank === canceller) controller.abort(new Error('enough'));
            };
            const first = await answer(session, name, controller.signal, onProgress).then(
              () => 'done',
              (error: unknown) => (error instanceof KroncutError ? error.code : String(error)),
            );
            return { first, second: told(await answer(session, name)) };
          },
          { news },
        );
        const [{ first } = { first: '' }] = found;
        expect(reports === 1 ? ['cancelled'] : ['done', 'cancelled']).toContain(first);
        expect(found.map((rank) => rank.first)).toEqual([first, first, first]);
        expect(found.map(({ second }) => second)).toEqual(reference);
      }
    }
  });
});
