/** Trees made cheaper by ordering parts of them exactly (Gray and Kourtis, arXiv:2002.01935, section 4.5). */
import { inSequence, logSize, treePrice, type TreeNode } from './contractionTree.js';
import { exactTree } from './exactTree.js';

/** Operands of a part of a tree that is ordered anew. */
const PART_TENSORS = 9;
/** Trees with longer branches are taken as they are: these are chains, which joining greedily orders well. */
const DEEPEST = 1500;
/** Times that all parts of a tree are ordered anew, at most. */
const MOST_PASSES = 8;

function depthOf(root: TreeNode): number {
  const depth = new Map<TreeNode, number>();
  for (const node of inSequence(root)) {
    const below = node.children?.map((child) => depth.get(child) ?? 0) ?? [];
    depth.set(node, 1 + Math.max(0, ...below));
  }
  return depth.get(root) ?? 0;
}

/** The tree with its parts ordered exactly, one after another, until none gets cheaper. */
export function improved(tree: TreeNode, logLimit: number, passes = MOST_PASSES): TreeNode {
  if (depthOf(tree) > DEEPEST) return tree;
  let best = tree;
  let price = treePrice(tree);
  for (let pass = 0; pass < passes; pass += 1) {
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
