/**
 * The engine behind every query: reduces the tensors of a network to what the query needs, contracts them to two
 * operands, and streams the product of these through consumers. The answer is divided into slices, contiguous
 * ranges of its index; every rank owns a contiguous range of slices and never holds more of the answer than a tile.
 * Partial sums are kept per slice and added in slice order, so results do not depend on the number of ranks.
 */
import { KroncutError } from '../../error.js';
import type { BitAction, ProductOptions, TensorHandle } from '../../native/addon.js';
import { invoke } from '../../native/invoke.js';
import { compute, throwIfAborted, type Context } from '../../run/context.js';
import { HASH_BLOCK, hashBlocks } from '../../run/files/fileHash.js';
import { BOND_TOLERANCE } from '../network/bondShrinking.js';
import { MAX_ANSWER_BITS, rankSliceBits } from './answerSlices.js';
import { bytesOf, type AnswerFile } from './answerFile.js';
import { missingRanges, piecesOf, rangesOf, type AnswerPart, type Checkpoints } from './checkpoints.js';
import { LastProduct, fixedBit } from './lastProduct.js';
import { planContraction, type ContractionPlan } from '../plan/contractionPlan.js';
import {
  addProduct,
  emptyResult,
  joinTops,
  merge,
  type ContractionResult,
  type RangeResult,
} from './rangeResult.js';
import { projectNetwork, type RankedNetwork } from '../network/projectNetwork.js';
import { dropZeroComponents } from '../network/dropZeroComponents.js';
import type { Query, TensorNetwork } from '../network/tensorNetwork.js';
import { optionName } from '../../options/optionName.js';

export interface Consumers {
  /** Written in place by all ranks. */
  readonly file?: AnswerFile;
  /** The largest values. */
  readonly top?: number;
  /** Sum, least and greatest value. */
  readonly moments?: boolean;
  /** All values; for small answers. */
  readonly values?: boolean;
  /** Compares with a tensor without bonds whose bits are `order`. */
  readonly compare?: TensorHandle;
  /** Entropies; `weights` is a tensor without bonds and with the answer's index, for the cross entropy. */
  readonly entropy?: { readonly weights?: TensorHandle };
  /** Finished parts of `file`, which are not computed again, and where to keep more. */
  readonly checkpoints?: Checkpoints;
}

/**
 * Outcomes that one native call streams at most, where a slice is no longer: it keeps a sum for each run until its end,
 * some 8 MiB for so many.
 */
const MOST_STREAMED = 2 ** 32;

/** The plan of a query, as the engine will use it. Throws `memory` where none fits, `usage` for too many kept bits. */
export function planQuery(network: TensorNetwork, query: Query, memoryBytes: number): ContractionPlan {
  const bits = query.order.length;
  if (bits > MAX_ANSWER_BITS) {
    throw new KroncutError(
      'usage',
      `the answer has 2^${bits} values, and at most 2^${MAX_ANSWER_BITS} can be streamed; ask for ${optionName('marginal')} or ${optionName('probability')}`,
    );
  }
  const kept = new Set(query.order);
  const shapes = network.members.map(({ bonds, bits }) => ({
    bonds: bonds.filter((bond) => bonds.indexOf(bond) === bonds.lastIndexOf(bond)),
    bits: bits.filter((bit) => kept.has(bit)),
  }));
  // Members are opened one at a time, and let go when they are reduced.
  const open = network.members.reduce((most, member) => Math.max(most, member.openBytes), 0);
  return planContraction(shapes, query.order, memoryBytes, network.extent, open);
}

/** What a query contracts: the network with its bonds shrunk, and how. */
export interface PlannedNetwork extends RankedNetwork {
  /** Extent of the index that the last product would sum over if no bond had shrunk. */
  readonly planned: number;
}

/** Collective. */
export async function planNetwork(
  context: Context,
  network: TensorNetwork,
  query: Query,
): Promise<PlannedNetwork> {
  const { cluster, memory } = context;
  const tolerance = query.bondTolerance ?? BOND_TOLERANCE;
  const smaller = tolerance > 0 ? await cluster.agree(() => dropZeroComponents(context, network)) : network;
  const planOf = (one: TensorNetwork): ContractionPlan => planQuery(one, query, memory);
  const ranked = await projectNetwork(context, smaller, query, tolerance, planOf);
  return cluster.agree(() => {
    const same = ranked.network === network;
    const planned = same ? ranked.plan.inner : planQuery(network, query, Infinity).inner;
    return { ...ranked, planned };
  });
}

/** Collective: answers a query and feeds the consumers. `onWork` hears of this rank's progress from 0 to 1. */
export async function contractNetwork(
  context: Context,
  whole: TensorNetwork,
  query: Query,
  consumers: Consumers,
  onWork?: (fraction: number) => void,
): Promise<ContractionResult> {
  const { cluster } = context;
  const bits = query.order.length;
  const { network, plan, planned, inner } = await planNetwork(context, whole, query);
  const sliceBits = Math.max(plan.sliceBits, rankSliceBits(bits));
  const { checkpoints } = consumers;
  const finished = checkpoints === undefined ? [] : await cluster.onRoot(() => checkpoints.load());
  const sliceSize = 2 ** (bits - sliceBits);
  const missing = missingRanges(finished, 2 ** bits);
  const layout: Layout = {
    outerSize: 2 ** (bits - plan.sliceBits),
    sliceSize,
    ranges: rangesOf(missing, sliceSize, cluster),
  };
  const own = await cluster.agree(() =>
    contractRanges(context, network, query, consumers, plan, layout, onWork),
  );
  const parts = [...finished, ...(await cluster.gather(own)).flat()].sort((a, b) => a.begin - b.begin);
  return merge(
    parts.map(({ found }) => found),
    consumers.top ?? 0,
    planned,
    inner,
  );
}

