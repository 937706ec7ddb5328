import { describe, expect, it } from 'vitest';
import { SingleCluster } from '../../../src/cluster/singleCluster.js';
import { KroncutError } from '../../../src/error.js';

describe('SingleCluster', () => {
  it('hands out every task once, per counter', async () => {
    const cluster = new SingleCluster();
    const first = await cluster.taskCounter();
    const second = await cluster.taskCounter();
    expect([await cluster.nextTask(first), await cluster.nextTask(first)]).toEqual([0, 1]);
    expect(await cluster.nextTask(second)).toBe(0);
    expect([await cluster.count(first, -5), await cluster.count(first, 0)]).toEqual([2, -3]);
    await expect(cluster.nextTask(7)).rejects.toThrow('there is no task counter 7');
  });

  it('answers collectives with its own values', async () => {
    const cluster = new SingleCluster('slurm');
    expect(await cluster.broadcast({ a: [1] })).toEqual({ a: [1] });
    expect(await cluster.gather('x')).toEqual(['x']);
    const values = Float64Array.of(1, 2);
    const reduced = await cluster.reduce(values);
    expect(reduced).toEqual(values);
    expect(reduced).not.toBe(values);
    expect(cluster.launcher).toBe('slurm');
  });

  it('throws KroncutErrors as they are and others as internal ones', async () => {
    const cluster = new SingleCluster();
    const error = new KroncutError('disk', 'no space');
    await expect(
      cluster.onRoot(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(cluster.agree(() => Promise.reject(new Error('odd')))).rejects.toMatchObject({
      code: 'internal',
      message: 'odd',
    });
  });
});
