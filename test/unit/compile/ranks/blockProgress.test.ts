import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import { BlockProgress } from '../../../../src/compile/ranks/blockProgress.js';
import type { BlockTask } from '../../../../src/compile/ranks/blockTasks.js';
import { boundFromAngle, distanceAngle } from '../../../../src/compile/gates/unitary.js';
import type { Progress } from '../../../../src/run/context.js';
import { testContext } from '../../../support/context.js';
import { onLocalRanks } from '../../../support/localCluster.js';

const gates = [gateOf('u3', [0], 1, 2, 3), gateOf('cx', [0, 1]), gateOf('u3', [1], 1, 2, 3)];
const need = { fixed: 1, thread: 1, device: 0, tasks: 1 };
const task = (key: string, work: number): BlockTask => ({ key, block: { qubits: 2, gates }, work, need });

describe('progress over all ranks', () => {
  it('sums what each rank has finished, and what it is at', async () => {
    const tasks = [task('a', 6), task('b', 3), task('c', 1)];
    const [a, b, c] = tasks;
    if (a === undefined || b === undefined || c === undefined) throw new Error('three tasks');
    const seen = await onLocalRanks(2, async (cluster) => {
      const reports: Progress[] = [];
      const context = testContext({ onProgress: (report) => reports.push(report) }, cluster);
      const found = { gates, distance: 1e-9 };
      const progress = await BlockProgress.open(context, tasks, [found]);
      if (cluster.isRoot) progress.step('a', { share: 0.5, removed: 2 });
      else await progress.finished(b, { gates: gates.slice(0, 2), distance: 4e-9 });
      await cluster.barrier();
      if (cluster.isRoot) await progress.finished(a, { gates: [], distance: 0 });
      await cluster.barrier();
      if (!cluster.isRoot) await progress.finished(c, { gates, distance: 0 });
      await cluster.barrier();
      await progress.close(true);
      return reports;
    });
    const [root = [], other = []] = seen;
    expect(root.map(({ done, total }) => [done, total])).toEqual([
      [3, 10],
      [9, 10],
      [10, 10],
    ]);
    expect(other.map(({ done }) => done)).toEqual([3, 10]);
    const notes = root.map(({ note = '' }) => note.replace(/, about .* left$/, ''));
    // Errors add as angles: 1e-9 from before and 4e-9 make 9e-9.
    expect(boundFromAngle(distanceAngle(1e-9) + distanceAngle(4e-9))).toBeCloseTo(9e-9, 12);
    expect(notes).toEqual([
      '1/4 blocks, 2 gates removed, error 1.0e-9',
      '3/4 blocks, 4 gates removed, error 9.0e-9',
      '4/4 blocks, 4 gates removed, error 9.0e-9',
    ]);
  });
});
