/**
 * All blocks of a circuit over all ranks. Blocks that are alike are compiled once; the ranks draw them from one shared
 * counter, largest first, and each finished one is kept, so that a killed job goes on with the rest.
 */
import { KroncutError } from '../error.js';
import { invoke } from '../native/invoke.js';
import { throwIfAborted, type Context } from '../run/context.js';
import {
  blockMemory,
  rankCapacity,
  requireBlocksFit,
  workersFor,
  type BlockMemory,
  type Workers,
} from './blockMemory.js';
import type { BlockStore } from './blockStore.js';
import {
  blockKey,
  blockWork,
  compileBlock,
  type BlockContext,
  type BlockOptions,
  type CompiledBlock,
  type LocalBlock,
} from './compileBlock.js';
import { boundFromAngle, distanceAngle } from './unitary.js';
import { formatSeconds } from '../run/units.js';
import { WorkerBudget } from './workerBudget.js';

interface Task {
  readonly key: string;
  readonly block: LocalBlock;
  readonly work: number;
  readonly need: BlockMemory;
}

export interface CompileBlocksInput {
  readonly blocks: readonly LocalBlock[];
  readonly options: BlockOptions;
  /** Where finished blocks are kept; undefined: nowhere. */
  readonly store: BlockStore | undefined;
  readonly version: string;
}

/** Collective: every rank gives the same blocks and gets all results, in the order of the blocks. */
export async function compileBlocks(context: Context, input: CompileBlocksInput): Promise<CompiledBlock[]> {
  const { cluster } = context;
  const { blocks, options, store, version } = input;
  const keys = blocks.map((block) => blockKey(block, options, version));
  const tasks = uniqueTasks(keys, blocks, context, options);
  const finished = new Map<string, CompiledBlock>();
  const found = await cluster.onRoot(async () => {
    const kept: [string, CompiledBlock][] = [];
    for (const { key, block } of tasks) {
      const compiled = await store?.load(key, block, options.threshold);
      if (compiled !== undefined) kept.push([key, compiled]);
    }
    return kept;
  });
  for (const [key, compiled] of found) finished.set(key, compiled);
  const open = tasks.filter(({ key }) => !finished.has(key));
  await cluster.agree(() => requireBlocksFit(open, context.memory));
  const counter = await cluster.taskCounter();
  const capacity = rankCapacity(context, open.length);
  const budget = new WorkerBudget(capacity);
  const own: [string, CompiledBlock][] = [];
  const progress = new BlockProgress(context, open);
  await cluster.agree(async () => {
    const drawn = await Promise.allSettled(Array.from({ length: capacity.lanes }, lane));
    for (const outcome of drawn) if (outcome.status === 'rejected') throw outcome.reason;
  });
  for (const part of await cluster.gather(own))
    for (const [key, compiled] of part) finished.set(key, compiled);
  return keys.map((key) => {
    const compiled = finished.get(key);
    if (compiled === undefined) throw new KroncutError('internal', 'a block was not compiled by any rank');
    return compiled;
  });

  async function lane(): Promise<void> {
    try {
      for (;;) {
        throwIfAborted(context.signal);
        const number = await cluster.nextTask(counter);
        const task = open[number];
        if (task === undefined) return;
        const { key, block, need } = task;
        const workers = workersFor(need, capacity);
        const compiled = await budget.hold(
          { memory: need.fixed + workers.threads * need.thread, device: need.device },
          () => compileBlock(blockContext(workers), block, options, seedOf(key)),
        );
        await store?.save(key, compiled);
        own.push([key, compiled]);
        progress.finished(number, block, compiled);
      }
    } catch (error) {
      // No rank should begin another block: the job has failed.
      while ((await cluster.nextTask(counter)) < open.length);
      throw error;
    }
  }

  function blockContext(workers: Workers): BlockContext {
    const { native, device, deviceGroup, signal } = context;
    const shared = { device, deviceShare: workers.lanes * deviceGroup.size, threads: workers.threads };
    return {
      native,
      device,
      call: (body) => invoke(native, (control) => body({ ...shared, control }), { signal }),
    };
  }
}

/** A seed of its own for each block, the same wherever and whenever it is compiled: the key holds the user's seed. */
function seedOf(key: string): number {
  return Number.parseInt(key.slice(0, 7), 16);
}

function uniqueTasks(
  keys: readonly string[],
  blocks: readonly LocalBlock[],
  { native, device }: Context,
  options: BlockOptions,
): Task[] {
  const unique = new Map<string, Task>();
  for (const [i, block] of blocks.entries()) {
    const key = keys[i] ?? '';
    if (unique.has(key)) continue;
    const need = blockMemory(native, device, block, options);
    unique.set(key, { key, block, work: blockWork(block, options), need });
  }
  return [...unique.values()].sort((a, b) => b.work - a.work || (a.key < b.key ? -1 : 1));
}

/** Progress over all ranks, judged by the latest block that this rank has finished. */
class BlockProgress {
  private readonly begin = performance.now();
  private readonly before: readonly number[];
  private removed = 0;
  private angle = 0;
  private furthest = 0;

  constructor(
    private readonly context: Context,
    open: readonly Task[],
  ) {
    let sum = 0;
    this.before = [0, ...open.map(({ work }) => (sum += work))];
  }

  finished(number: number, block: LocalBlock, compiled: CompiledBlock): void {
    this.removed += block.gates.length - compiled.gates.length;
    this.angle += distanceAngle(compiled.distance);
    this.furthest = Math.max(this.furthest, number + 1);
    const done = this.before[this.furthest] ?? 0;
    const total = this.before.at(-1) ?? 1;
    const left = ((performance.now() - this.begin) / 1000) * (total / done - 1);
    const blocks = `${this.furthest}/${this.before.length - 1} blocks`;
    const shown = `${this.removed} gates removed, error ${boundFromAngle(this.angle).toExponential(1)}`;
    this.context.onProgress?.({
      stage: 'compile',
      done,
      total,
      note: `${blocks}, ${shown}, about ${formatSeconds(left)} left`,
    });
  }
}
