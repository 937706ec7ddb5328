/**
 * Trees by recursive bisection (Gray and Kourtis, arXiv:2002.01935, section 4.3): the last product joins the two halves of
 * the network that the least bonds join, and so on within each half, until few tensors are left, which are ordered exactly.
 */
import { bisect, type BisectionRule, type Graph } from './bisection.js';
import { joinNodes, type TreeNode } from './contractionTree.js';
import { exactTree } from './exactTree.js';
import { valueAt } from '../../error.js';

/** Parts of so many tensors are ordered exactly. */
const SMALL_PART = 8;

/** The tensors as nodes, their bonds as edges that weigh the logarithm of their extent. */
export function bondGraph(leaves: readonly TreeNode[]): Graph {
  const owners = new Map<number, number[]>();
  leaves.forEach(({ bonds }, number) => {
    for (const bond of bonds.keys()) {
      const known = owners.get(bond);
      if (known === undefined) owners.set(bond, [number]);
      else known.push(number);
    }
  });
  const start = new Int32Array(leaves.length + 1);
  const [neighbours, weights]: [number[], number[]] = [[], []];
  leaves.forEach(({ bonds }, number) => {
    const joined = new Map<number, number>();
    for (const [bond, log] of bonds) {
      for (const other of owners.get(bond) ?? []) {
        if (other !== number) joined.set(other, (joined.get(other) ?? 0) + log);
      }
    }
    neighbours.push(...joined.keys());
    weights.push(...joined.values());
    start[number + 1] = neighbours.length;
  });
  return {
    sizes: new Int32Array(leaves.length).fill(1),
    start,
    neighbours: Int32Array.from(neighbours),
    weights: Float64Array.from(weights),
  };
}

/** The graph of some nodes alone, in their order; `place` is -1 everywhere, and left so. */
function subgraph(graph: Graph, nodes: readonly number[], place: Int32Array): Graph {
  nodes.forEach((node, at) => (place[node] = at));
  const start = new Int32Array(nodes.length + 1);
  const [neighbours, weights]: [number[], number[]] = [[], []];
  nodes.forEach((node, number) => {
    for (let at = graph.start[node]!; at < graph.start[node + 1]!; at += 1) {
      const other = place[graph.neighbours[at]!]!;
      if (other < 0) continue;
      neighbours.push(other);
      weights.push(graph.weights[at]!);
    }
    start[number + 1] = neighbours.length;
  });
  for (const node of nodes) place[node] = -1;
  return {
    sizes: Int32Array.from(nodes, (node) => valueAt(graph.sizes, node)),
    start,
    neighbours: Int32Array.from(neighbours),
    weights: Float64Array.from(weights),
  };
}

/** A tree over two or more leaves, whose graph is `bondGraph` of them. */
export function bisectTree(leaves: readonly TreeNode[], graph: Graph, rule: BisectionRule): TreeNode {
  const place = new Int32Array(leaves.length).fill(-1);
  return treeOf(leaves.map((_, number) => number));

  function treeOf(nodes: readonly number[]): TreeNode {
    if (nodes.length > SMALL_PART) {
      const side = bisect(subgraph(graph, nodes, place), rule);
      const halves = [0, 1].map((half) => nodes.filter((_, at) => side[at] === half));
      const [first = [], second = []] = halves;
      if (first.length > 0 && second.length > 0) return joinNodes(treeOf(first), treeOf(second));
    }
    rule.spend(3 ** Math.min(nodes.length, SMALL_PART));
    const parts = nodes.flatMap((node) => leaves[node] ?? []);
    return exactTree(parts, Infinity, nodes.length === leaves.length) ?? parts.reduce(joinNodes);
  }
}
