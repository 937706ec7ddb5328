/**
 * In which order to contract a tensor network. All tensors but the last two are contracted pairwise into operands;
 * the product of the last two is the answer and is streamed, never stored. Where the operands do not fit, the highest
 * bits of the answer are fixed, and the contraction is repeated for each of their values.
 */
import type { KroncutError } from '../../error.js';
import { unfitCuts } from '../../run/resources/space.js';
import { findTree } from './findTree.js';
import { inSequence, logSize, peakWith, productWork, sharedLog, type TreeNode } from './contractionTree.js';

/** What the order depends on. */
export interface TensorShape {
  /** Labels of the bonds; each label is on exactly two tensors of the network. */
  readonly bonds: readonly number[];
  /** Outcome bits that the query keeps. */
  readonly bits: readonly number[];
}

export interface ContractionStep {
  /** Numbers of the operands: first the members of the network, then the results of the steps before. */
  readonly left: number;
  readonly right: number;
  /** Number of the result. */
  readonly result: number;
  readonly multiplyAdds: number;
  /** Values of the result. */
  readonly size: number;
  /** Made anew in every slice, since it depends on the bits that are fixed there. */
  readonly repeated: boolean;
}

export interface ContractionPlan {
  readonly members: number;
  /** Values of the members, as reduced by the query, in one slice. */
  readonly memberSizes: readonly number[];
  readonly steps: readonly ContractionStep[];
  /** The operands of the last product; undefined where the network has fewer than two tensors. */
  readonly left: number | undefined;
  readonly right: number | undefined;
  /** Extent of the index that the last product sums over. */
  readonly inner: number;
  /** Outcome bits of the answer. */
  readonly answerBits: number;
  /**
   * The highest answer bits that are fixed before contracting, one value after another, because the operands would
   * not fit otherwise. It depends on the memory limit only, never on the number of ranks.
   */
  readonly sliceBits: number;
  /** Multiply-adds of all slices together, on one rank. */
  readonly multiplyAdds: number;
  /** Peak bytes of operands and results on one rank. */
  readonly peakBytes: number;
  /** Bytes of the two operands of the last product. */
  readonly operandBytes: number;
}

const BYTES = 8;

/**
 * Plans the contraction of a network whose kept bits are `order` (bit i of the answer's index is `order[i]`).
 * `extent` is the number of values of a bond (4 for a wire cut); `openBytes` are taken beside the operands. Throws
 * `memory` where no order fits, even with slices.
 */
export function planContraction(
  shapes: readonly TensorShape[],
  order: readonly number[],
  memoryBytes: number,
  extent: (bond: number) => number,
  openBytes = 0,
): ContractionPlan {
  const left = Math.max(0, memoryBytes - openBytes);
  // Every tensor is an operand, so that nothing has to be searched where one alone is too large.
  const largest = shapes.reduce((most, { bonds }) => Math.max(most, BYTES * extentOf(bonds, extent)), 0);
  if (largest > left) throw tooLarge(largest + openBytes, memoryBytes, ' at least');
  const fixed = new Set<number>();
  for (let sliceBits = 0; sliceBits <= order.length; sliceBits += 1) {
    if (sliceBits > 0) fixed.add(order[order.length - sliceBits] ?? -1);
    const sliced = shapes.map(({ bonds, bits }) => ({ bonds, bits: bits.filter((bit) => !fixed.has(bit)) }));
    const repeated = shapes.map(({ bits }) => bits.some((bit) => fixed.has(bit)));
    const plan = planSlice(sliced, repeated, { answerBits: order.length, sliceBits }, left, extent);
    if (plan !== undefined && plan.peakBytes <= left)
      return { ...plan, peakBytes: plan.peakBytes + openBytes };
  }
  const least = planSlice(
    shapes.map(({ bonds }) => ({ bonds, bits: [] })),
    shapes.map(() => false),
    { answerBits: 0, sliceBits: 0 },
    Infinity,
    extent,
  );
  throw tooLarge((least?.peakBytes ?? Infinity) + openBytes, memoryBytes);
}

function extentOf(bonds: readonly number[], extent: (bond: number) => number): number {
  return bonds.reduce((size, bond) => size * extent(bond), 1);
}

function tooLarge(needed: number, available: number, atLeast = ''): KroncutError {
  const what = `contracting the subcircuit tensors needs${atLeast}`;
  return unfitCuts(what, needed, available, ' even one outcome at a time');
}

/** The plan of one slice; `repeated` members depend on the bits that are fixed in it. */
function planSlice(
  shapes: readonly TensorShape[],
  repeated: readonly boolean[],
  { answerBits, sliceBits }: Pick<ContractionPlan, 'answerBits' | 'sliceBits'>,
  memoryBytes: number,
  extent: (bond: number) => number,
): ContractionPlan | undefined {
  const leaves = shapes.map(({ bonds, bits }, member): TreeNode => ({
    member,
    bonds: new Map(bonds.map((bond) => [bond, Math.log2(extent(bond))])),
    bits: bits.length,
  }));
  const order = leaves.length < 2 ? undefined : findTree(leaves, { memoryBytes });
  if (leaves.length >= 2 && order === undefined) return undefined;
  const base = { members: shapes.length, memberSizes: leaves.map(sizeOf), answerBits, sliceBits };
  if (order?.root.children === undefined) {
    const [only] = leaves;
    const bytes = only === undefined ? 0 : BYTES * sizeOf(only);
    const last = { left: undefined, right: only?.member, inner: 1, multiplyAdds: 2 ** answerBits };
    return { ...base, ...last, steps: [], peakBytes: bytes, operandBytes: bytes };
  }
  const { root, peakBytes } = order;
  const steps: ContractionStep[] = [];
  const numbers = new Map<TreeNode, number>();
  const numberOf = (node: TreeNode): number => node.member ?? numbers.get(node) ?? -1;
  const isRepeated = (id: number): boolean => repeated[id] ?? steps[id - shapes.length]?.repeated ?? false;
  // What every slice shares stays in memory where something that is made anew needs it.
  const kept = new Set<TreeNode>();
  for (const node of inSequence(root)) {
    const operands = node.children ?? [];
    const changes = operands.map((operand) => isRepeated(numberOf(operand)));
    for (const [i, operand] of operands.entries()) {
      const needed = node === root || changes.includes(true);
      if (sliceBits > 0 && needed && changes[i] === false) kept.add(operand);
    }
    if (node === root) break;
    const [left = -1, right = -1] = operands.map(numberOf);
    const result = shapes.length + steps.length;
    numbers.set(node, result);
    const [multiplyAdds, size] = [productWork(node), sizeOf(node)];
    steps.push({ left, right, result, multiplyAdds, size, repeated: changes.includes(true) });
  }
  const [left, right] = order.root.children;
  const inner = 2 ** sharedLog(left, right);
  const slices = 2 ** sliceBits;
  const before = steps.reduce((sum, step) => sum + step.multiplyAdds * (step.repeated ? slices : 1), 0);
  return {
    ...base,
    steps,
    left: numberOf(left),
    right: numberOf(right),
    inner,
    multiplyAdds: before + 2 ** answerBits * inner,
    peakBytes: kept.size === 0 ? peakBytes : peakWith(root, kept),
    operandBytes: BYTES * (sizeOf(left) + sizeOf(right)),
  };
}

function sizeOf(node: TreeNode): number {
  return 2 ** logSize(node);
}
