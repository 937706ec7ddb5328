/**
 * Finds cheap contraction trees. Few tensors are ordered exactly, by dynamic programming over subsets. More are joined
 * greedily, many times over with random changes of the rule, and divided in halves again and again, as often as the
 * contraction is worth; the best trees are improved by ordering parts of them exactly until nothing gets cheaper (Gray and
 * Kourtis, arXiv:2002.01935, sections 4.2, 4.3 and 4.5). The answer is a function of the network and the seed.
 */
import { bisectTree, bondGraph } from './bisectTree.js';
import { inOrder, treePrice, type TreeNode } from './contractionTree.js';
import { EXACT_TENSORS, exactTree } from './exactTree.js';
import { DENSE_TENSORS, greedyTree } from './greedyTree.js';
import { improved } from './improveTree.js';

/** Random orders that are tried, at most; fewer for large networks: `count^3` steps each, or so many tensors in all. */
const MOST_TRIALS = 24;
const TRIAL_STEPS = 3e7;
const TRIAL_TENSORS = 8000;
/** Of these, so many are improved. */
const IMPROVED_TRIALS = 4;
/**
 * Steps of bisections (some 30 ns each) that the price of the cheapest tree so far allows (some 0.3 ns a multiply-add): up
 * to a tenth of a second beyond what the contraction takes, if that is not too short to matter, and for longer ones as
 * much again; and at most.
 */
const FIRST_STEPS_OF_PRICE = 1 / 2;
const MOST_FIRST_STEPS = 5e6;
const STEPS_OF_PRICE = 1 / 100;
const MOST_STEPS = 5e7;
/** What a bisection of a network takes, and improving its tree, in steps a tensor. */
const BISECTION_STEPS = 1500;
const IMPROVING_STEPS = 3000;
/** Trees by bisection are improved where they are at most so many times as dear as the cheapest of these. */
const PROMISING = 4;
/** Bisections in a row that find nothing cheaper, after which no more are tried. */
const PATIENCE = 50;

export interface OrderLimits {
  /** No operand or result may be above it; undefined is answered where the order found breaks it. */
  readonly memoryBytes: number;
  readonly seed?: number;
}

/** A tree whose children stand in the order in which they are contracted, and what it needs then (`inOrder`). */
export interface Order {
  readonly root: TreeNode;
  readonly peakBytes: number;
}

/** Orders without a limit that were found last: a question is predicted, planned and answered with one network. */
const known = new Map<string, Order>();
const MOST_KNOWN = 8;

/** A cheap order of two or more leaves; undefined where each that was found of few is above the memory limit. */
export function findTree(leaves: readonly TreeNode[], limits: OrderLimits): Order | undefined {
  const { memoryBytes, seed = 0 } = limits;
  if (leaves.length <= EXACT_TENSORS) {
    const exact = exactTree(leaves, Math.log2(memoryBytes / 8), true);
    return exact && inOrder(exact);
  }
  const free = freeOrder(leaves, seed);
  return free.peakBytes <= memoryBytes ? free : searchTree(leaves, memoryBytes, seed);
}

/** The cheapest order that is found where memory is no matter; remembered. */
function freeOrder(leaves: readonly TreeNode[], seed: number): Order {
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

/** Of many orders the cheapest that fits, or the one that needs least where none does. */
function searchTree(leaves: readonly TreeNode[], memoryBytes: number, seed: number): Order {
  const logLimit = Math.log2(memoryBytes / 8);
  const random = generator(seed);
  const trees = joinedTrees(leaves, random).map((tree) => improved(tree, logLimit));
  const least = Math.min(...trees.map(treePrice));
  trees.push(...bisectedTrees(leaves, { random, logLimit, least }));
  const best = trees
    .map((tree) => ({ price: treePrice(tree), ...inOrder(tree) }))
    .sort((a, b) => a.price - b.price || a.peakBytes - b.peakBytes);
  const smallest = best.reduce((a, b) => (b.peakBytes < a.peakBytes ? b : a));
  const { root, peakBytes } = best.find((one) => one.peakBytes <= memoryBytes) ?? smallest;
  return { root, peakBytes };
}

/** The cheapest of many greedy orders, and the one that needs least. */
function joinedTrees(leaves: readonly TreeNode[], random: () => number): TreeNode[] {
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
  return [...priced.slice(0, IMPROVED_TRIALS).map(({ tree }) => tree), smallest];
}

interface Bisections {
  readonly random: () => number;
  readonly logLimit: number;
  /** Price of the cheapest tree so far. */
  readonly least: number;
}

/** Trees by bisection, improved, with halves that are more or less alike; none where one alone would take too long. */
function bisectedTrees(leaves: readonly TreeNode[], { random, logLimit, least }: Bisections): TreeNode[] {
  const graph = bondGraph(leaves);
  const found: TreeNode[] = [];
  let [spent, cheapest, lowest] = [0, least, Infinity];
  const spend = (steps: number): void => {
    spent += steps;
  };
  const allowed = (): number =>
    Math.min(
      MOST_STEPS,
      STEPS_OF_PRICE * cheapest + Math.min(MOST_FIRST_STEPS, FIRST_STEPS_OF_PRICE * cheapest),
    );
  const once = (BISECTION_STEPS + IMPROVING_STEPS) * leaves.length;
  for (let idle = 0; idle < PATIENCE && spent + once <= allowed(); idle += 1) {
    const tree = bisectTree(leaves, graph, { share: 0.5 + 0.45 * random(), random, spend });
    const price = treePrice(tree);
    lowest = Math.min(lowest, price);
    if (price > PROMISING * lowest) continue;
    spend(IMPROVING_STEPS * leaves.length);
    const better = improved(tree, logLimit);
    found.push(better);
    if (treePrice(better) < cheapest) [cheapest, idle] = [treePrice(better), 0];
  }
  return found;
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
