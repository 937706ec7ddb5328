import { describe, expect, it } from 'vitest';
import { bestWithin } from '../../../src/compile/withinBudget.js';
import { KroncutError } from '../../../src/error.js';
import type { Context } from '../../../src/run/context.js';
import { testContext } from '../../support/context.js';
import { onLocalRanks } from '../../support/localCluster.js';

const plenty = { seconds: 1e6, qubits: 9 };

/** What sizes of blocks give, in figures; what was asked for is noted. */
function compiler(results: Readonly<Record<number, readonly number[]>>) {
  const asked: number[] = [];
  const compileWith = async (_: Context, blockSize: number) => {
    asked.push(blockSize);
    return { blockSize, figures: results[blockSize] ?? [] };
  };
  return { asked, compileWith };
}

/** Rejects when its signal is aborted, as work of any length does. */
function untilAborted({ signal }: Context): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new KroncutError('cancelled', 'interrupted')));
  });
}

async function slowBeyondThree(context: Context, blockSize: number) {
  return blockSize === 3 ? { blockSize, figures: [7] } : untilAborted(context);
}

function failing(code: 'memory' | 'disk') {
  return async (_: Context, blockSize: number) => {
    if (blockSize > 4) throw new KroncutError(code, 'no room');
    return { blockSize, figures: [9 - blockSize] };
  };
}

describe('blocks of growing size', () => {
  it('are tried up to six qubits, and the best by the first figure that differs is taken', async () => {
    const { asked, compileWith } = compiler({ 3: [9, 5], 4: [7, 9], 5: [7, 8], 6: [8, 1] });
    expect(await bestWithin(testContext(), plenty, compileWith)).toMatchObject({ blockSize: 5 });
    expect(asked).toEqual([3, 4, 5, 6]);
  });

  it('are no larger than the circuit, and the smaller ones win a tie', async () => {
    const { asked, compileWith } = compiler({ 3: [7], 4: [7] });
    const found = await bestWithin(testContext(), { seconds: 1e6, qubits: 4 }, compileWith);
    expect(found.blockSize).toBe(3);
    expect(asked).toEqual([3, 4]);
  });

  it('end with the time, but for the first', async () => {
    const { asked, compileWith } = compiler({ 3: [7] });
    expect(await bestWithin(testContext(), { seconds: 1e-9, qubits: 9 }, compileWith)).toMatchObject({
      blockSize: 3,
    });
    expect(asked).toEqual([3]);
    expect(await bestWithin(testContext(), { seconds: 0.05, qubits: 9 }, slowBeyondThree)).toMatchObject({
      blockSize: 3,
    });
  });

  it('end where they do not fit the memory, and with whatever else goes wrong', async () => {
    expect(await bestWithin(testContext(), plenty, failing('memory'))).toMatchObject({ blockSize: 4 });
    await expect(bestWithin(testContext(), plenty, failing('disk'))).rejects.toThrow('no room');
  });

  it('end with the job that they are a part of', async () => {
    const job = new AbortController();
    const slow = async (context: Context, blockSize: number) => {
      if (blockSize === 3) return { blockSize, figures: [7] };
      setTimeout(() => job.abort(), 10);
      return untilAborted(context);
    };
    const context = { ...testContext(), signal: job.signal };
    await expect(bestWithin(context, plenty, slow)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are the same on all ranks', async () => {
    const found = await onLocalRanks(3, (cluster) => {
      const slow = async (context: Context, blockSize: number) =>
        cluster.agree(() =>
          // The clock of one rank alone has run out.
          blockSize > 4 && cluster.isRoot ? untilAborted(context) : { blockSize, figures: [9 - blockSize] },
        );
      return bestWithin({ ...testContext(), cluster }, { seconds: 0.3, qubits: 9 }, slow);
    });
    expect(found.map(({ blockSize }) => blockSize)).toEqual([4, 4, 4]);
  });
});
