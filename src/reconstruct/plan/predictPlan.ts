/** What a planned contraction takes on a number of ranks, at given rates. */
import { movingSeconds, PASSES } from '../../run/resources/costs.js';
import type { Rates } from '../../run/calibration.js';
import type { ContractionPlan } from './contractionPlan.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';
import { required } from '../../error.js';

export interface PlanCost {
  /** Seconds of the slowest rank: contracting the operands, and its share of the last product. */
  readonly seconds: number;
  /** Of these, seconds that every rank spends alike, however many there are. */
  readonly sharedSeconds: number;
  /** Seconds in which the partial results come together. */
  readonly mergeSeconds: number;
  /** Ranks that have a part of the answer to compute. */
  readonly busyRanks: number;
}

/** What is done with a query's answer. */
export interface AnswerUse {
  /** Slices that the answer is divided into for the ranks, as a power of two. */
  readonly rankSliceBits: number;
  /** Bytes that a rank sends to every other one for each of its slices, and once. */
  readonly sliceBytes: number;
  readonly bytes: number;
  /** Bytes of the tensors as they are before the query reduces them. */
  readonly tensorBytes: number;
  /** Entropies of the answer are among what is asked. */
  readonly entropies?: boolean;
}

/**
 * A product reads its operands and writes rearranged copies of them, then writes its result and rearranges it; the last
 * one does so with its operands, and streams. What no slice changes is done once on every rank, the rest once for
 * every slice that the rank has a part of.
 */
export function predictPlan(plan: ContractionPlan, use: AnswerUse, rates: Rates, ranks: number): PlanCost {
  const { memberSizes, steps, sliceBits, answerBits, inner } = plan;
  const sizes = new Map(memberSizes.map((size, id) => [id, size]));
  for (const { result, size } of steps) sizes.set(result, size);
  const sizeOf = (id: number | undefined): number =>
    id === undefined ? 1 : required(sizes.get(id), `the size of tensor ${id}`);
  const slices = 2 ** sliceBits;
  const busyRanks = Math.min(ranks, 2 ** Math.max(use.rankSliceBits, sliceBits));
  const slicesOfRank = Math.min(slices, Math.max(1, Math.ceil(slices / busyRanks)));
  const moving = (values: number): number => movingSeconds(values, rates);
  let once = moving((PASSES.opened * use.tensorBytes) / VALUE_BYTES) + rates.call * memberSizes.length;
  let perSlice = 0;
  for (const { left, right, size, multiplyAdds, repeated } of steps) {
    const seconds =
      rates.call +
      multiplyAdds * rates.multiplyAdd +
      moving(operands(sizeOf(left), sizeOf(right)) + PASSES.result * size);
    if (repeated) perSlice += seconds;
    else once += seconds;
  }
  perSlice += rates.call + moving(operands(sizeOf(plan.left), sizeOf(plan.right)));
  const share = largestShare(2 ** Math.max(use.rankSliceBits, sliceBits), busyRanks);
  const value = rates.value + (use.entropies === true ? rates.entropy : 0);
  const streaming = share * 2 ** answerBits * (value + inner * rates.multiplyAdd);
  const sharedSeconds = once + slicesOfRank * perSlice;
  return {
    seconds: sharedSeconds + streaming,
    sharedSeconds,
    mergeSeconds: mergeSeconds(use, rates, ranks),
    busyRanks,
  };
}

/** Values that pass through memory for two operands. */
function operands(a: number, b: number): number {
  return PASSES.operand * (a + b);
}

/** Share of the answer of the rank that has most slices. */
function largestShare(slices: number, ranks: number): number {
  return Math.ceil(slices / ranks) / slices;
}

/** Bytes that every rank receives when the partial results are gathered. */
export function mergedBytes({ rankSliceBits, sliceBytes, bytes }: AnswerUse, ranks: number): number {
  return ranks < 2 ? 0 : 2 ** rankSliceBits * sliceBytes + ranks * bytes;
}

/** Gathering in about log2(ranks) rounds. */
function mergeSeconds(use: AnswerUse, rates: Rates, ranks: number): number {
  if (ranks < 2) return 0;
  return Math.ceil(Math.log2(ranks)) * rates.latency + mergedBytes(use, ranks) / rates.link;
}
