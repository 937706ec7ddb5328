/**
 * In which order to contract a tensor network. All tensors but the last two are contracted pairwise into operands;
 * the product of the last two is the answer and is streamed, never stored. Costs follow Gray and Kourtis
 * (arXiv:2002.01935): multiply-adds, plus a price per value written that stands for memory traffic.
 */
import { KroncutError } from '../error.js';

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

/** Price of writing one value, in multiply-adds. */
const WRITE_PRICE = 64;
/** Networks up to this number of tensors are ordered exactly; larger ones are reduced to it greedily. */
export const EXACT_TENSORS = 12;
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

interface Node {
  readonly id: number;
  readonly bonds: ReadonlyMap<number, number>;
  /** log2 of the number of outcomes. */
  readonly bits: number;
}

/** Sum of log2 extents. */
function weight(bonds: Iterable<number>): number {
  let sum = 0;
  for (const log of bonds) sum += log;
  return sum;
}

function logSize(node: Node): number {
  return node.bits + weight(node.bonds.values());
}

function planSlice(
  shapes: readonly TensorShape[],
  answerBits: number,
  memoryBytes: number,
  extent: (bond: number) => number,
): ContractionPlan | undefined {
  const nodes: Node[] = shapes.map(({ bonds, bits }, id) => ({
    id,
    bonds: new Map(bonds.map((bond) => [bond, Math.log2(extent(bond))])),
    bits: bits.length,
  }));
  const steps: ContractionStep[] = [];
  let alive = nodes;
  while (alive.length > EXACT_TENSORS) alive = mergeCheapest(alive, shapes.length + steps.length, steps);
  if (alive.length < 2) {
    const only = alive[0];
    const peakBytes = only === undefined ? 0 : BYTES * 2 ** logSize(only);
    return finish(undefined, only?.id, 1, peakBytes, peakBytes);
  }
  const last = exactOrder(alive, shapes.length, steps, Math.log2(memoryBytes / BYTES));
  if (last === undefined) return undefined;
  const inner = 2 ** contracted(last.left, last.right);
  const operandBytes = BYTES * (2 ** logSize(last.left) + 2 ** logSize(last.right));
  return finish(last.left.id, last.right.id, inner, peak(nodes, steps, last), operandBytes);

  function finish(
    left: number | undefined,
    right: number | undefined,
    innerExtent: number,
    peakBytes: number,
    operandBytes: number,
  ): ContractionPlan {
    const before = steps.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
    return {
      members: shapes.length,
      steps,
      left,
      right,
      inner: innerExtent,
      answerBits,
      sliceBits: 0,
      multiplyAdds: before + 2 ** answerBits * innerExtent,
      peakBytes,
      operandBytes,
    };
  }
}

/** log2 of the extent of the bonds that two nodes share. */
function contracted(a: Node, b: Node): number {
  let sum = 0;
  for (const [bond, log] of a.bonds) if (b.bonds.has(bond)) sum += log;
  return sum;
}

function join(a: Node, b: Node, id: number): Node {
  const bonds = new Map<number, number>();
  for (const [bond, log] of a.bonds) if (!b.bonds.has(bond)) bonds.set(bond, log);
  for (const [bond, log] of b.bonds) if (!a.bonds.has(bond)) bonds.set(bond, log);
  return { id, bonds, bits: a.bits + b.bits };
}

function stepOf(a: Node, b: Node, result: Node): ContractionStep {
  const size = 2 ** logSize(result);
  return {
    left: a.id,
    right: b.id,
    result: result.id,
    multiplyAdds: size * 2 ** contracted(a, b),
    size,
  };
}

