/**
 * What deletion has left of the blocks, looked for from scratch. Of targets that are alike (`classOf`) one is searched
 * for; where that finds fewer `cx`, the others are given the same ones, with angles of their own. All ranks take part, and
 * what comes out depends on the blocks alone, not on who did what.
 */
import { sha256 } from '../../run/files/fileHash.js';
import type { Gate } from '../../circuit/circuit.js';
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { SynthesisTarget } from '../../native/addon.js';
import type { Context } from '../../run/context.js';
import { BlockProgress } from './blockProgress.js';
import type { BlockStore } from './blockStore.js';
import { seedOf, type BlockTask } from './blockTasks.js';
import { blockTarget, foundForBlock, instantiator } from '../block/shortenBlock.js';
import type { BlockContext, BlockOptions, CompiledBlock } from '../block/block.js';
import { schmidtNeeds, type QubitPair } from '../block/schmidtNeeds.js';
import type { Instantiator } from '../block/deletion.js';
import { drawBlocks } from './drawBlocks.js';
import {
  isBeyondSearch,
  isSearched,
  searchBelow,
  searchWork,
  takePlaces,
  allowedPairs,
  type Search,
} from '../block/synthesis.js';
import { classOf } from '../block/targetClass.js';
import { required } from '../../error.js';
import { isDealtTo } from '../../cluster/share.js';

/** What searches have found out about the targets of a class. */
interface Known {
  /** No search for fewer `cx` than this is worth another one. */
  readonly below: number;
  /** Pairs of the class's places that the `cx` found are on, in order. */
  readonly places?: readonly QubitPair[] | undefined;
  /** Whether a limit has ended the last search. */
  readonly isOpen: boolean;
}

/** Over all rounds of a circuit; the same on every rank. */
export type KnownClasses = Map<string, Known>;

type Gates = readonly Gate[];

/** A block, and what deletion has left of it. */
interface Searched extends BlockTask {
  readonly deleted: CompiledBlock;
  /** Its class, with the pairs that may be used. */
  readonly name: string;
  readonly order: readonly number[];
}

export interface SearchBlocksInput {
  /** The same on every rank, as are their results so far. */
  readonly tasks: readonly BlockTask[];
  readonly deleted: ReadonlyMap<string, CompiledBlock>;
  readonly options: BlockOptions;
  readonly store: BlockStore | undefined;
  readonly known: KnownClasses;
}

/** Collective: the blocks that are shorter now, or whose search a limit has ended, by key. */
export async function searchClasses(
  context: Context,
  input: SearchBlocksInput,
): Promise<Map<string, CompiledBlock>> {
  const { options, known } = input;
  const all = await classified(context, input);
  const results = await storedResults(context, all, input);
  const first = firstOfEach(all, known);
  const members = new Map<string, number>();
  for (const { name } of all) members.set(name, (members.get(name) ?? 0) + 1);
  await searchOpen(context, input, first, results, ({ name, deleted: { gates } }, target, finder) =>
    searchBelow(target, gates, options.synthesis, knowing(target, options), finder, members.get(name)),
  );
  for (const task of first) {
    const result = results.get(task.key);
    if (result !== undefined) known.set(task.name, learned(known.get(task.name), task, result));
  }
  const others = all.filter(
    ({ key, name, deleted: { gates } }) =>
      !first.some((task) => task.key === key) &&
      (known.get(name)?.places?.length ?? Infinity) < countTwoQubitGates(gates),
  );
  await searchOpen(context, input, others, results, async ({ name, order }, target, finder) => {
    const places = required(known.get(name)?.places, 'the places that a class was searched for');
    const pairs = places.map(
      ([a, b]) =>
        [required(order[a], 'a qubit of a class'), required(order[b], 'a qubit of a class')] as const,
    );
    const gates = await takePlaces(target, pairs, knowing(target, options), finder);
    return { gates, isExhausted: true };
  });
  return withOpen(input, all, results);
}

/** Results, with those blocks marked whose search, or that of one like them, a limit has ended. */
function withOpen(
  { tasks, deleted, options: { synthesis }, known }: SearchBlocksInput,
  all: readonly Searched[],
  results: ReadonlyMap<string, CompiledBlock>,
): Map<string, CompiledBlock> {
  const open = new Set(all.filter(({ name }) => known.get(name)?.isOpen === true).map(({ key }) => key));
  const marked = tasks.flatMap(({ key, block }): [string, CompiledBlock][] => {
    const before = deleted.get(key);
    const { gates, distance } = results.get(key) ?? before ?? {};
    if (before === undefined || gates === undefined || distance === undefined) return [];
    const isOpen = open.has(key) || isBeyondSearch(block.qubits, before.gates, synthesis);
    return isOpen || results.has(key) ? [[key, { gates, distance, ...(isOpen ? { isOpen } : {}) }]] : [];
  });
  return new Map(marked);
}

/** Collective: what the store has of earlier searches, by key. */
async function storedResults(
  { cluster }: Context,
  all: readonly Searched[],
  { options, store }: SearchBlocksInput,
): Promise<Map<string, CompiledBlock>> {
  const kept = await cluster.onRoot(async () => {
    const found: [string, CompiledBlock][] = [];
    await store?.refresh();
    for (const { key, block } of all) {
      const compiled = store?.load(searchedKey(key), block, options.threshold);
      if (compiled !== undefined) found.push([key, compiled]);
    }
    return found;
  });
  return new Map(kept);
}

/** How the gates of a block are looked for. */
type Searching = (task: Searched, target: SynthesisTarget, finder: Instantiator) => Promise<Search>;

