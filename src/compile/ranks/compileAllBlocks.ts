/**
 * All blocks of a circuit over all ranks. Blocks that are alike are compiled once, largest first: while there are few
 * large ones all ranks work on them together, the others are drawn from one shared counter. Each finished block is
 * kept, so that a killed job goes on with the rest.
 */
import { KroncutError } from '../../error.js';
import type { Context } from '../../run/context.js';
import { requireBlocksFit } from './blockMemory.js';
import { BlockProgress } from './blockProgress.js';
import type { BlockStore } from './blockStore.js';
import { blockTasks, countTogether, seedOf, type BlockTask } from './blockTasks.js';
import { shortenBlock } from '../block/shortenBlock.js';
import type { BlockOptions, CompiledBlock, LocalBlock } from '../block/block.js';
import { shortenOnAllRanks } from './shortenOnAllRanks.js';
import { drawBlocks } from './drawBlocks.js';
import { searchClasses, type KnownClasses } from './searchClasses.js';

export interface CompileBlocksInput {
  readonly blocks: readonly LocalBlock[];
  readonly options: BlockOptions;
  /** Where finished blocks are kept; undefined: nowhere. */
  readonly store: BlockStore | undefined;
  readonly version: string;
  /** What earlier rounds have learned; this one adds to it. */
  readonly known?: KnownClasses | undefined;
}

/** Collective: every rank gives the same blocks and gets all results, in the order of the blocks. */
export async function compileAllBlocks(
  context: Context,
  input: CompileBlocksInput,
): Promise<CompiledBlock[]> {
  const { cluster } = context;
  const { blocks, options, store, version, known = new Map() } = input;
  const { keys, tasks } = blockTasks(blocks, context, options, version);
  const found = await cluster.onRoot(async () => {
    const kept: [string, CompiledBlock][] = [];
    await store?.refresh();
    for (const { key, block } of tasks) {
      const compiled = store?.load(key, block, options.threshold);
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
      shortenOnAllRanks(context, {
        tasks: open.slice(0, together),
        options,
        onFinished,
        onStep: (key, step) => progress.step(key, step),
      }),
    );
    await drawBlocks(context, {
      tasks: open.slice(together),
      onStep: (key, step) => progress.step(key, step),
      body: (task, blockContext) => shortenBlock(blockContext, task.block, options, seedOf(task.key)),
      onFinished,
    });
    done = true;
  } finally {
    await progress.close(done);
  }
  for (const part of await cluster.gather(own))
    for (const [key, compiled] of part) finished.set(key, compiled);
  if (options.stage === 'shorten' && options.synthesis !== 'off') {
    const searched = await searchClasses(context, { tasks, deleted: finished, options, store, known });
    for (const [key, compiled] of searched) finished.set(key, compiled);
  }
  return keys.map((key) => {
    const compiled = finished.get(key);
    if (compiled === undefined) throw new KroncutError('internal', 'a block was not compiled by any rank');
    return compiled;
  });
}
