/** How far the compiling of blocks has come, over all ranks: their sums are counters that all ranks share. */
import type { Context } from '../../run/context.js';
import { formatSeconds } from '../../run/resources/units.js';
import type { BlockTask } from './blockTasks.js';
import type { CompiledBlock } from '../block/block.js';
import type { DeletionStep } from '../block/deletion.js';
import { toU3Cx } from '../gates/rewrite.js';
import { boundFromAngle, distanceAngle } from '../gates/unitary.js';

/** Counters hold whole numbers: angles in units of 1e-15, work in billionths of the whole. */
const ANGLE_UNIT = 1e-15;
const WORK_UNITS = 1e9;
/** How often the root looks at what the others have done. */
const LOOK_MS = 1000;

interface Counters {
  readonly blocks: number;
  readonly removed: number;
  readonly angle: number;
  readonly work: number;
}

export class BlockProgress {
  private readonly begin = performance.now();
  private readonly allBlocks: number;
  private readonly total: number;
  private readonly works: ReadonlyMap<string, number>;
  private readonly steps = new Map<string, DeletionStep>();
  private seen: Counters;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  private constructor(
    private readonly context: Context,
    private readonly counters: Counters,
    open: readonly BlockTask[],
    found: readonly CompiledBlock[],
  ) {
    this.allBlocks = open.length + found.length;
    const angle = found.reduce((sum, { distance }) => sum + distanceAngle(distance), 0);
    this.seen = { blocks: found.length, removed: 0, angle: Math.round(angle / ANGLE_UNIT), work: 0 };
    this.total = open.reduce((sum, { work }) => sum + work, 0);
    this.works = new Map(open.map(({ key, work }) => [key, work]));
  }

  /** Collective. @param found blocks that were finished before */
  static async open(
    context: Context,
    open: readonly BlockTask[],
    found: readonly CompiledBlock[],
  ): Promise<BlockProgress> {
    const { cluster } = context;
    const counters = {
      blocks: await cluster.taskCounter(),
      removed: await cluster.taskCounter(),
      angle: await cluster.taskCounter(),
      work: await cluster.taskCounter(),
    };
    const progress = new BlockProgress(context, counters, open, found);
    if (cluster.isRoot) {
      await cluster.count(counters.blocks, progress.seen.blocks);
      await cluster.count(counters.angle, progress.seen.angle);
      if (context.onProgress !== undefined && cluster.size > 1)
        progress.timer = setInterval(() => progress.look(), LOOK_MS);
    }
    return progress;
  }

  /** Ends the looking; nothing is counted afterwards. @param look whether to look once more, at what all ranks did */
  async close(look: boolean): Promise<void> {
    const { cluster, onProgress } = this.context;
    clearInterval(this.timer);
    await this.looking;
    if (!look || !cluster.isRoot || cluster.size === 1 || onProgress === undefined) return;
    this.look();
    await this.looking;
  }

  /** Says how far a block has come on this rank. */
  step(key: string, step: DeletionStep): void {
    this.steps.set(key, step);
    this.report();
  }

  async finished({ key, block, work }: BlockTask, { gates, distance }: CompiledBlock): Promise<void> {
    this.steps.delete(key);
    const { cluster } = this.context;
    const add = async (name: keyof Counters, amount: number): Promise<number> =>
      (await cluster.count(this.counters[name], amount)) + amount;
    this.seen = {
      blocks: await add('blocks', 1),
      removed: await add('removed', toU3Cx(block.gates).length - gates.length),
      angle: await add('angle', Math.round(distanceAngle(distance) / ANGLE_UNIT)),
      work: await add('work', Math.round((WORK_UNITS * work) / this.total)),
    };
    this.report();
  }

  private look(): void {
    if (this.looking !== undefined) return;
    const { cluster } = this.context;
    const read = (name: keyof Counters): Promise<number> => cluster.count(this.counters[name], 0);
    this.looking = (async () => {
      this.seen = {
        blocks: await read('blocks'),
        removed: await read('removed'),
        angle: await read('angle'),
        work: await read('work'),
      };
      this.report();
    })()
      // Whatever ends the ranks is told by those who wait for it.
      .catch(() => clearInterval(this.timer))
      .finally(() => {
        this.looking = undefined;
      });
  }

  private report(): void {
    const { onProgress } = this.context;
    if (onProgress === undefined) return;
    // The last block is the end, whatever the shares have come to by rounding.
    const isEnd = this.seen.blocks === this.allBlocks;
    let done = isEnd ? this.total : (this.total * this.seen.work) / WORK_UNITS;
    let { removed } = this.seen;
    for (const [key, step] of this.steps) {
      removed += step.removed;
      done += step.share * (this.works.get(key) ?? 0);
    }
    done = Math.min(done, this.total);
    const error = boundFromAngle(this.seen.angle * ANGLE_UNIT);
    const elapsed = (performance.now() - this.begin) / 1000;
    const left = done === 0 ? undefined : elapsed * Math.max(0, this.total / done - 1);
    const notes = [
      `${this.seen.blocks}/${this.allBlocks} blocks`,
      `${removed} gates removed`,
      `error ${error.toExponential(1)}`,
      ...(left === undefined ? [] : [`about ${formatSeconds(left)} left`]),
    ];
    onProgress({ stage: 'compile', done, total: this.total, note: notes.join(', ') });
  }
}
