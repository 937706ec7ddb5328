import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import {
  blockMemory,
  largestTask,
  leastMemory,
  rankCapacity,
  requireBlocksFit,
  threadsBeside,
  workersFor,
  type BlockMemory,
  type Capacity,
} from '../../../../src/compile/ranks/blockMemory.js';
import type { LocalBlock } from '../../../../src/compile/block/block.js';
import { WorkerBudget } from '../../../../src/compile/ranks/workerBudget.js';
import { KroncutError } from '../../../../src/error.js';
import { loadAddon } from '../../../../src/native/load.js';
import { testContext } from '../../../support/context.js';

const { addon } = loadAddon();
const OPTIONS = { method: 'auto', multistarts: 8 } as const;

/** One-qubit gates and `cx` around a ring. */
function ring(qubits: number, cx: number): LocalBlock {
  const gates = Array.from({ length: cx }, (_, i) => [
    gateOf('u', [i % qubits], 0.1 + i, 0.2, 0.3),
    gateOf('cx', [i % qubits, (i + 1) % qubits]),
  ]);
  return { qubits, gates: gates.flat() };
}
const need = (block: LocalBlock): BlockMemory => blockMemory(addon, 'cpu', block, OPTIONS);
const sized = (block: LocalBlock) => ({ block, need: need(block) });

describe('the memory of a block', () => {
  it('holds its matrix three times at least, and no more than an ordinary machine has', () => {
    for (let qubits = 2; qubits <= 12; qubits += 1) {
      const bytes = leastMemory(need(ring(qubits, 12)));
      expect(bytes).toBeGreaterThan(3 * 16 * 4 ** qubits);
      // Small blocks hold a Jacobian of at most 256 MiB, large ones eight matrices or so.
      expect(bytes).toBeLessThan(2 ** 28 + 12 * 16 * 4 ** qubits);
    }
  });

  it('is that of the matrices alone where nothing can be adjusted', () => {
    const block = { qubits: 3, gates: [gateOf('cx', [0, 1]), gateOf('cx', [1, 2])] };
    expect(need(block)).toEqual({ fixed: 3 * 16 * 64, thread: 0, device: 0, tasks: 1 });
  });

  it('refuses the largest block where a rank cannot hold it, and says what to change', () => {
    const tasks = [ring(3, 6), ring(8, 12), ring(4, 6)].map(sized);
    expect(largestTask(tasks)?.block.qubits).toBe(8);
    const least = leastMemory(need(ring(8, 12)));
    expect(() => requireBlocksFit(tasks, least)).not.toThrow();
    expect(() => requireBlocksFit([], 1)).not.toThrow();
    expect(() => requireBlocksFit(tasks, least - 1)).toThrow(
      expect.objectContaining({
        code: 'memory',
        exitCode: 4,
        message: expect.stringMatching(
          /^compiling a block of 8 qubits needs .* available; use a blockSize below 8, or start fewer ranks/,
        ),
      }),
    );
    expect(() => requireBlocksFit(tasks, 0)).toThrow(KroncutError);
  });
});

const amount = fc.integer({ min: 1, max: 1000 });
const needs = fc.record({ fixed: amount, thread: fc.nat(1000), device: fc.nat(1000), tasks: amount });
const capacities = fc.record({
  lanes: fc.integer({ min: 1, max: 4 }),
  threads: fc.integer({ min: 1, max: 64 }),
  memory: fc.integer({ min: 1, max: 20_000 }),
  device: fc.nat(5000),
});

