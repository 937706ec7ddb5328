/** Trees by joining the pair of tensors that looks cheapest, again and again (Gray and Kourtis, arXiv:2002.01935, section 4.2). */
import { BoundQueue } from './boundQueue.js';
import { joinNodes, logSize, sharedLog, WRITE_PRICE, type TreeNode } from './contractionTree.js';
import { EXACT_TENSORS, exactTree } from './exactTree.js';
import { valueAt } from '../../error.js';

/** Random orders end with this number of tensors ordered exactly. */
const FEW_TENSORS = 8;
/** Above this number, only tensors that share a bond are looked at together. */
export const DENSE_TENSORS = 200;

export interface GreedyRule {
  /** Weight of the operands that a product does away with. */
  readonly alpha: number;
  /** How much chance has a say, on the scale of the logarithm of a price. */
  readonly temperature: number;
  readonly random: () => number;
}

/** Joins the pair that is cheapest compared with what it replaces, again and again; the last of them exactly. */
export function greedyTree(leaves: readonly TreeNode[], rule: GreedyRule): TreeNode {
  const rest = leaves.length > DENSE_TENSORS ? joinNeighbours(leaves, rule) : joinPairs(leaves, rule);
  return exactTree(rest, Infinity, true) ?? rest.reduce(joinNodes);
}

function pairScore(
  a: TreeNode,
  b: TreeNode,
  [first, second]: readonly [number, number],
  { alpha, temperature, random }: GreedyRule,
): number {
  const shared = sharedLog(a, b);
  const gain = (first * second * (WRITE_PRICE + 2 ** shared)) / 4 ** shared - alpha * (first + second);
  if (temperature === 0) return gain;
  const noise = -Math.log(-Math.log(Math.max(random(), 1e-300)));
  return Math.sign(gain) * Math.log2(1 + Math.abs(gain)) - temperature * noise;
}

const fewTensors = ({ temperature }: GreedyRule): number => (temperature === 0 ? EXACT_TENSORS : FEW_TENSORS);

/** Joins pairs that share a bond until none does, and then the smallest, until few are left. */
function joinNeighbours(leaves: readonly TreeNode[], rule: GreedyRule): TreeNode[] {
  const alive = new Map<number, TreeNode>(leaves.entries());
  const sizes = leaves.map((node) => 2 ** logSize(node));
  const owners = new Map<number, number[]>();
  for (const [number, { bonds }] of leaves.entries()) {
    for (const bond of bonds.keys()) owners.set(bond, [...(owners.get(bond) ?? []), number]);
  }
  const queue = new BoundQueue<{ bound: number; order: number; pair: readonly [number, number] }>();
  const offer = (i: number, j: number): void => {
    const [a, b] = [alive.get(i), alive.get(j)];
    if (a === undefined || b === undefined) return;
    const bound = -pairScore(a, b, [valueAt(sizes, i), valueAt(sizes, j)], rule);
    queue.push({ bound, order: -(i * 2 ** 26 + j), pair: [i, j] });
  };
  const neighbours = (number: number): Set<number> =>
    new Set([...(alive.get(number)?.bonds.keys() ?? [])].flatMap((bond) => owners.get(bond) ?? []));
  for (const i of alive.keys()) for (const j of neighbours(i)) if (i < j) offer(i, j);
  const few = fewTensors(rule);
  while (alive.size > few) {
    const [i, j] = queue.pop()?.pair ?? smallestTwo(alive, sizes);
    const [a, b] = [alive.get(i), alive.get(j)];
    if (a === undefined || b === undefined) continue;
    const number = sizes.length;
    const joined = joinNodes(a, b);
    alive.delete(i);
    alive.delete(j);
    alive.set(number, joined);
    sizes.push(2 ** logSize(joined));
    for (const bond of joined.bonds.keys()) {
      owners.set(
        bond,
        (owners.get(bond) ?? []).map((owner) => (owner === i || owner === j ? number : owner)),
      );
    }
    for (const other of neighbours(number)) if (other !== number) offer(other, number);
  }
  return [...alive.values()];
}

function smallestTwo(
  alive: ReadonlyMap<number, TreeNode>,
  sizes: readonly number[],
): readonly [number, number] {
  let [least, second] = [-1, -1];
  for (const number of alive.keys()) {
    const size = valueAt(sizes, number);
    if (least < 0 || size < valueAt(sizes, least)) [least, second] = [number, least];
    else if (second < 0 || size < valueAt(sizes, second)) second = number;
  }
  return [least, second];
}

/** Joins any two, until few are left. */
function joinPairs(leaves: readonly TreeNode[], rule: GreedyRule): TreeNode[] {
  const nodes = [...leaves];
  const count = nodes.length;
  const sizes = nodes.map((node) => 2 ** logSize(node));
  const scores = new Float64Array(count * count);
  const score = (i: number, j: number): number => {
    const [a, b] = [nodes[i], nodes[j]];
    return a === undefined || b === undefined
      ? Infinity
      : pairScore(a, b, [valueAt(sizes, i), valueAt(sizes, j)], rule);
  };
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) scores[i * count + j] = score(i, j);
  }
  const alive = nodes.map((_, i) => i);
  while (alive.length > fewTensors(rule)) {
    let least = Infinity;
    let pair: readonly [number, number] = [0, 1];
    for (let p = 0; p < alive.length; p += 1) {
      const row = alive[p]! * count;
      for (let q = p + 1; q < alive.length; q += 1) {
        const value = scores[row + alive[q]!]!;
        if (value < least) {
          least = value;
          pair = [p, q];
        }
      }
    }
    const [i, j] = [valueAt(alive, pair[0]), valueAt(alive, pair[1])];
    const [a, b] = [nodes[i], nodes[j]];
    if (a === undefined || b === undefined) break;
    const joined = joinNodes(a, b);
    nodes[i] = joined;
    sizes[i] = 2 ** logSize(joined);
    alive.splice(pair[1], 1);
    for (const other of alive) {
      const [low, high] = [Math.min(i, other), Math.max(i, other)];
      if (low !== high) scores[low * count + high] = score(low, high);
    }
  }
  return alive.flatMap((i) => nodes[i] ?? []);
}
