/**
 * Blocks that all ranks compile together. The root goes through the deletions of each; what it wants to try travels to
 * all ranks, which draw it from a shared counter in the order of the scan, the largest block first. A success ends what
 * stands behind it in its block, so that the answer is the one of a rank alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fromWire, toWire, type WireError } from '../../cluster/wire.js';
import { KroncutError } from '../../error.js';
import type { InstantiateOptions, SynthesisTarget, Template, TemplateGate } from '../../native/addon.js';
import { invoke } from '../../native/invoke.js';
import type { Context } from '../../run/context.js';
import {
  leastMemory,
  ONE_WORKER,
  rankCapacity,
  shareOf,
  workersFor,
  type Capacity,
  type Workers,
} from './blockMemory.js';
import { seedOf, type BlockTask } from './blockTasks.js';
import { blockTarget, shortenBlock, deviceSideBySide, tryTemplates } from '../block/shortenBlock.js';
import type { BlockContext, BlockOptions, CompiledBlock } from '../block/block.js';
import type { DeletionStep, Tried, Wanted } from '../block/deletion.js';
import { FirstSuccess } from './firstSuccess.js';
import { RequestBoard } from './requestBoard.js';
import { WorkerBudget } from './workerBudget.js';

/** Blocks whose deletions are tried at a time. */
const MOST_ACTIVE = 8;
/** Calls side by side on a rank: when one waits for its last thread, the other goes on. */
const LANES = 2;
/** Parts of a call for each lane: so many that none waits long for the last, fewer where there are many lanes. */
const PARTS_PER_LANE = { least: 2, most: 12 };
/** Parts of a call that are enough for all lanes together, in what they take to travel. */
const ENOUGH_PARTS = 64;
/** How often a rank looks whether what it does is still wanted. */
const LOOK_MS = 100;

/** A call of `tryInOrder` on its way to the ranks. */
interface Request {
  readonly block: number;
  readonly templates: readonly {
    readonly gates: readonly TemplateGate[];
    readonly parameters?: Float64Array;
  }[];
  readonly wanted: Wanted;
  /** Templates that a rank tries in one native call. */
  readonly each: number;
}

/** What all ranks do next. */
interface Draw {
  readonly requests: readonly Request[];
  /** No more; with an error, where there was one. */
  readonly end?: { readonly error: WireError | null };
}

interface Share {
  readonly request: number;
  /** Number of the share within its request. */
  readonly place: number;
}

/** What became of a template, and which one it was. */
interface Outcome {
  readonly request: number;
  readonly index: number;
  readonly success: boolean;
  readonly distance: number;
  readonly parameters: Float64Array;
}

export interface TogetherInput {
  /** The same on every rank, largest first. */
  readonly tasks: readonly BlockTask[];
  readonly options: BlockOptions;
  /** On the root alone: what comes of a block as soon as it is finished, and on the way. */
  readonly onFinished: (task: BlockTask, compiled: CompiledBlock) => Promise<void>;
  readonly onStep: (key: string, step: DeletionStep) => void;
}

/** Collective. The results are the root's, by `onFinished`. */
export async function shortenOnAllRanks(context: Context, input: TogetherInput): Promise<void> {
  if (input.tasks.length === 0) return;
  const { cluster } = context;
  const together = await Together.open(context, input);
  if (cluster.isRoot) await together.lead();
  else while (await together.play(undefined));
}

/** The shares of requests in the order in which they are drawn: the first of each, then the second, ... */
export function listShares(requests: readonly Pick<Request, 'templates' | 'each'>[]): Share[] {
  const shares = requests.flatMap(({ templates, each }, request) =>
    Array.from({ length: Math.ceil(templates.length / each) }, (_, place): Share => ({ request, place })),
  );
  return shares.sort((a, b) => a.place - b.place || a.request - b.request);
}

/** What a body gives; undefined where it turned out needless while it ran, and so was cancelled. */
async function unlessNeedless<T>(
  isNeedless: () => Promise<boolean>,
  body: (stop: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const needless = new AbortController();
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    while (!needless.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      if (await isNeedless()) needless.abort();
    }
  };
  const watching = watch();
  // It is waited for below, whatever comes before.
  watching.catch(() => {});
  try {
    return await body(needless.signal);
  } catch (error) {
    if (needless.signal.aborted && error instanceof KroncutError && error.code === 'cancelled') {
      return undefined;
    }
    throw error;
  } finally {
    over.abort();
    await watching;
  }
}

/** Outcomes of a share, whose first template has the number `first` in its request. */
function outcomesOf(request: number, first: number, results: readonly (Tried | null)[]): Outcome[] {
  return results.flatMap((result, i): Outcome[] => {
    if (result === null) return [];
    const { success, distance, parameters } = result;
    const kept = success ? parameters : new Float64Array();
    return [{ request, index: first + i, success, distance, parameters: kept }];
  });
}