describe('workers', () => {
  it('are as many as memory holds, and one of one thread at least', () => {
    fc.assert(
      fc.property(needs, capacities, (block, capacity) => {
        const { lanes, threads } = workersFor(block, capacity);
        expect(lanes).toBeGreaterThanOrEqual(1);
        expect(threads).toBeGreaterThanOrEqual(1);
        expect(lanes).toBeLessThanOrEqual(capacity.lanes);
        expect(lanes * threads).toBeLessThanOrEqual(Math.max(capacity.threads, lanes));
        const bytes = (side: number, each: number): number => side * (block.fixed + each * block.thread);
        if (leastMemory(block) <= capacity.memory)
          expect(bytes(lanes, threads)).toBeLessThanOrEqual(capacity.memory);
        // One more would not fit, on the rank or on its device.
        if (lanes < capacity.lanes) {
          const over = bytes(lanes + 1, 1) > capacity.memory || (lanes + 1) * block.device > capacity.device;
          expect(over).toBe(true);
        }
        const most = Math.floor(capacity.threads / lanes);
        if (threads < most) expect(bytes(lanes, threads + 1)).toBeGreaterThan(capacity.memory);
      }),
    );
  });

  it('leave their threads to those that are still busy, as far as memory holds', () => {
    fc.assert(
      fc.property(needs, capacities, fc.integer({ min: 0, max: 8 }), (block, capacity, busy) => {
        const workers = workersFor(block, capacity);
        const threads = threadsBeside(block, workers, capacity, busy);
        expect(threads).toBeGreaterThanOrEqual(workers.threads);
        const working = Math.max(1, Math.min(busy, workers.lanes));
        expect(working * threads).toBeLessThanOrEqual(Math.max(capacity.threads, workers.lanes));
        if (threads > workers.threads)
          expect(working * (block.fixed + threads * block.thread)).toBeLessThanOrEqual(capacity.memory);
        if (busy >= workers.lanes) expect(threads).toBe(workers.threads);
      }),
    );
    const small = { fixed: 1, thread: 1, device: 0, tasks: 8 };
    const capacity = { lanes: 2, threads: 4, memory: 10, device: 0 };
    expect(threadsBeside(small, { lanes: 2, threads: 2 }, capacity, 1)).toBe(4);
    expect(threadsBeside(small, { lanes: 2, threads: 2 }, { ...capacity, memory: 4 }, 1)).toBe(2);
  });

  it('share a device with the other ranks on it', () => {
    const device = { name: 'cuda:0', identity: 'a', description: '', totalBytes: 100, freeBytes: 90 };
    const context = testContext({
      native: { ...addon, devices: () => [device] },
      device: 'cuda:0',
      deviceGroup: { rank: 1, size: 3 },
      threads: 8,
      memory: 5000,
    });
    const capacity: Capacity = { lanes: 4, threads: 8, memory: 5000, device: 30 };
    expect(rankCapacity(context, 10)).toEqual(capacity);
    expect(rankCapacity(context, 2)).toEqual({ ...capacity, lanes: 2 });
    expect(workersFor({ fixed: 1, thread: 1, device: 14, tasks: 1 }, capacity)).toEqual({
      lanes: 2,
      threads: 4,
    });
    expect(workersFor({ fixed: 1, thread: 1, device: 31, tasks: 1 }, capacity)).toEqual({
      lanes: 1,
      threads: 8,
    });
  });

  it('try once more by themselves where memory gives out', async () => {
    const budget = new WorkerBudget({ memory: 10, device: 0 });
    const log: string[] = [];
    const outOf = new KroncutError('memory', 'out of memory');
    let release: (() => void) | undefined;
    const other = budget.run({ memory: 4, device: 0 }, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      log.push('other ended');
    });
    const tight = budget.run({ memory: 4, device: 0 }, async (alone) => {
      log.push(alone ? 'alone' : 'beside another');
      if (!alone) throw outOf;
      return 7;
    });
    setImmediate(() => release?.());
    expect(await tight).toBe(7);
    await other;
    expect(log).toEqual(['beside another', 'other ended', 'alone']);
    const failing = (error: Error) =>
      budget.run({ memory: 1, device: 0 }, async () => {
        throw error;
      });
    await expect(failing(outOf)).rejects.toBe(outOf);
    const wrong = new KroncutError('internal', 'wrong');
    await expect(failing(wrong)).rejects.toBe(wrong);
  });

  it('wait until there is memory, in the order of asking', async () => {
    const budget = new WorkerBudget({ memory: 10, device: 0 });
    const log: string[] = [];
    const release = new Map<string, () => void>();
    const work = (name: string, memory: number): Promise<void> =>
      budget.hold({ memory, device: 0 }, async () => {
        log.push(name);
        await new Promise<void>((resolve) => {
          release.set(name, resolve);
        });
      });
    const all = [work('a', 6), work('b', 8), work('c', 2), work('huge', 99)];
    const end = async (name: string): Promise<void> => {
      release.get(name)?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    };
    await end('');
    expect(log).toEqual(['a']);
    await end('a');
    expect(log).toEqual(['a', 'b', 'c']);
    await end('c');
    expect(log).toEqual(['a', 'b', 'c']);
    await end('b');
    expect(log).toEqual(['a', 'b', 'c', 'huge']);
    await end('huge');
    await Promise.all(all);
    await expect(
      budget.hold({ memory: 10, device: 0 }, () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    expect(await budget.hold({ memory: 10, device: 0 }, () => Promise.resolve(1))).toBe(1);
  });
});
