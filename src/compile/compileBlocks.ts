/**
 * All blocks of a circuit over all ranks. Blocks that are alike are compiled once, largest first: while there are few
 * large ones all ranks work on them together, the others are drawn from one shared counter. Each finished block is
 * kept, so that a killed job goes on with the rest.
 */
import { KroncutError } from '../error.js';
import { invoke } from '../native/invoke.js';
import { throwIfAborted, type Context } from '../run/context.js';
import {
  ONE_WORKER,
  rankCapacity,
  requireBlocksFit,
  shareOf,
  threadsBeside,
  workersFor,
  type BlockMemory,
  type Workers,
} from './blockMemory.js';
import { BlockProgress } from './blockProgress.js';
import type { BlockStore } from './blockStore.js';
import { blockTasks, countTogether, seedOf, type BlockTask } from './blockTasks.js';
import {
  compileBlock,
  type BlockContext,
  type BlockOptions,
  type CompiledBlock,
  type LocalBlock,
} from './compileBlock.js';
import { compileTogether } from './compileTogether.js';
import { SIDE_BY_SIDE, type SideBySide } from './deletion.js';
import { WorkerBudget } from './workerBudget.js';

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
  const { keys, tasks } = blockTasks(blocks, context, options, version);
  const found = await cluster.onRoot(async () => {
    const kept: [string, CompiledBlock][] = [];
    for (const { key, block } of tasks) {
      const compiled = await store?.load(key, block, options.threshold);
      if (compiled !== undefined) kept.push([key, compiled]);
    }
    return kept;
  });
  const finished = new Map(found);
  const open = tasks.filter(({ key }) => !finished.has(key));
  await cluster.agree(() => requireBlocksFit(open, context.memory));
  const progress = await BlockProgress.open(context, open, [...finished.values()]);
  const own: [string, CompiledBlock][] = [];
  const onFinished = async (task: BlockTask, compiled: CompiledBlock): Promise<void> => {
    await store?.save(task.key, compiled);
    own.push([task.key, compiled]);
    await progress.finished(task, compiled);
  };
  let done = false;
  try {
    const together = countTogether(open, cluster.size);
    await cluster.agree(() =>
      compileTogether(context, {
        tasks: open.slice(0, together),
        options,
        onFinished,
        onStep: (key, step) => progress.step(key, step),
      }),
    );
    await compileApart(context, open.slice(together), options, progress, onFinished);
    done = true;
  } finally {
    await progress.close(done);
  }
  for (const part of await cluster.gather(own))
    for (const [key, compiled] of part) finished.set(key, compiled);
  return keys.map((key) => {
    const compiled = finished.get(key);
    if (compiled === undefined) throw new KroncutError('internal', 'a block was not compiled by any rank');
    return compiled;
  });
}

/** Collective: each rank draws blocks of its own. */
async function compileApart(
  context: Context,
  open: readonly BlockTask[],
  options: BlockOptions,
  progress: BlockProgress,
  onFinished: (task: BlockTask, compiled: CompiledBlock) => Promise<void>,
): Promise<void> {
  const { cluster } = context;
  const counter = await cluster.taskCounter();
  const capacity = rankCapacity(context, open.length);
  const budget = new WorkerBudget(capacity);
  let busy = 0;
  await cluster.agree(async () => {
    const drawn = await Promise.allSettled(Array.from({ length: capacity.lanes }, lane));
    for (const outcome of drawn) if (outcome.status === 'rejected') throw outcome.reason;
  });

  async function lane(): Promise<void> {
    try {
      for (;;) {
        throwIfAborted(context.signal);
        const task = open[await cluster.nextTask(counter)];
        if (task === undefined) return;
        const { block, key, need } = task;
        const workers = workersFor(need, capacity);
        const compiled = await budget.run(shareOf(need, workers), async (alone) => {
          busy += 1;
          try {
            return await compileBlock(blockContext(task, workers, alone), block, options, seedOf(key));
          } finally {
            busy -= 1;
          }
        });
        await onFinished(task, compiled);
      }
    } catch (error) {
      // No rank should begin another block: the job has failed.
      while ((await cluster.nextTask(counter)) < open.length);
      throw error;
    }
  }

  function blockContext({ key, need }: BlockTask, wanted: Workers, alone: boolean): BlockContext {
    const workers = alone ? ONE_WORKER : wanted;
    const { native, device, deviceGroup, signal } = context;
    const shared = { device, deviceShare: workers.lanes * deviceGroup.size };
    return {
      native,
      device,
      ...(device === 'cpu' ? { sideBySide: threadsSideBySide(need, workers.threads) } : {}),
      call: (body) => {
        // A lane that has nothing more to do leaves its threads to the others.
        const threads = alone ? 1 : threadsBeside(need, workers, capacity, busy);
        return invoke(native, (control) => body({ ...shared, threads, control }), { signal });
      },
      onStep: (step) => progress.step(key, step),
    };
  }
}

/** Deletions that keep so many threads busy in one call. */
function threadsSideBySide({ tasks }: BlockMemory, threads: number): SideBySide {
  const other = Math.max(SIDE_BY_SIDE, 2 * threads);
  return { cx: Math.max(SIDE_BY_SIDE, Math.ceil((2 * threads) / tasks)), other };
}