/** Collective: searches for those blocks that have no result yet, and adds theirs. */
async function searchOpen(
  context: Context,
  { options, store }: SearchBlocksInput,
  chosen: readonly Searched[],
  results: Map<string, CompiledBlock>,
  search: Searching,
): Promise<void> {
  const open = chosen.filter(({ key }) => !results.has(key));
  if (open.length === 0) return;
  const progress = await BlockProgress.open(context, open, []);
  const own: [string, CompiledBlock][] = [];
  let done = false;
  try {
    await drawBlocks(context, {
      tasks: open,
      body: async (task, blockContext) => {
        const finder = instantiator(blockContext, options, seedOf(task.key));
        const target = blockTarget(blockContext.native, task.block);
        const { gates, isExhausted } = await search(task, target, finder);
        const { distance, gates: best } = accepted(blockContext, task, gates, options.threshold);
        return { gates: best, distance, ...(isExhausted ? {} : { isOpen: true as const }) };
      },
      onFinished: async (task, compiled) => {
        await store?.save(searchedKey(task.key), compiled);
        own.push([task.key, compiled]);
        await progress.finished(task, compiled);
      },
    });
    done = true;
  } finally {
    await progress.close(done);
  }
  for (const part of await context.cluster.gather(own)) {
    for (const [key, compiled] of part) results.set(key, compiled);
  }
}

/** Blocks that a search may shorten, with their classes. Ranks share that work. */
async function classified(
  { native, cluster }: Context,
  { tasks, deleted, options: { newPairs, synthesis } }: SearchBlocksInput,
): Promise<Searched[]> {
  const possible = tasks.flatMap((task) => {
    const result = deleted.get(task.key);
    return result !== undefined && isSearched(task.block.qubits, result.gates, synthesis)
      ? [{ ...task, deleted: result }]
      : [];
  });
  const own = possible.flatMap(({ block, deleted: { gates } }, i) => {
    if (!isDealtTo(cluster, i)) return [];
    const { name, order } = classOf(blockTarget(native, block));
    const place = new Map(order.map((qubit, at) => [qubit, at]));
    const placed = gates.map((gate) => ({
      ...gate,
      qubits: gate.qubits.map((q) => required(place.get(q), 'a qubit of a class')),
    }));
    const pairs = allowedPairs(block.qubits, placed, newPairs);
    return [{ i, name: shortName([block.qubits, name, pairs.join(' ')]), order }];
  });
  const classes = (await cluster.gather(own)).flat().sort((a, b) => a.i - b.i);
  return possible.flatMap((task, i) => {
    const found = classes[i];
    if (found === undefined) return [];
    const { qubits, gates } = { qubits: task.block.qubits, gates: task.deleted.gates };
    const size = {
      qubits,
      pairs: allowedPairs(qubits, gates, newPairs).length,
      cx: countTwoQubitGates(gates),
    };
    const work = Math.max(1, searchWork(size, synthesis));
    return [{ ...task, work, name: found.name, order: found.order }];
  });
}

/** The block of each class that is searched for: the longest, unless a search below as many `cx` has come to its end. */
function firstOfEach(tasks: readonly Searched[], known: KnownClasses): Searched[] {
  const first = new Map<string, Searched>();
  for (const task of tasks) {
    const before = first.get(task.name);
    if (before === undefined || cxOf(task) > cxOf(before)) first.set(task.name, task);
  }
  return [...first.values()].filter((task) => {
    const { below = 0, places } = known.get(task.name) ?? {};
    return cxOf(task) > below && (places === undefined || places.length >= cxOf(task));
  });
}

function cxOf({ deleted }: Pick<Searched, 'deleted'>): number {
  return countTwoQubitGates(deleted.gates);
}

/** What a search has shown: what it found, or that there was nothing below. */
function learned(
  before: Known | undefined,
  task: Searched,
  { gates, isOpen = false }: Pick<CompiledBlock, 'gates'> & { readonly isOpen?: boolean },
): Known {
  const { below = 0 } = before ?? {};
  if (countTwoQubitGates(gates) >= cxOf(task))
    return { below: Math.max(below, cxOf(task)), places: before?.places, isOpen };
  const place = new Map(task.order.map((qubit, at) => [qubit, at]));
  const placeOf = (qubit: number): number => required(place.get(qubit), 'a qubit of a class');
  const places = gates.flatMap(({ qubits: [a, b] }): QubitPair[] =>
    a === undefined || b === undefined ? [] : [[placeOf(a), placeOf(b)]],
  );
  return { below, places, isOpen };
}

/** What was found, where it is shorter than what deletion left and passes the check; else the latter. */
function accepted(
  { native }: Pick<BlockContext, 'native'>,
  { block, deleted }: Searched,
  gates: Gates | undefined,
  threshold: number,
): CompiledBlock {
  if (gates === undefined || countTwoQubitGates(gates) > countTwoQubitGates(deleted.gates)) return deleted;
  if (countTwoQubitGates(gates) === countTwoQubitGates(deleted.gates) && gates.length >= deleted.gates.length)
    return deleted;
  const found = foundForBlock(native, block, gates);
  return found.distance <= threshold ? found : deleted;
}

function knowing(target: SynthesisTarget, options: BlockOptions) {
  return { ...options, needs: schmidtNeeds(target, options.threshold) };
}

/** Where the store keeps what a search has made of a block. */
function searchedKey(key: string): string {
  return shortName([key, 'searched']);
}

function shortName(parts: readonly (string | number)[]): string {
  return sha256(JSON.stringify(parts));
}
