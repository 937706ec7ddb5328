/** The blocks of a circuit as tasks for the ranks. */
import type { Context } from '../../run/context.js';
import { blockMemory, type BlockMemory } from './blockMemory.js';
import { blockWork, WORK_PER_SECOND } from '../block/blockWork.js';
import { blockKey } from '../block/shortenBlock.js';
import type { BlockOptions, LocalBlock } from '../block/block.js';

export interface BlockTask {
  readonly key: string;
  readonly block: LocalBlock;
  /** Predicted, see `blockWork`. */
  readonly work: number;
  readonly need: BlockMemory;
}

/** The key of every block, and each different block once, the one with most work first. */
export function blockTasks(
  blocks: readonly LocalBlock[],
  { native, device }: Pick<Context, 'native' | 'device'>,
  options: BlockOptions,
  version: string,
): { readonly keys: readonly string[]; readonly tasks: readonly BlockTask[] } {
  const keys = blocks.map((block) => blockKey(block, options, version));
  const unique = new Map<string, BlockTask>();
  for (const [i, block] of blocks.entries()) {
    const key = keys[i] ?? '';
    if (unique.has(key)) continue;
    const need = blockMemory(native, device, block, options);
    unique.set(key, { key, block, work: blockWork(block, options), need });
  }
  const tasks = [...unique.values()].sort((a, b) => b.work - a.work || (a.key < b.key ? -1 : 1));
  return { keys, tasks };
}

/** A seed of its own for each block, the same wherever and whenever it is compiled: the key holds the user's seed. */
export function seedOf(key: string): number {
  return Number.parseInt(key.slice(0, 7), 16);
}

/** Blocks left for each rank, in size, from which on each rank has its own. */
const BLOCKS_PER_RANK = 3;
/** Predicted seconds of a block that are worth the ranks' talking about it. */
const TOGETHER_SECONDS = 0.3;

/**
 * How many of the tasks, from the first, all ranks work on together: those that are more than a third of a rank's
 * share of what is left, so that the others would wait for the rank that has such a block.
 */
export function countTogether(tasks: readonly { readonly work: number }[], ranks: number): number {
  if (ranks === 1) return 0;
  let left = tasks.reduce((sum, { work }) => sum + work, 0);
  for (const [i, { work }] of tasks.entries()) {
    if (BLOCKS_PER_RANK * ranks * work <= left || work < TOGETHER_SECONDS * WORK_PER_SECOND) return i;
    left -= work;
  }
  return tasks.length;
}