class Together {
  private base = 0;
  private readonly targets = new Map<number, SynthesisTarget>();
  private readonly budget: WorkerBudget;
  private readonly board = new RequestBoard<Request, readonly Outcome[]>();
  private failure: { readonly error: unknown } | undefined;

  private constructor(
    private readonly context: Context,
    private readonly input: TogetherInput,
    private readonly active: number,
    private readonly capacity: Capacity,
    private readonly allLanes: number,
    /** Counters: of the shares that were drawn, and for each active block of its successes. */
    private readonly drawn: number,
    private readonly successes: readonly number[],
  ) {
    this.budget = new WorkerBudget(capacity);
  }

  static async open(context: Context, input: TogetherInput): Promise<Together> {
    const { cluster, memory } = context;
    const [largest] = input.tasks.toSorted((a, b) => leastMemory(b.need) - leastMemory(a.need));
    const need = largest?.need ?? { fixed: 0, thread: 0, device: 0, tasks: 1 };
    // Beside the one that is tried, a block has its matrix, and on the root that of its check.
    const more = Math.max(0, memory - leastMemory(need)) / Math.max(1, need.fixed);
    const active = Math.min(MOST_ACTIVE, input.tasks.length, 1 + Math.floor(more));
    const whole = rankCapacity(context, LANES * cluster.size);
    const left = { ...whole, memory: memory - (active - 1) * need.fixed };
    const capacity = { ...left, lanes: workersFor(need, left).lanes };
    const [allLanes = capacity.lanes] = await cluster.reduce(Float64Array.of(capacity.lanes), 'sum');
    const drawn = await cluster.taskCounter();
    const successes: number[] = [];
    for (let i = 0; i < active; i += 1) successes.push(await cluster.taskCounter());
    return new Together(context, input, active, capacity, allLanes, drawn, successes);
  }

  /** The root's part: goes through all blocks, and has all ranks try what they want. */
  async lead(): Promise<void> {
    const waiting = [...this.input.tasks.entries()];
    const next = (): void => {
      const entry = this.failure === undefined ? waiting.shift() : undefined;
      if (entry === undefined) return;
      this.board.begin();
      this.compile(...entry)
        .catch((error: unknown) => {
          this.failure ??= { error };
        })
        .finally(() => {
          next();
          this.board.end();
        });
    };
    for (let i = 0; i < this.active; i += 1) next();
    for (;;) {
      await this.board.quiet();
      if (this.failure !== undefined) {
        const { error } = this.failure;
        await this.play({ requests: [], end: { error: toWire(error) } });
        throw error;
      }
      if (!(await this.play(this.board.isIdle() ? { requests: [], end: { error: null } } : this.draw())))
        return;
    }
  }

  private draw(): Draw {
    return { requests: this.board.requests().toSorted((a, b) => a.block - b.block) };
  }

  private async compile(number: number, task: BlockTask): Promise<void> {
    const { options, onFinished, onStep } = this.input;
    const { native, device, threads } = this.context;
    const { cx, other } = this.each(task, options.multistarts);
    const { least, most } = PARTS_PER_LANE;
    const width = Math.min(most * this.allLanes, Math.max(least * this.allLanes, ENOUGH_PARTS));
    const compiled = await shortenBlock(
      {
        native,
        device,
        call: this.call({ lanes: 1, threads }),
        sideBySide: { cx: width * cx, other: width * other },
        tryInOrder: (_target, templates, wanted) => this.ask(number, task, templates, wanted),
        onStep: (step) => onStep(task.key, step),
      },
      task.block,
      options,
      seedOf(task.key),
    );
    await onFinished(task, compiled);
  }

  /** Templates in one native call: on a device as alone, else as few as keep the threads of a lane busy. */
  private each({ need }: BlockTask, multistarts: number): { readonly cx: number; readonly other: number } {
    const { device, threads } = this.context;
    if (device !== 'cpu') return deviceSideBySide(device, multistarts);
    const other = Math.max(1, Math.floor(threads / this.capacity.lanes));
    return { cx: Math.ceil(other / need.tasks), other };
  }

  private async ask(
    block: number,
    task: BlockTask,
    templates: readonly Template[],
    wanted: Wanted,
  ): Promise<(Tried | null)[]> {
    if (templates.length === 0) return [];
    const { cx, other } = this.each(task, wanted.multistarts);
    const outcomes = await this.board.ask({
      block,
      templates: templates.map(({ gates, parameters }) => ({
        gates,
        ...(parameters === undefined ? {} : { parameters }),
      })),
      wanted,
      each: wanted.multistarts > 1 ? cx : other,
    });
    const results = templates.map((): Tried | null => null);
    for (const { index, success, distance, parameters } of outcomes) {
      results[index] = { success, distance, parameters };
    }
    const first = results.findIndex((result) => result?.success === true);
    if (first >= 0) results.fill(null, first + 1);
    if (results.some((result, i) => result === null && (first < 0 || i < first))) {
      throw new KroncutError('internal', 'a deletion was tried by no rank');
    }
    return results;
  }

