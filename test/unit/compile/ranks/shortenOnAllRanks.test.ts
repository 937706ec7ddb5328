import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import type { Cluster } from '../../../../src/cluster/cluster.js';
import { blockTasks, countTogether } from '../../../../src/compile/ranks/blockTasks.js';
import type { BlockOptions, CompiledBlock, LocalBlock } from '../../../../src/compile/block/block.js';
import { compileAllBlocks } from '../../../../src/compile/ranks/compileAllBlocks.js';
import { shortenOnAllRanks, listShares } from '../../../../src/compile/ranks/shortenOnAllRanks.js';
import { FirstSuccess } from '../../../../src/compile/ranks/firstSuccess.js';
import { RequestBoard } from '../../../../src/compile/ranks/requestBoard.js';
import { KroncutError } from '../../../../src/error.js';
import { loadAddon } from '../../../../src/native/load.js';
import { testContext } from '../../../support/context.js';
import { onLocalRanks } from '../../../support/localCluster.js';

const OPTIONS: BlockOptions = {
  threshold: 1e-8,
  multistarts: 2,
  scan: 'weight',
  pairs: true,
  stage: 'shorten',
  synthesis: 'off',
  method: 'auto',
  seed: 3,
};

/** Gates on random pairs of qubits, with a part that is done and undone in their middle. */
function wasteful(seed: number, qubits: number, cx: number): LocalBlock {
  const random = new Random(seed, 'together');
  const part = (): Gate[] => {
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (_, q) => q));
    return [gateOf('u', [a], random.angle(), random.angle(), random.angle()), gateOf('cx', [a, b])];
  };
  const parts = (count: number): Gate[] => Array.from({ length: count }, part).flat();
  const waste = parts(2);
  const undone = waste.toReversed().map((gate) => {
    const [theta = 0, phi = 0, lambda = 0] = gate.params;
    return gate.name === 'cx' ? gate : gateOf('u', gate.qubits, -theta, -lambda, -phi);
  });
  return { qubits, gates: [...parts(cx), ...waste, gateOf('rz', [0], 1e-9), ...undone, ...parts(cx)] };
}

async function together(
  ranks: number,
  blocks: readonly LocalBlock[],
  threads = 2,
): Promise<{ readonly results: Map<string, CompiledBlock>; readonly steps: number }> {
  const results = new Map<string, CompiledBlock>();
  let steps = 0;
  await onLocalRanks(ranks, async (cluster) => {
    const context = testContext({ threads }, cluster);
    const { tasks } = blockTasks(blocks, context, OPTIONS, 'test');
    await shortenOnAllRanks(context, {
      tasks,
      options: OPTIONS,
      onFinished: async ({ key }, compiled) => {
        expect(cluster.isRoot).toBe(true);
        results.set(key, compiled);
      },
      onStep: () => {
        steps += 1;
      },
    });
  });
  return { results, steps };
}

const blocks = [wasteful(1, 3, 3), wasteful(2, 4, 2), wasteful(3, 3, 2)];

/** Compiles where the optimiser of rank 1 has no memory. */
function failing(cluster: Cluster): Promise<void> {
  const { addon } = loadAddon();
  const native = {
    ...addon,
    instantiateMany: (): Promise<never> => Promise.reject(new KroncutError('memory', 'no room')),
  };
  const context = testContext(cluster.rank === 1 ? { native } : {}, cluster);
  const { tasks } = blockTasks(blocks, context, OPTIONS, 'test');
  return shortenOnAllRanks(context, {
    tasks,
    options: OPTIONS,
    onFinished: () => Promise.resolve(),
    onStep: () => {},
  });
}

function predicted(...work: readonly number[]): { work: number }[] {
  return work.map((one) => ({ work: 1e9 * one }));
}

function request(templates: number, each: number) {
  return { templates: Array.from({ length: templates }, () => ({ gates: [] })), each };
}

