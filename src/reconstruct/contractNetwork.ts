/**
 * The engine behind every query: reduces the tensors of a network to what the query needs, contracts them to two
 * operands, and streams the product of these through consumers. The answer is divided into slices, contiguous
 * ranges of its index; every rank owns a contiguous range of slices and never holds more of the answer than a tile.
 * Partial sums are kept per slice and added in slice order, so results do not depend on the number of ranks.
 */
import { KroncutError } from '../error.js';
import type { BitAction, Comparison, ProductOptions, ProductResult, TensorHandle } from '../native/addon.js';
import { compute, throwIfAborted, type Context } from '../run/context.js';
import { planContraction, type ContractionPlan } from './contractionPath.js';
import type { NetworkMember, Query, TensorNetwork } from './tensorNetwork.js';

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
}

/** What was done to the index that the last product sums over, over all slices. */
export interface BondShrinking {
  /** Largest extent as planned, and as computed with. */
  readonly planned: number;
  readonly used: number;
  /** No value of the answer is off by more than this because of it. */
  readonly errorBound: number;
}

/**
 * Bonds lose components that others stand for up to this share of the largest possible value: what rounding may come
 * to anyway.
 */
export const BOND_TOLERANCE = 1e-13;

export interface Moments {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface RankedOutcome {
  /** Index of the answer. */
  readonly index: bigint;
  readonly value: number;
}

/** Sums over all outcomes; see `Comparison`. */
export interface ComparisonSums {
  readonly maxAbsError: number;
  readonly squaredError: number;
  readonly squaredReference: number;
  readonly chiSquared: number;
  readonly fidelity: number;
  readonly crossEntropy: number;
  readonly missing: number;
}

/** The same on every rank. */
export interface ContractionResult {
  readonly top: readonly RankedOutcome[];
  readonly moments: Moments;
  readonly values: Float64Array;
  readonly compare: ComparisonSums;
  readonly bonds: BondShrinking;
}

/** Answers have 2^8 slices where they are large enough for that to pay. */
const SLICE_COUNT_LOG = 8;
/** Slices have at least 2^12 values. */
const SLICE_SIZE_LOG = 12;
/** Indices are handled as doubles where they cross to the addon. */
export const MAX_ANSWER_BITS = 52;

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
  const sliceBits = Math.max(plan.sliceBits, Math.min(SLICE_COUNT_LOG, Math.max(0, bits - SLICE_SIZE_LOG)));
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

/** What one rank found; JSON-serialisable. */
interface RangeResult {
  top: { index: string; value: number }[];
  sliceSums: number[];
  min: number | null;
  max: number | null;
  values: number[];
  bonds: { used: number; errorBound: number };
  compare: {
    maxAbsError: number;
    squaredError: number[];
    squaredReference: number[];
    chiSquared: number[];
    fidelity: number[];
    crossEntropy: number[];
    missing: number;
  };
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
function shrinkingFits(plan: ContractionPlan, memoryBytes: number): boolean {
  return plan.peakBytes + 3 * plan.operandBytes + 64 * plan.inner ** 2 <= memoryBytes;
}

function productConsumers(
  consumers: Consumers,
  offset: number,
  reference: TensorHandle | undefined,
): Pick<ProductOptions, 'file' | 'top' | 'moments' | 'values' | 'compare'> {
  return {
    ...(consumers.file === undefined ? {} : { file: { path: consumers.file, offset } }),
    ...(consumers.top === undefined ? {} : { top: { count: consumers.top } }),
    ...(consumers.moments === true ? { moments: true } : {}),
    ...(consumers.values === true ? { values: true } : {}),
    ...(reference === undefined ? {} : { compare: { reference } }),
  };
}

/** Fixes a bit to its value in the number of a slice, which may have more than 31 bits. */
function fixedBit(slice: number, position: number): BitAction {
  return Math.floor(slice / 2 ** position) % 2 === 1 ? 'fix1' : 'fix0';
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

/** Contracts a network to the two operands of its last product, slice by slice. */
class Contraction {
  private readonly context: Context;
  private readonly members: readonly NetworkMember[];
  private readonly query: Query;
  private readonly plan: ContractionPlan;
  /** The bits that number the slices, lowest first. */
  private readonly sliced: readonly number[];
  /** Tensors that are the same in every slice. */
  private readonly kept = new Map<number, TensorHandle>();

  constructor(context: Context, network: TensorNetwork, query: Query, plan: ContractionPlan) {
    this.context = context;
    this.members = network.members;
    this.query = query;
    this.plan = plan;
    this.sliced = query.order.slice(query.order.length - plan.sliceBits);
  }

  async operands(slice: number): Promise<[TensorHandle, TensorHandle]> {
    const left = await this.operand(this.plan.left, slice);
    const right = await this.operand(this.plan.right, slice);
    return [left, right];
  }

  private async operand(id: number | undefined, slice: number): Promise<TensorHandle> {
    if (id === undefined) return this.context.native.createTensor([], [], Float64Array.of(1));
    const known = this.kept.get(id);
    if (known !== undefined) return known;
    const tensor = await this.make(id, slice);
    if (this.plan.sliceBits > 0 && !this.dependsOnSlice(id)) this.kept.set(id, tensor);
    return tensor;
  }

  private async make(id: number, slice: number): Promise<TensorHandle> {
    const member = this.members[id];
    if (member !== undefined) return this.reduced(member, slice);
    const step = this.plan.steps[id - this.plan.members];
    if (step === undefined) throw new KroncutError('internal', `the contraction plan has no tensor ${id}`);
    const left = await this.operand(step.left, slice);
    const right = await this.operand(step.right, slice);
    return compute(this.context, (options) => this.context.native.contractTensors(left, right, options));
  }

  private async reduced(member: NetworkMember, slice: number): Promise<TensorHandle> {
    const actions = member.bits.map((bit): BitAction => {
      const position = this.sliced.indexOf(bit);
      if (position >= 0) return fixedBit(slice, position);
      return this.query.actions.get(bit) ?? 'sum';
    });
    const tensor = await member.open();
    const traced = new Set(member.bonds).size < member.bonds.length;
    if (!traced && actions.every((action) => action === 'keep')) return tensor;
    return compute(this.context, (options) => this.context.native.reduceTensor(tensor, actions, options));
  }

  private dependsOnSlice(id: number): boolean {
    const member = this.members[id];
    if (member !== undefined) return member.bits.some((bit) => this.sliced.includes(bit));
    const step = this.plan.steps[id - this.plan.members];
    return step === undefined || this.dependsOnSlice(step.left) || this.dependsOnSlice(step.right);
  }
}

function emptyResult(): RangeResult {
  return {
    top: [],
    sliceSums: [],
    min: null,
    max: null,
    values: [],
    bonds: { used: 0, errorBound: 0 },
    compare: {
      maxAbsError: 0,
      squaredError: [],
      squaredReference: [],
      chiSquared: [],
      fidelity: [],
      crossEntropy: [],
      missing: 0,
    },
  };
}

function addProduct(result: RangeResult, product: ProductResult, offset: number, top: number): void {
  const { bonds, moments, values, compare } = product;
  result.bonds.used = Math.max(result.bonds.used, bonds.after);
  result.bonds.errorBound = Math.max(result.bonds.errorBound, bonds.errorBound);
  if (product.top !== undefined) {
    const found = Array.from(product.top.indices, (index, i) => ({
      index: `${index + BigInt(offset)}`,
      value: product.top?.values[i] ?? 0,
    }));
    result.top = largest([...result.top, ...found], top);
  }
  if (moments !== undefined) {
    append(result.sliceSums, moments.sliceSums);
    result.min = Math.min(result.min ?? Infinity, moments.min);
    result.max = Math.max(result.max ?? -Infinity, moments.max);
  }
  if (values !== undefined) append(result.values, values);
  if (compare !== undefined) addComparison(result.compare, compare);
}

function addComparison(sums: RangeResult['compare'], found: Comparison): void {
  sums.maxAbsError = Math.max(sums.maxAbsError, found.maxAbsError);
  append(sums.squaredError, found.squaredError);
  append(sums.squaredReference, found.squaredReference);
  append(sums.chiSquared, found.chiSquared);
  append(sums.fidelity, found.fidelity);
  append(sums.crossEntropy, found.crossEntropy);
  sums.missing += found.missing;
}

function append(target: number[], values: Float64Array): void {
  for (const value of values) target.push(value);
}

/** The `count` largest, ties by smaller index. */
function largest(
  entries: readonly { index: string; value: number }[],
  count: number,
): { index: string; value: number }[] {
  return entries
    .map(({ index, value }) => ({ index: BigInt(index), value }))
    .sort((a, b) => b.value - a.value || (a.index < b.index ? -1 : 1))
    .slice(0, count)
    .map(({ index, value }) => ({ index: `${index}`, value }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function merge(parts: readonly RangeResult[], top: number, planned: number): ContractionResult {
  const all = (pick: (part: RangeResult) => readonly number[]): number[] => parts.flatMap(pick);
  const compare = parts.map((part) => part.compare);
  return {
    top: largest(
      parts.flatMap((part) => part.top),
      top,
    ).map(({ index, value }) => ({ index: BigInt(index), value })),
    moments: {
      sum: sum(all((part) => part.sliceSums)),
      min: parts.reduce((least, { min }) => Math.min(least, min ?? Infinity), Infinity),
      max: parts.reduce((most, { max }) => Math.max(most, max ?? -Infinity), -Infinity),
    },
    values: Float64Array.from(all((part) => part.values)),
    bonds: {
      planned,
      used: Math.max(0, ...parts.map(({ bonds }) => bonds.used)),
      errorBound: Math.max(0, ...parts.map(({ bonds }) => bonds.errorBound)),
    },
    compare: {
      maxAbsError: Math.max(0, ...compare.map(({ maxAbsError }) => maxAbsError)),
      squaredError: sum(compare.flatMap(({ squaredError }) => squaredError)),
      squaredReference: sum(compare.flatMap(({ squaredReference }) => squaredReference)),
      chiSquared: sum(compare.flatMap(({ chiSquared }) => chiSquared)),
      fidelity: sum(compare.flatMap(({ fidelity }) => fidelity)),
      crossEntropy: sum(compare.flatMap(({ crossEntropy }) => crossEntropy)),
      missing: sum(compare.map(({ missing }) => missing)),
    },
  };
}