  /** Collective: one draw; false after the last. */
  async play(mine: Draw | undefined): Promise<boolean> {
    const { cluster } = this.context;
    const draw = await cluster.broadcast<Draw>(mine ?? { requests: [] });
    if (draw.end !== undefined) {
      if (draw.end.error !== null && !cluster.isRoot) throw fromWire(draw.end.error, 0);
      return false;
    }
    const shares = listShares(draw.requests);
    const outcomes: Outcome[] = [];
    let error: WireError | null = null;
    await Promise.all(
      Array.from({ length: this.capacity.lanes }, async () => {
        for (;;) {
          const share = shares[(await cluster.count(this.drawn, 1)) - this.base];
          if (share === undefined) return;
          // After an error the shares are drawn so that nobody else begins them.
          if (error !== null) continue;
          try {
            outcomes.push(...(await this.tryShare(draw.requests, share)));
          } catch (thrown) {
            error = toWire(thrown);
          }
        }
      }),
    );
    this.base += shares.length + this.allLanes;
    for (const block of this.targets.keys()) {
      if (!draw.requests.some((request) => request.block === block)) this.targets.delete(block);
    }
    const all = await cluster.gather({ outcomes, error });
    for (const [rank, { error: thrown }] of all.entries()) if (thrown !== null) throw fromWire(thrown, rank);
    if (!cluster.isRoot) return true;
    for (const counter of this.successes.slice(0, draw.requests.length)) {
      await cluster.count(counter, -(await cluster.count(counter, 0)));
    }
    const found = all.flatMap((share) => share.outcomes);
    this.board.answer((request) => {
      const number = draw.requests.findIndex(({ block }) => block === request.block);
      return found.filter((outcome) => outcome.request === number);
    });
    return true;
  }

  /** One native call for some templates of a request, unless a success before them makes it needless. */
  private async tryShare(
    requests: readonly Request[],
    { request: number, place }: Share,
  ): Promise<Outcome[]> {
    const request = requests[number];
    const counter = this.successes[number];
    const task = request === undefined ? undefined : this.input.tasks[request.block];
    if (request === undefined || task === undefined || counter === undefined) {
      throw new KroncutError('internal', `there is no request ${number} of a block`);
    }
    const { cluster, native, signal } = this.context;
    const { templates, each, wanted } = request;
    const order = new FirstSuccess(Math.ceil(templates.length / each));
    const isNeedless = async (): Promise<boolean> => order.isNeedless(place, await cluster.count(counter, 0));
    if (place > 0 && (await isNeedless())) return [];
    const workers = workersFor(task.need, this.capacity);
    const first = place * each;
    const some = templates.slice(first, first + each).map(({ gates, parameters }) => ({
      qubits: task.block.qubits,
      gates,
      ...(parameters === undefined ? {} : { parameters }),
    }));
    const attempt = (stop: AbortSignal): Promise<readonly (Tried | null)[]> => {
      const either = AbortSignal.any([stop, ...(signal === undefined ? [] : [signal])]);
      return this.budget.run(shareOf(task.need, workers), (alone) =>
        tryTemplates(
          { native, call: this.call(alone ? ONE_WORKER : workers, either) },
          this.target(request.block, task),
          some,
          wanted,
          { method: this.input.options.method, seed: seedOf(task.key) },
        ),
      );
    };
    // Nothing stands before the first share.
    const results = await unlessNeedless(place === 0 ? async () => false : isNeedless, attempt);
    const outcomes = outcomesOf(number, first, results ?? []);
    if (outcomes.some(({ success }) => success)) await cluster.count(counter, order.amount(place));
    return outcomes;
  }

  private target(block: number, task: BlockTask): SynthesisTarget {
    const known = this.targets.get(block);
    if (known !== undefined) return known;
    const target = blockTarget(this.context.native, task.block);
    this.targets.set(block, target);
    return target;
  }

  private call({ lanes, threads }: Workers, signal = this.context.signal): BlockContext['call'] {
    const { native, device, deviceGroup } = this.context;
    const shared = { device, deviceShare: lanes * deviceGroup.size, threads };
    return <T>(
      body: (
        options: Pick<InstantiateOptions, 'device' | 'deviceShare' | 'threads' | 'control'>,
      ) => Promise<T>,
    ) => invoke(native, (control) => body({ ...shared, control }), { signal });
  }
}
