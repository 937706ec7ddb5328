/** How a query is contracted, for people and for other programs. */
import { formatBytes, formatSeconds } from '../../run/resources/units.js';
import type { ContractionPlan } from './contractionPlan.js';

/** One way of contracting the network, and how often a query takes it. */
export interface PlanExplanation {
  readonly query: string;
  /** What is contracted, in words. */
  readonly what: string;
  readonly times: number;
  /** The products in their order; the last one gives the answer and is streamed. */
  readonly steps: readonly {
    readonly result: string;
    readonly left: string;
    readonly right: string;
    readonly multiplyAdds: number;
    readonly values: number;
  }[];
  /** The same as nested pairs. */
  readonly tree: string;
  /** Extent of the index that the last product sums over. */
  readonly bondProduct: number;
  /** log2 of the number of values of the answer. */
  readonly outcomeBits: number;
  readonly slices: number;
  /** Additions and multiplications of one contraction. */
  readonly flops: number;
  /**
   * Those of the sum over all 4^K Pauli strings that the bonds stand for, each the Kronecker product of the
   * subcircuits' vectors (Tang et al., arXiv:2012.02333, Eq. 4), and how many times more that is.
   */
  readonly naiveFlops: number;
  readonly naiveRatio: number;
  readonly peakBytes: number;
  /** Seconds predicted for all contractions of this kind. */
  readonly predictedSeconds: number;
}

/** Explanations as lines for a person. */
export function formatExplanation(explanation: PlanExplanation): string[] {
  const { what, times, steps, bondProduct, outcomeBits, slices } = explanation;
  return [
    `${what}${times === 1 ? '' : `, ${count(times)} times`}:`,
    ...steps
      .slice(0, -1)
      .map(
        ({ result, left, right, multiplyAdds, values }) =>
          `  ${result} = ${left} x ${right}: ${count(multiplyAdds)} multiply-adds, ${count(values)} values`,
      ),
    ...steps
      .slice(-1)
      .map(
        ({ left, right }) =>
          `  answer = ${left} x ${right}: 2^${outcomeBits} outcomes, bond product ${bondProduct}, ` +
          (slices === 1 ? 'in one piece' : `in ${count(slices)} slices`),
      ),
    `  ${count(explanation.flops)} operations; the sum over Pauli strings would take ${count(explanation.naiveFlops)}, ` +
      `${count(explanation.naiveRatio)} times as many`,
    `  peak memory ${formatBytes(explanation.peakBytes)}, predicted time ${formatSeconds(explanation.predictedSeconds)}`,
  ];
}

function count(value: number): string {
  if (value >= 1e6) return value.toExponential(2);
  return Number.isInteger(value) ? `${value}` : value.toPrecision(3);
}

/** Multiplications and additions of the sum over Pauli strings, each by Kronecker products from left to right. */
export function naiveFlops(
  members: readonly { readonly bits: number }[],
  bonds: number,
  answerBits: number,
): number {
  let products = 0;
  let bits = 0;
  for (const [i, member] of members.entries()) {
    bits += member.bits;
    if (i > 0) products += 2 ** bits;
  }
  return 4 ** bonds * (products + 2 ** answerBits);
}

export interface ExplainedNetwork {
  readonly names: readonly string[];
  /** Kept outcome bits of each member. */
  readonly members: readonly { readonly bits: number }[];
  /** Number of bonds, of four values each. */
  readonly bonds: number;
}

export function explainPlan(
  plan: ContractionPlan,
  { names, members, bonds }: ExplainedNetwork,
  {
    query,
    what,
    times,
    predictedSeconds,
  }: Pick<PlanExplanation, 'query' | 'what' | 'times' | 'predictedSeconds'>,
): PlanExplanation {
  const name = (id: number | undefined): string =>
    id === undefined ? '1' : (names[id] ?? `t${id - plan.members}`);
  const trees = new Map<number, string>();
  const tree = (id: number | undefined): string => (id === undefined ? '1' : (trees.get(id) ?? name(id)));
  for (const { left, right, result } of plan.steps) trees.set(result, `(${tree(left)} x ${tree(right)})`);
  const flops = 2 * plan.multiplyAdds;
  const naive = naiveFlops(members, bonds, plan.answerBits);
  const steps = plan.steps.map(({ result, left, right, multiplyAdds, size }) => ({
    result: name(result),
    left: name(left),
    right: name(right),
    multiplyAdds,
    values: size,
  }));
  const last = {
    result: 'answer',
    left: name(plan.left),
    right: name(plan.right),
    multiplyAdds: 2 ** plan.answerBits * plan.inner,
    values: 2 ** plan.answerBits,
  };
  return {
    query,
    what,
    times,
    steps: [...steps, last],
    tree: `${tree(plan.left)} x ${tree(plan.right)}`,
    bondProduct: plan.inner,
    outcomeBits: plan.answerBits,
    slices: 2 ** plan.sliceBits,
    flops,
    naiveFlops: naive,
    naiveRatio: naive / flops,
    peakBytes: plan.peakBytes,
    predictedSeconds,
  };
}
