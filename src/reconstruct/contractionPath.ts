/**
 * In which order to contract a tensor network. All tensors but the last two are contracted pairwise into operands;
 * the product of the last two is the answer and is streamed, never stored. Where the operands do not fit, the highest
 * bits of the answer are fixed, and the contraction is repeated for each of their values.
 */
import { KroncutError } from '../error.js';
import { findTree } from './contractionOrder.js';
import { inOrder, inSequence, logSize, productWork, sharedLog, type TreeNode } from './contractionTree.js';

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
}

export interface ContractionPlan {
  readonly members: number;
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
  /** Multiply-adds of all slices together. */
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
  const fixed = new Set<number>();
  for (let sliceBits = 0; sliceBits <= order.length; sliceBits += 1) {
    if (sliceBits > 0) fixed.add(order[order.length - sliceBits] ?? -1);
    const sliced = shapes.map(({ bonds, bits }) => ({ bonds, bits: bits.filter((bit) => !fixed.has(bit)) }));
    const plan = planSlice(sliced, order.length - sliceBits, left, extent);
    if (plan !== undefined && plan.peakBytes <= left) {
      return {
        ...plan,
        peakBytes: plan.peakBytes + openBytes,
        answerBits: order.length,
        sliceBits,
        multiplyAdds: plan.multiplyAdds * 2 ** sliceBits,
      };
    }
  }
  const least = planSlice(
    shapes.map(({ bonds }) => ({ bonds, bits: [] })),
    0,
    Infinity,
    extent,
  );
  const needed = (least?.peakBytes ?? Infinity) + openBytes;
  throw new KroncutError(
    'memory',
    `contracting the subcircuit tensors needs ${(needed / 2 ** 30).toPrecision(3)} GiB of memory on each rank even one ` +
      `outcome at a time, but ${(memoryBytes / 2 ** 30).toPrecision(3)} GiB are available; cut fewer wires`,
    { details: { needed, available: memoryBytes } },
  );
}

function planSlice(
  shapes: readonly TensorShape[],
  answerBits: number,
  memoryBytes: number,
  extent: (bond: number) => number,
): ContractionPlan | undefined {
  const leaves = shapes.map(({ bonds, bits }, member): TreeNode => ({
    member,
    bonds: new Map(bonds.map((bond) => [bond, Math.log2(extent(bond))])),
    bits: bits.length,
  }));
  const found = leaves.length < 2 ? leaves[0] : findTree(leaves, { memoryBytes });
  if (leaves.length >= 2 && found === undefined) return undefined;
  const base = { members: shapes.length, answerBits, sliceBits: 0 };
  if (found?.children === undefined) {
    const bytes = found === undefined ? 0 : BYTES * 2 ** logSize(found);
    const multiplyAdds = 2 ** answerBits;
    return {
      ...base,
      steps: [],
      left: undefined,
      right: found?.member,
      inner: 1,
      multiplyAdds,
      peakBytes: bytes,
      operandBytes: bytes,
    };
  }
  const { root, peakBytes } = inOrder(found);
  const numbers = new Map<TreeNode, number>();
  const numberOf = (node: TreeNode | undefined): number | undefined =>
    node === undefined ? undefined : (node.member ?? numbers.get(node));
  const steps = inSequence(root)
    .filter((node) => node !== root)
    .map((node, i): ContractionStep => {
      const result = shapes.length + i;
      numbers.set(node, result);
      const [left = -1, right = -1] = (node.children ?? []).map(numberOf);
      return { left, right, result, multiplyAdds: productWork(node), size: 2 ** logSize(node) };
    });
  const [left, right] = root.children ?? [];
  const inner = left === undefined || right === undefined ? 1 : 2 ** sharedLog(left, right);
  return {
    ...base,
    steps,
    left: numberOf(left),
    right: numberOf(right),
    inner,
    multiplyAdds: steps.reduce((sum, step) => sum + step.multiplyAdds, 0) + 2 ** answerBits * inner,
    peakBytes,
    operandBytes: [left, right].reduce(
      (sum, node) => sum + (node === undefined ? 0 : BYTES * 2 ** logSize(node)),
      0,
    ),
  };
}

/** The plan as lines for a person. */
export function explainPlan(plan: ContractionPlan, names: readonly string[]): string[] {
  const name = (id: number | undefined): string =>
    id === undefined ? '1' : (names[id] ?? `t${id - plan.members}`);
  const lines = plan.steps.map(
    (step) =>
      `${name(step.result)} = ${name(step.left)} x ${name(step.right)}: ${count(step.multiplyAdds)} multiply-adds, ` +
      `${count(step.size)} values`,
  );
  const pieces = plan.sliceBits === 0 ? 'in one piece' : `in 2^${plan.sliceBits} slices`;
  lines.push(
    `answer = ${name(plan.left)} x ${name(plan.right)}: 2^${plan.answerBits} outcomes, bond product ${plan.inner}, ${pieces}`,
    `in all ${count(plan.multiplyAdds)} multiply-adds, peak memory ${(plan.peakBytes / 2 ** 20).toPrecision(3)} MiB`,
  );
  return lines;
}

function count(value: number): string {
  return value < 1e6 ? `${Math.round(value)}` : value.toExponential(2);
}
