import { describe, expect, test } from 'vitest';
import { rootWithHelpers } from '../../../src/cluster/rootWithHelpers.js';
import { KroncutError } from '../../../src/error.js';
import { onLocalRanks } from '../../support/localCluster.js';

describe('work that the root directs', () => {
  test.each([1, 2, 4])('%d ranks all do the jobs, and all have the result', async (ranks) => {
    const results = await onLocalRanks(ranks, (cluster) =>
      rootWithHelpers(
        cluster,
        async (job: number) => {
          if (job === 7 && cluster.rank === ranks - 1) throw new Error('no help');
          return job * 10 + cluster.rank;
        },
        async (ask) => [await ask(1), await ask(7), await ask(2)],
      ),
    );
    const each = (job: number): number[] => Array.from({ length: ranks }, (_, rank) => job * 10 + rank);
    expect(results).toHaveLength(ranks);
    for (const [first, failed, last] of results) {
      expect(first).toEqual(each(1));
      expect(failed?.slice(0, -1)).toEqual(each(7).slice(0, -1));
      expect(failed?.at(-1) ?? undefined).toBeUndefined();
      expect(last).toEqual(each(2));
    }
  });

  test('an error of the root is that of all ranks', async () => {
    const failing = onLocalRanks(3, (cluster) =>
      rootWithHelpers(
        cluster,
        async (job: number) => job,
        async (ask) => {
          await ask(1);
          throw new KroncutError('infeasible', 'nothing fits');
        },
      ),
    );
    await expect(failing).rejects.toThrow(/nothing fits/);
  });
});
