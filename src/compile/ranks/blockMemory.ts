/** What a block takes while it is compiled, and how many are compiled side by side. */
import { countTwoQubitGates } from '../../circuit/circuitFacts.js';
import type { NativeAddon } from '../../native/addon.js';
import type { Context } from '../../run/context.js';
import { requireMemory } from '../../run/resources/space.js';
import { DEVICE_STARTS } from '../block/shortenBlock.js';
import type { BlockOptions, LocalBlock } from '../block/block.js';
import { SIDE_BY_SIDE } from '../block/deletion.js';
import { toU3Cx } from '../gates/rewrite.js';
import { templateOf } from '../block/template.js';
import type { Share } from './workerBudget.js';
import { optionName } from '../../options/optionName.js';

/** Bytes of memory of a rank, and of its device. */
export interface BlockMemory {
  /** Whatever the threads: the block's matrix, the optimiser's copy of it, and where its starts begin. */
  readonly fixed: number;
  readonly thread: number;
  /** On a CUDA device: as many starts as fill it. */
  readonly device: number;
  /** Parts of the starts of a deleted `cx` that threads can take. */
  readonly tasks: number;
}

const COMPLEX_BYTES = 16;

/** Predicts the memory of a block; what the optimiser takes is its own to say (`synthesize/need.hpp`). */
export function blockMemory(
  native: Pick<NativeAddon, 'instantiationMemory'>,
  device: string,
  block: LocalBlock,
  { method, multistarts }: Pick<BlockOptions, 'method' | 'multistarts'>,
): BlockMemory {
  const matrix = COMPLEX_BYTES * 4 ** block.qubits;
  const gates = toU3Cx(block.gates);
  if (!gates.some(({ name }) => name === 'u3') || countTwoQubitGates(gates) === 0) {
    return { fixed: 3 * matrix, thread: 0, device: 0, tasks: 1 };
  }
  const template = templateOf(block.qubits, gates);
  const templates = device === 'cpu' ? SIDE_BY_SIDE : Math.ceil(DEVICE_STARTS / multistarts);
  const common = { kind: 'unitary', threads: 1, polish: false } as const;
  const need = native.instantiationMemory(template, { ...common, device, method, multistarts, templates });
  const polish = native.instantiationMemory(template, { ...common, method: 'lm' });
  return {
    // The check holds the matrix of the result beside that of the block, and a native copy while it is made.
    fixed:
      matrix +
      Math.max(need.call, 2 * matrix, polish.polishes ? polish.call + polish.thread - need.thread : 0),
    thread: need.thread,
    device: need.start * templates * multistarts,
    tasks: need.tasks,
  };
}

/** Bytes that a block takes on a rank with one thread. */
export function leastMemory({ fixed, thread }: BlockMemory): number {
  return fixed + thread;
}

interface SizedBlock {
  readonly block: LocalBlock;
  readonly need: BlockMemory;
}

/** The block that needs most memory. */
export function largestTask<T extends SizedBlock>(tasks: readonly T[]): T | undefined {
  let most = tasks[0];
  for (const task of tasks)
    if (most === undefined || leastMemory(task.need) > leastMemory(most.need)) most = task;
  return most;
}

/** Throws `memory` where a rank cannot hold the block that needs most, with one thread. */
export function requireBlocksFit(tasks: readonly SizedBlock[], memory: number): void {
  const largest = largestTask(tasks);
  if (largest === undefined) return;
  const { qubits } = largest.block;
  requireMemory(
    leastMemory(largest.need),
    memory,
    `compiling a block of ${qubits} qubits`,
    `use a ${optionName('blockSize')} below ${qubits}, or start fewer ranks per node`,
  );
}

/** Native calls wait in libuv's pool, which has four threads: more lanes would not run. */
const MAX_LANES = 4;

/** What a rank has for its blocks. */
export interface Capacity {
  /** Blocks side by side, at most. */
  readonly lanes: number;
  readonly threads: number;
  /** Bytes of the rank, and its share of what its device has free. */
  readonly memory: number;
  readonly device: number;
}

/** What the ranks have for so many blocks. Every rank may come to another figure. */
export function rankCapacity(
  { native, device, deviceGroup, threads, memory, cluster }: Omit<Context, 'signal' | 'onProgress'>,
  blocks: number,
): Capacity {
  const lanes = Math.max(1, Math.min(MAX_LANES, threads, Math.ceil(blocks / cluster.size)));
  if (device === 'cpu') return { lanes, threads, memory, device: 0 };
  const name = device === 'cuda' ? 'cuda:0' : device;
  const free = native.devices().find((info) => info.name === name)?.freeBytes ?? 0;
  return { lanes, threads, memory, device: free / deviceGroup.size };
}

/** Blocks like one, side by side on a rank, and the threads of each. */
export interface Workers {
  readonly lanes: number;
  readonly threads: number;
}

export const ONE_WORKER: Workers = { lanes: 1, threads: 1 };

/** What one of these workers holds. */
export function shareOf({ fixed, thread, device }: BlockMemory, { threads }: Workers): Share {
  return { memory: fixed + threads * thread, device };
}

/**
 * As many blocks with this need side by side as memory holds, of the rank and of its device, and as many threads for
 * each; one of one at least. (A batch that finds less memory on the device is halved.)
 */
export function workersFor(need: BlockMemory, capacity: Capacity): Workers {
  const held = Math.floor(capacity.memory / leastMemory(need));
  const onDevice = need.device === 0 ? capacity.lanes : Math.floor(capacity.device / need.device);
  const lanes = Math.max(1, Math.min(capacity.lanes, held, onDevice));
  const each = Math.floor(capacity.threads / lanes);
  const fit = need.thread === 0 ? each : Math.floor((capacity.memory / lanes - need.fixed) / need.thread);
  return { lanes, threads: Math.max(1, Math.min(each, fit)) };
}

/**
 * Threads of one of these workers while so many are busy: as many as the idle ones leave, where the memory that those
 * had is enough for them.
 */
export function threadsBeside(
  { fixed, thread }: BlockMemory,
  { lanes, threads }: Workers,
  capacity: Capacity,
  busy: number,
): number {
  const working = Math.max(1, Math.min(lanes, busy));
  const more = Math.floor(capacity.threads / working);
  return working * (fixed + more * thread) <= capacity.memory ? Math.max(threads, more) : threads;
}
