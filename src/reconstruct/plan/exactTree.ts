/** The best order of few tensors. */
import { joinNodes, logSize, sharedLog, WRITE_PRICE, type TreeNode } from './contractionTree.js';
import { numberAt, valueAt } from '../../error.js';

/** Networks up to this number of tensors are ordered exactly. */
export const EXACT_TENSORS = 12;

/**
 * The cheapest tree, by dynamic programming over all subsets; undefined where some operand or result of every order is
 * above the limit (log2 of values). At the root nothing is written.
 */
export function exactTree(
  leaves: readonly TreeNode[],
  logLimit: number,
  isRoot: boolean,
): TreeNode | undefined {
  const count = leaves.length;
  if (count < 2) return leaves[0];
  const all = 2 ** count - 1;
  const shared = leaves.map((a) => leaves.map((b) => (a === b ? 0 : sharedLog(a, b))));
  const degree = leaves.map((leaf) => logSize(leaf) - leaf.bits);
  const bits = new Float64Array(all + 1);
  const open = new Float64Array(all + 1);
  const cost = new Float64Array(all + 1).fill(Infinity);
  const half = new Int32Array(all + 1);
  // A product takes 2 ** (bits + (open of the result and of both operands) / 2) multiply-adds.
  const root = new Float64Array(all + 1);
  for (let set = 1; set <= all; set += 1) {
    const low = 31 - Math.clz32(set & -set);
    const rest = set & (set - 1);
    let toRest = 0;
    for (let other = low + 1; other < count; other += 1) {
      if ((rest >> other) & 1) toRest += valueAt(valueAt(shared, low), other);
    }
    bits[set] = numberAt(bits, rest) + (leaves[low]?.bits ?? 0);
    open[set] = numberAt(open, rest) + valueAt(degree, low) - 2 * toRest;
    root[set] = 2 ** (numberAt(open, set) / 2);
    if (rest === 0) {
      cost[set] = 0;
      continue;
    }
    const size = numberAt(bits, set) + numberAt(open, set);
    if (set !== all && size > logLimit) continue;
    const written = set === all && isRoot ? 0 : WRITE_PRICE * 2 ** size;
    const scale = 2 ** numberAt(bits, set) * numberAt(root, set);
    // Each pair of halves once: the second half lacks the lowest leaf.
    let [least, chosen] = [Infinity, 0];
    for (let second = rest & -rest; second > 0; second = (second - rest) & rest) {
      const first = set ^ second;
      const total = cost[first]! + cost[second]! + scale * root[first]! * root[second]!;
      if (total < least) [least, chosen] = [total, first];
    }
    cost[set] = least + written;
    half[set] = chosen;
  }
  return numberAt(cost, all) === Infinity ? undefined : build(all);

  function build(set: number): TreeNode | undefined {
    const first = valueAt(half, set);
    if (first === 0) return leaves[31 - Math.clz32(set)];
    const [a, b] = [build(first), build(set ^ first)];
    return a === undefined || b === undefined ? undefined : joinNodes(a, b);
  }
}