interface Layout {
  /** The part of the answer under each value of the fixed highest answer bits. */
  readonly outerSize: number;
  readonly sliceSize: number;
  /** Ranges of the answer that this rank computes, in whole slices. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** Parts that were computed now: one for each range, or each as large as a checkpoint where these are kept. */
async function contractRanges(
  context: Context,
  network: TensorNetwork,
  query: Query,
  consumers: Consumers,
  plan: ContractionPlan,
  layout: Layout,
  onWork: ((fraction: number) => void) | undefined,
): Promise<AnswerPart[]> {
  const contraction = new LastProduct(context, network, query, plan);
  const bondTolerance = shrinkingFits(plan, context.memory) ? (query.bondTolerance ?? BOND_TOLERANCE) : 0;
  const total = layout.ranges.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const parts: AnswerPart[] = [];
  const { checkpoints } = consumers;
  let done = 0;
  const stream = async (begin: number, end: number, found: RangeResult): Promise<void> => {
    throwIfAborted(context.signal);
    const outer = Math.floor(begin / layout.outerSize);
    const offset = outer * layout.outerSize;
    const product = await contraction.product(outer, bondTolerance);
    const reference = await referenceOf(context, consumers, query, plan, outer);
    const result = await compute(
      context,
      (options) =>
        context.native.streamPrepared(product, {
          ...options,
          begin: begin - offset,
          end: end - offset,
          sliceSize: layout.sliceSize,
          ...productConsumers(consumers, offset, reference),
        }),
      (fraction) => onWork?.((done + fraction * (end - begin)) / total),
    );
    addProduct(found, result, offset, consumers.top ?? 0);
    done += end - begin;
  };
  const streamed = Math.min(layout.outerSize, Math.max(MOST_STREAMED, layout.sliceSize));
  const partSize = Math.max(checkpoints?.partSize ?? Infinity, layout.sliceSize);
  for (const range of layout.ranges) {
    for (const [begin, end] of partSize === Infinity ? [range] : piecesOf(range, partSize)) {
      const found = emptyResult();
      for (const piece of piecesOf([begin, end], streamed)) await stream(...piece, found);
      if (consumers.file !== undefined) {
        found.blocks = await keepPart(context, consumers.file, begin, end, layout.sliceSize);
      }
      const part = { begin, end, found };
      await checkpoints?.save(part);
      parts.push(part);
    }
  }
  joinTops(
    parts.map(({ found }) => found),
    consumers.top ?? 0,
  );
  onWork?.(1);
  return parts;
}

async function referenceOf(
  context: Context,
  { compare }: Consumers,
  { order }: Query,
  { sliceBits }: ContractionPlan,
  outer: number,
): Promise<TensorHandle | undefined> {
  return compare === undefined ? undefined : sliceOf(context, compare, order.length, sliceBits, outer);
}

/** Waits until a part of a file is on disk, and hashes it meanwhile. */
async function keepPart(
  { native }: Context,
  file: AnswerFile,
  begin: number,
  end: number,
  sliceSize: number,
): Promise<string> {
  const block = Math.min(HASH_BLOCK, sliceSize * file.valueBytes);
  const [blocks] = await Promise.all([
    hashBlocks(file.path, ...bytesOf(file, begin, end), block),
    // Another node's rank publishes the file; what this node has cached of it must be on disk by then.
    invoke(native, () => native.syncFile(file.path)),
  ]);
  return blocks;
}

/** Shrinking keeps copies of the operands, what replaces them, a residual, and matrices over the summed index. */
export function shrinkingFits(plan: ContractionPlan, memoryBytes: number): boolean {
  return plan.peakBytes + 3 * plan.operandBytes + 64 * plan.inner ** 2 <= memoryBytes;
}

export function productConsumers(
  consumers: Consumers,
  offset: number,
  reference: TensorHandle | undefined,
): Pick<ProductOptions, 'file' | 'top' | 'moments' | 'values' | 'compare' | 'entropy'> {
  return {
    ...(consumers.file === undefined ? {} : { file: { path: consumers.file.path, offset } }),
    ...(consumers.top === undefined ? {} : { top: { count: consumers.top } }),
    ...(consumers.moments === true ? { moments: true } : {}),
    ...(consumers.values === true ? { values: true } : {}),
    ...(reference === undefined ? {} : { compare: { reference } }),
    ...(consumers.entropy === undefined ? {} : { entropy: { ...consumers.entropy, offset } }),
  };
}

/** The part of a distribution whose highest bits have a value. */
async function sliceOf(
  context: Context,
  reference: TensorHandle,
  bits: number,
  sliceBits: number,
  slice: number,
): Promise<TensorHandle> {
  if (sliceBits === 0) return reference;
  const actions = Array.from({ length: bits }, (_, bit): BitAction => {
    const position = bit - (bits - sliceBits);
    if (position < 0) return 'keep';
    return fixedBit(slice, position);
  });
  return compute(context, (options) => context.native.reduceTensor(reference, actions, options));
}
