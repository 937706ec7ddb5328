/**
 * Finds cheap contraction trees. Few tensors are ordered exactly, by dynamic programming over subsets. More are joined
 * greedily, many times over with random changes of the rule, and the best trees are improved by ordering parts of them
 * exactly until nothing gets cheaper (Gray and Kourtis, arXiv:2002.01935, sections 4.2 and 4.5). The answer is a
 * function of the network and the seed.
 */
import { BoundQueue } from './boundQueue.js';
import {
  inOrder,
  inSequence,
  joinNodes,
  logSize,
  sharedLog,
  treePrice,
  WRITE_PRICE,
  type TreeNode,
} from './contractionTree.js';
import { numberAt, valueAt } from '../../error.js';

/** Networks up to this number of tensors are ordered exactly. */
export const EXACT_TENSORS = 12;
/** Random orders end with this number of tensors ordered exactly. */
const FEW_TENSORS = 8;
/** Operands of a part of a tree that is ordered anew. */
const PART_TENSORS = 9;
/** Above this number, only tensors that share a bond are looked at together. */
const DENSE_TENSORS = 200;
/** Random orders that are tried, at most; fewer for large networks: `count^3` steps each, or so many tensors in all. */
const MOST_TRIALS = 24;
const TRIAL_STEPS = 3e7;
const TRIAL_TENSORS = 8000;
/** Of these, so many are improved. */
const IMPROVED_TRIALS = 4;
/** Trees with longer branches are taken as they are: these are chains, which joining greedily orders well. */
const DEEPEST = 1500;
/** Times that all parts of a tree are ordered anew, at most. */
const MOST_PASSES = 8;

export interface OrderLimits {
  /** No operand or result may be above it; undefined is answered where the order found breaks it. */
  readonly memoryBytes: number;
  readonly seed?: number;
}

/** Trees without a limit that were found last: a question is predicted, planned and answered with one network. */
const known = new Map<string, TreeNode>();
const MOST_KNOWN = 8;

/** A cheap tree over two or more leaves; undefined where every order that was found is above the memory limit. */
export function findTree(leaves: readonly TreeNode[], limits: OrderLimits): TreeNode | undefined {
  const { memoryBytes, seed = 0 } = limits;
  if (leaves.length <= EXACT_TENSORS) return exactTree(leaves, Math.log2(memoryBytes / 8), true);
  const free = freeTree(leaves, seed);
  return inOrder(free).peakBytes <= memoryBytes ? free : searchTree(leaves, memoryBytes, seed);
}

/** The cheapest tree that is found where memory is no matter; remembered. */
function freeTree(leaves: readonly TreeNode[], seed: number): TreeNode {
  const key = `${seed};${leaves.map(leafKey).join(';')}`;
  const found = known.get(key) ?? searchTree(leaves, Infinity, seed);
  known.delete(key);
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return found;
}

function leafKey({ member, bits, bonds }: TreeNode): string {
  return `${member} ${bits} ${[...bonds].join(' ')}`;
}

/** Of many trees the cheapest that fits, or the one that needs least where none does. */
function searchTree(leaves: readonly TreeNode[], memoryBytes: number, seed: number): TreeNode {
  const logLimit = Math.log2(memoryBytes / 8);
  const random = generator(seed);
  const sparse = leaves.length > DENSE_TENSORS;
  const affordable = sparse ? TRIAL_TENSORS / leaves.length : TRIAL_STEPS / leaves.length ** 3;
  const trials = Math.min(MOST_TRIALS, Math.max(1, Math.floor(affordable)));
  const plain = greedyTree(leaves, { alpha: 1, temperature: 0, random });
  const found: TreeNode[] = [plain];
  for (let trial = 1; trial < trials; trial += 1) {
    const alpha = 0.25 + 1.5 * random();
    const temperature = 2 ** (4 * random() - 3);
    found.push(greedyTree(leaves, { alpha, temperature, random }));
  }
  const priced = found.map((tree) => ({ tree, price: treePrice(tree) })).sort((a, b) => a.price - b.price);
  const peaks = found.map((tree) => inOrder(tree).peakBytes);
  const smallest = found[peaks.indexOf(Math.min(...peaks))] ?? plain;
  const best = [...priced.slice(0, IMPROVED_TRIALS), { tree: smallest }]
    .map(({ tree }) => improved(tree, logLimit))
    .map((tree) => ({ tree, price: treePrice(tree), peak: inOrder(tree).peakBytes }))
    .sort((a, b) => a.price - b.price || a.peak - b.peak);
  const fitting = best.find(({ peak }) => peak <= memoryBytes);
  return (fitting ?? best.toSorted((a, b) => a.peak - b.peak)[0])?.tree ?? plain;
}