/** Contracts the pair whose product is cheapest compared with what it replaces. */
function mergeCheapest(alive: readonly Node[], id: number, steps: ContractionStep[]): Node[] {
  let best: { a: Node; b: Node; score: number } | undefined;
  for (const [i, a] of alive.entries()) {
    for (const b of alive.slice(i + 1)) {
      const shared = contracted(a, b);
      const result = logSize(a) + logSize(b) - 2 * shared;
      const score = 2 ** result * (WRITE_PRICE + 2 ** shared) - 2 ** logSize(a) - 2 ** logSize(b);
      if (best === undefined || score < best.score) best = { a, b, score };
    }
  }
  if (best === undefined) throw new KroncutError('internal', 'nothing is left to contract');
  const { a, b } = best;
  const result = join(a, b, id);
  steps.push(stepOf(a, b, result));
  return [...alive.filter((node) => node !== a && node !== b), result];
}

/**
 * Dynamic programming over all subsets. Appends the steps that make the two operands of the last product and
 * returns these; undefined where some operand or result of every order is above the memory limit.
 */
function exactOrder(
  alive: readonly Node[],
  members: number,
  steps: ContractionStep[],
  logLimit: number,
): { left: Node; right: Node } | undefined {
  const count = alive.length;
  const all = 2 ** count - 1;
  const shared = alive.map((a) => alive.map((b) => (a === b ? 0 : contracted(a, b))));
  const degree = alive.map((a) => weight(a.bonds.values()));
  const bits = new Float64Array(all + 1);
  const open = new Float64Array(all + 1);
  const cost = new Float64Array(all + 1).fill(Infinity);
  const half = new Int32Array(all + 1);
  for (let set = 1; set <= all; set += 1) {
    const low = 31 - Math.clz32(set & -set);
    const rest = set & (set - 1);
    let toRest = 0;
    for (let other = low + 1; other < count; other += 1) {
      if ((rest >> other) & 1) toRest += shared[low]?.[other] ?? 0;
    }
    bits[set] = at(bits, rest) + (alive[low]?.bits ?? 0);
    open[set] = at(open, rest) + (degree[low] ?? 0) - 2 * toRest;
    if (rest === 0) {
      cost[set] = 0;
      continue;
    }
    const size = at(bits, set) + at(open, set);
    if (set !== all && size > logLimit) continue;
    const written = set === all ? 0 : WRITE_PRICE * 2 ** size;
    // Each pair of halves once: the first half holds the lowest member.
    for (let first = (set - 1) & set; first > 0; first = (first - 1) & set) {
      if ((first & (set & -set)) === 0) continue;
      const second = set ^ first;
      const inner = (at(open, first) + at(open, second) - at(open, set)) / 2;
      const total = at(cost, first) + at(cost, second) + written + 2 ** (size + inner);
      if (total < at(cost, set)) {
        cost[set] = total;
        half[set] = first;
      }
    }
  }
  if (at(cost, all) === Infinity) return undefined;
  const left = build(half[all] ?? 0);
  const right = build(all ^ (half[all] ?? 0));
  return { left, right };

  function build(set: number): Node {
    const first = half[set] ?? 0;
    if (first === 0) {
      const member = alive[31 - Math.clz32(set)];
      if (member === undefined) throw new KroncutError('internal', 'the contraction order names no tensor');
      return member;
    }
    const a = build(first);
    const b = build(set ^ first);
    const result = join(a, b, members + steps.length);
    steps.push(stepOf(a, b, result));
    return result;
  }
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

/**
 * Most bytes alive at once: operands until they are used, and of each product a rearranged copy of its operands and,
 * before the last one, of its result.
 */
function peak(
  members: readonly Node[],
  steps: readonly ContractionStep[],
  last: { left: Node; right: Node },
): number {
  const sizes = new Map(members.map((node) => [node.id, 2 ** logSize(node)]));
  let alive = 0;
  let most = 0;
  const seen = new Set<number>();
  const use = (id: number): number => {
    const size = sizes.get(id) ?? 0;
    if (!seen.has(id)) alive += size;
    seen.add(id);
    return size;
  };
  for (const step of steps) {
    const operands = use(step.left) + use(step.right);
    most = Math.max(most, alive + operands + 2 * step.size);
    sizes.set(step.result, step.size);
    seen.add(step.result);
    alive += step.size - operands;
  }
  const operands = use(last.left.id) + use(last.right.id);
  return BYTES * Math.max(most, alive + operands);
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
