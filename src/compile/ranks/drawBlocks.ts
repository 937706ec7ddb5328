/** Blocks that ranks draw from one shared counter, each by itself. */
import { invoke } from '../../native/invoke.js';
import { throwIfAborted, type Context } from '../../run/context.js';
import {
  ONE_WORKER,
  rankCapacity,
  shareOf,
  threadsBeside,
  workersFor,
  type BlockMemory,
  type Workers,
} from './blockMemory.js';
import type { BlockTask } from './blockTasks.js';
import type { BlockContext } from '../block/block.js';
import { SIDE_BY_SIDE, type DeletionStep, type SideBySide } from '../block/deletion.js';
import { WorkerBudget } from './workerBudget.js';

export interface Drawing<T, R> {
  /** The same on every rank, in the order in which they are drawn. */
  readonly tasks: readonly T[];
  readonly onStep?: ((key: string, step: DeletionStep) => void) | undefined;
  readonly body: (task: T, context: BlockContext) => Promise<R>;
  readonly onFinished: (task: T, result: R) => Promise<void>;
}

/** Collective: each rank draws tasks, as many side by side as its threads and its memory allow. */
export async function drawBlocks<T extends Pick<BlockTask, 'key' | 'need'>, R>(
  context: Context,
  { tasks, onStep, body, onFinished }: Drawing<T, R>,
): Promise<void> {
  const { cluster } = context;
  const counter = await cluster.taskCounter();
  const capacity = rankCapacity(context, tasks.length);
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
        const task = tasks[await cluster.nextTask(counter)];
        if (task === undefined) return;
        const workers = workersFor(task.need, capacity);
        const result = await budget.run(shareOf(task.need, workers), async (alone) => {
          busy += 1;
          try {
            return await body(task, blockContext(task, workers, alone));
          } finally {
            busy -= 1;
          }
        });
        await onFinished(task, result);
      }
    } catch (error) {
      // No rank should begin another block: the job has failed.
      while ((await cluster.nextTask(counter)) < tasks.length);
      throw error;
    }
  }

  function blockContext(
    { key, need }: Pick<BlockTask, 'key' | 'need'>,
    wanted: Workers,
    alone: boolean,
  ): BlockContext {
    const workers = alone ? ONE_WORKER : wanted;
    const { native, device, deviceGroup, signal } = context;
    const shared = { device, deviceShare: workers.lanes * deviceGroup.size };
    return {
      native,
      device,
      ...(device === 'cpu' ? { sideBySide: threadsSideBySide(need, workers.threads) } : {}),
      call: (call) => {
        // A lane that has nothing more to do leaves its threads to the others.
        const threads = alone ? 1 : threadsBeside(need, workers, capacity, busy);
        return invoke(native, (control) => call({ ...shared, threads, control }), { signal });
      },
      onStep: (step) => onStep?.(key, step),
    };
  }
}

/** Deletions that keep so many threads busy in one call. */
function threadsSideBySide({ tasks }: BlockMemory, threads: number): SideBySide {
  const other = Math.max(SIDE_BY_SIDE, 2 * threads);
  return { cx: Math.max(SIDE_BY_SIDE, Math.ceil((2 * threads) / tasks)), other };
}