describe('blocks that all ranks compile together', () => {
  it('come out as on one rank, whatever the number of ranks and threads', async () => {
    const context = testContext();
    const alone = await compileAllBlocks(context, {
      blocks,
      options: OPTIONS,
      store: undefined,
      version: 'test',
    });
    const { keys } = blockTasks(blocks, context, OPTIONS, 'test');
    const before = blocks.map(({ gates }) => gates.filter(({ name }) => name === 'cx').length);
    const after = alone.map(({ gates }) => gates.filter(({ name }) => name === 'cx').length);
    for (const [i, count] of after.entries()) expect(count).toBeLessThanOrEqual((before[i] ?? 0) - 4);
    for (const [ranks, threads] of [
      [1, 2],
      [2, 1],
      [3, 3],
    ] as const) {
      const { results, steps } = await together(ranks, blocks, threads);
      expect(keys.map((key) => results.get(key))).toEqual(alone);
      expect(steps).toBeGreaterThan(10);
    }
  });

  it('fail on all ranks with the error of one', async () => {
    await onLocalRanks(2, async (cluster) => {
      await expect(failing(cluster)).rejects.toMatchObject({ code: 'memory', message: 'no room' });
    });
  });

  it('fail on all ranks where the root cannot keep a block', async () => {
    await onLocalRanks(2, async (cluster) => {
      const context = testContext({}, cluster);
      const { tasks } = blockTasks(blocks, context, OPTIONS, 'test');
      const compiling = shortenOnAllRanks(context, {
        tasks,
        options: OPTIONS,
        onFinished: () => Promise.reject(new KroncutError('disk', 'full')),
        onStep: () => {},
      });
      await expect(compiling).rejects.toMatchObject({ code: 'disk', message: 'full' });
    });
  });
});

describe('which blocks are compiled together', () => {
  it('are those that leave the other ranks waiting', () => {
    expect(countTogether(predicted(9, 1, 1), 1)).toBe(0);
    expect(countTogether(predicted(9), 2)).toBe(1);
    expect(countTogether(predicted(5, 5, 5, 5, 5), 2)).toBe(5);
    expect(countTogether(predicted(...Array.from({ length: 40 }, () => 1)), 2)).toBe(0);
    expect(countTogether(predicted(40, ...Array.from({ length: 40 }, () => 1)), 2)).toBe(1);
    // Blocks of milliseconds are not worth it.
    expect(countTogether(predicted(0.01, 0.01), 2)).toBe(0);
    expect(countTogether([], 2)).toBe(0);
  });

  it('and their parts are drawn in turn, each once', () => {
    expect(listShares([request(5, 2), request(2, 1)])).toEqual([
      { request: 0, place: 0 },
      { request: 1, place: 0 },
      { request: 0, place: 1 },
      { request: 1, place: 1 },
      { request: 0, place: 2 },
    ]);
  });
});

describe('the first success', () => {
  it('makes needless what stands behind its group, and nothing before it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (tries, picks) => {
          const order = new FirstSuccess(tries);
          const successes = [...new Set(picks.map((pick) => pick % tries))];
          const sum = successes.reduce((total, index) => total + order.amount(index), 0);
          expect(Number.isSafeInteger(sum)).toBe(true);
          const first = Math.min(...successes);
          for (let index = 0; index < tries; index += 1) {
            if (order.isNeedless(index, sum)) expect(first).toBeLessThan(index);
            // Up to fifty tries have a digit each.
            else if (tries <= 52) expect(first).toBeGreaterThanOrEqual(index);
          }
          if (successes.length > 0 && first < tries / 4 && tries > 4)
            expect(order.isNeedless(tries - 1, sum)).toBe(true);
          // All of them at once do not run over.
          const all = Array.from({ length: tries }, (_, i) => order.amount(i)).reduce((a, b) => a + b, 0);
          expect(Number.isSafeInteger(all)).toBe(true);
        },
      ),
    );
  });
});

describe('a board of requests', () => {
  it('is quiet when all activities wait or have ended', async () => {
    const board = new RequestBoard<number, string>();
    const log: string[] = [];
    const activity = async (number: number, times: number): Promise<void> => {
      board.begin();
      for (let i = 0; i < times; i += 1) log.push(await board.ask(10 * number + i));
      board.end();
    };
    const all = [activity(1, 2), activity(2, 1)];
    await board.quiet();
    expect(board.requests()).toEqual([10, 20]);
    board.answer(String);
    await board.quiet();
    expect(board.requests()).toEqual([11]);
    expect(board.isIdle()).toBe(false);
    board.answer(String);
    await board.quiet();
    expect(board.isIdle()).toBe(true);
    await Promise.all(all);
    expect(log).toEqual(['10', '20', '11']);
  });
});