interface GreedyRule {
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
      const row = valueAt(alive, p) * count;
      for (let q = p + 1; q < alive.length; q += 1) {
        const value = scores[row + valueAt(alive, q)] ?? Infinity;
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

function depthOf(root: TreeNode): number {
  const depth = new Map<TreeNode, number>();
  for (const node of inSequence(root)) {
    const below = node.children?.map((child) => depth.get(child) ?? 0) ?? [];
    depth.set(node, 1 + Math.max(0, ...below));
  }
  return depth.get(root) ?? 0;
}

/** The tree with its parts ordered exactly, one after another, until none gets cheaper. */
function improved(tree: TreeNode, logLimit: number): TreeNode {
  if (depthOf(tree) > DEEPEST) return tree;
  let best = tree;
  let price = treePrice(tree);
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const next = refined(best, logLimit, true);
    const nextPrice = treePrice(next);
    if (!(nextPrice < price)) break;
    best = next;
    price = nextPrice;
  }
  return best;
}

/** Orders the part below a node anew, then the parts below its operands. */
function refined(node: TreeNode, logLimit: number, isRoot: boolean): TreeNode {
  if (node.children === undefined) return node;
  let operands: TreeNode[] = [...node.children];
  for (;;) {
    const largest = operands
      .filter(({ children }) => children !== undefined)
      .reduce<TreeNode | undefined>(
        (most, operand) => (most === undefined || logSize(operand) > logSize(most) ? operand : most),
        undefined,
      );
    if (largest?.children === undefined || operands.length >= PART_TENSORS) break;
    operands = [...operands.filter((operand) => operand !== largest), ...largest.children];
  }
  const again = exactTree(operands, logLimit, isRoot) ?? node;
  const below = (part: TreeNode): TreeNode => {
    if (part.children === undefined || operands.includes(part)) return refined(part, logLimit, false);
    return { ...part, children: [below(part.children[0]), below(part.children[1])] };
  };
  if (again.children === undefined) return again;
  return { ...again, children: [below(again.children[0]), below(again.children[1])] };
}

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
  for (let set = 1; set <= all; set += 1) {
    const low = 31 - Math.clz32(set & -set);
    const rest = set & (set - 1);
    let toRest = 0;
    for (let other = low + 1; other < count; other += 1) {
      if ((rest >> other) & 1) toRest += valueAt(valueAt(shared, low), other);
    }
    bits[set] = numberAt(bits, rest) + (leaves[low]?.bits ?? 0);
    open[set] = numberAt(open, rest) + valueAt(degree, low) - 2 * toRest;
    if (rest === 0) {
      cost[set] = 0;
      continue;
    }
    const size = numberAt(bits, set) + numberAt(open, set);
    if (set !== all && size > logLimit) continue;
    const written = set === all && isRoot ? 0 : WRITE_PRICE * 2 ** size;
    // Each pair of halves once: the first half holds the lowest leaf.
    for (let first = (set - 1) & set; first > 0; first = (first - 1) & set) {
      if ((first & (set & -set)) === 0) continue;
      const second = set ^ first;
      const inner = (numberAt(open, first) + numberAt(open, second) - numberAt(open, set)) / 2;
      const total = numberAt(cost, first) + numberAt(cost, second) + written + 2 ** (size + inner);
      if (total < numberAt(cost, set)) {
        cost[set] = total;
        half[set] = first;
      }
    }
  }
  return numberAt(cost, all) === Infinity ? undefined : build(all);

  function build(set: number): TreeNode | undefined {
    const first = valueAt(half, set);
    if (first === 0) return leaves[31 - Math.clz32(set)];
    const [a, b] = [build(first), build(set ^ first)];
    return a === undefined || b === undefined ? undefined : joinNodes(a, b);
  }
}

/** Numbers in [0, 1) that a seed decides (xorshift, Marsaglia 2003). */
function generator(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
