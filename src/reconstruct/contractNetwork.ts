/**
 * The engine behind every query: reduces the tensors of a network to what the query needs, contracts them to two
 * operands, and streams the product of these through consumers. The answer is divided into slices, contiguous
 * ranges of its index; every rank owns a contiguous range of slices and never holds more of the answer than a tile.
 * Partial sums are kept per slice and added in slice order, so results do not depend on the number of ranks.
 */
import { KroncutError } from '../error.js';
import type { BitAction, ProductOptions, TensorHandle } from '../native/addon.js';
import { compute, throwIfAborted, type Context } from '../run/context.js';
import { Contraction, fixedBit } from './contraction.js';
import { planContraction, type ContractionPlan } from './contractionPath.js';
import { addProduct, emptyResult, merge, type ContractionResult, type RangeResult } from './rangeResult.js';
import type { Query, TensorNetwork } from './tensorNetwork.js';

export interface Consumers {
  /** An existing .npy file of the answer's length, written in place by all ranks. */
  readonly file?: string;
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
}

/**
 * Bonds lose components that others stand for up to this share of the largest possible value: what rounding may come
 * to anyway.
 */
export const BOND_TOLERANCE = 1e-13;

/** Answers have 2^8 slices where they are large enough for that to pay. */
const SLICE_COUNT_LOG = 8;
/** Slices have at least 2^12 values, and at most 2^22 as long as there are no more than 2^20 of them. */
const SLICE_SIZE_LOG = 12;
const LARGE_SLICE_LOG = 22;
const MOST_SLICES_LOG = 20;
/** Indices are handled as doubles where they cross to the addon. */
export const MAX_ANSWER_BITS = 52;

/**
 * log2 of the number of slices of an answer: so many ranks can share the work. It does not depend on their number, for
 * the sums are added slice by slice.
 */
export function rankSliceBits(answerBits: number): number {
  const count = Math.max(SLICE_COUNT_LOG, Math.min(MOST_SLICES_LOG, answerBits - LARGE_SLICE_LOG));
  return Math.min(count, Math.max(0, answerBits - SLICE_SIZE_LOG));
}

/** The plan of a query, as the engine will use it. Throws `memory` where none fits, `usage` for too many kept bits. */
export function planQuery(network: TensorNetwork, query: Query, memoryBytes: number): ContractionPlan {
  const bits = query.order.length;
  if (bits > MAX_ANSWER_BITS) {
    throw new KroncutError(
      'usage',
      `the answer has 2^${bits} values, and at most 2^${MAX_ANSWER_BITS} can be streamed; ask for --marginal or --probability`,
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

/** Collective: answers a query and feeds the consumers. `onWork` hears of this rank's progress from 0 to 1. */
export async function contractNetwork(
  context: Context,
  network: TensorNetwork,
  query: Query,
  consumers: Consumers,
  onWork?: (fraction: number) => void,
): Promise<ContractionResult> {
  const { cluster } = context;
  const bits = query.order.length;
  const plan = await cluster.agree(() => planQuery(network, query, context.memory));
  const sliceBits = Math.max(plan.sliceBits, rankSliceBits(bits));
  const layout: Layout = {
    outer: 2 ** plan.sliceBits,
    outerSize: 2 ** (bits - plan.sliceBits),
    sliceSize: 2 ** (bits - sliceBits),
    begin: Math.floor((cluster.rank * 2 ** sliceBits) / cluster.size) * 2 ** (bits - sliceBits),
    end: Math.floor(((cluster.rank + 1) * 2 ** sliceBits) / cluster.size) * 2 ** (bits - sliceBits),
  };
  const own = await cluster.agree(() =>
    contractRange(context, network, query, consumers, plan, layout, onWork),
  );
  return merge(await cluster.gather(own), consumers.top ?? 0, plan.inner);
}

interface Layout {
  /** Values of the fixed highest answer bits, and the part of the answer under each. */
  readonly outer: number;
  readonly outerSize: number;
  readonly sliceSize: number;
  /** Range of the answer that this rank owns. */
  readonly begin: number;
  readonly end: number;
}

async function contractRange(
  context: Context,
  network: TensorNetwork,
  query: Query,
  consumers: Consumers,
  plan: ContractionPlan,
  layout: Layout,
  onWork: ((fraction: number) => void) | undefined,
): Promise<RangeResult> {
  const result = emptyResult();
  if (layout.begin === layout.end) return result;
  const contraction = new Contraction(context, network, query, plan);
  const bondTolerance = shrinkingFits(plan, context.memory) ? (query.bondTolerance ?? BOND_TOLERANCE) : 0;
  const order = query.order.slice(0, query.order.length - plan.sliceBits);
  for (let outer = 0; outer < layout.outer; outer += 1) {
    const offset = outer * layout.outerSize;
    const begin = Math.max(layout.begin, offset);
    const end = Math.min(layout.end, offset + layout.outerSize);
    if (begin >= end) continue;
    throwIfAborted(context.signal);
    const [left, right] = await contraction.operands(outer);
    const reference =
      consumers.compare === undefined
        ? undefined
        : await sliceOf(context, consumers.compare, query.order.length, plan.sliceBits, outer);
    const product = await compute(
      context,
      (options) =>
        context.native.streamProduct(left, right, {
          ...options,
          order,
          begin: begin - offset,
          end: end - offset,
          sliceSize: layout.sliceSize,
          bondTolerance,
          ...productConsumers(consumers, offset, reference),
        }),
      (fraction) => onWork?.((begin - layout.begin + fraction * (end - begin)) / (layout.end - layout.begin)),
    );
    addProduct(result, product, offset, consumers.top ?? 0);
  }
  onWork?.(1);
  return result;
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
    ...(consumers.file === undefined ? {} : { file: { path: consumers.file, offset } }),
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
