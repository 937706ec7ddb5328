/**
 * Binary trees of pairwise contractions. Their price follows Gray and Kourtis (arXiv:2002.01935): multiply-adds, plus a
 * price per value written that stands for memory traffic; the product at the root is streamed and writes nothing.
 */

/** A tensor of the network, or the product of two subtrees. */
export interface TreeNode {
  /** Bonds that leave the subtree: log2 of their extent by label. */
  readonly bonds: ReadonlyMap<number, number>;
  /** log2 of the number of outcomes. */
  readonly bits: number;
  /** Number of the tensor, for a leaf. */
  readonly member?: number;
  readonly children?: readonly [TreeNode, TreeNode];
}

/** Price of writing one value, in multiply-adds. */
export const WRITE_PRICE = 64;
const BYTES = 8;

/** log2 of the number of values. */
export function logSize({ bits, bonds }: TreeNode): number {
  let sum = bits;
  for (const log of bonds.values()) sum += log;
  return sum;
}

/** log2 of the extent of the bonds that two nodes share. */
export function sharedLog(a: TreeNode, b: TreeNode): number {
  const [few, many] = a.bonds.size < b.bonds.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [bond, log] of few.bonds) if (many.bonds.has(bond)) sum += log;
  return sum;
}

export function joinNodes(a: TreeNode, b: TreeNode): TreeNode {
  const bonds = new Map<number, number>();
  for (const [bond, log] of a.bonds) if (!b.bonds.has(bond)) bonds.set(bond, log);
  for (const [bond, log] of b.bonds) if (!a.bonds.has(bond)) bonds.set(bond, log);
  return { bonds, bits: a.bits + b.bits, children: [a, b] };
}

/** Multiply-adds of the product at a node; 0 at a leaf. */
export function productWork(node: TreeNode): number {
  if (node.children === undefined) return 0;
  return 2 ** (logSize(node) + sharedLog(...node.children));
}

/** Price of a product and its result. */
export function productPrice(node: TreeNode, isRoot: boolean): number {
  if (node.children === undefined) return 0;
  return productWork(node) + (isRoot ? 0 : WRITE_PRICE * 2 ** logSize(node));
}

/** Price of all products of a tree. */
export function treePrice(root: TreeNode): number {
  let total = 0;
  for (const node of innerNodes(root)) total += productPrice(node, node === root);
  return total;
}

/** All products of a tree, the root first. */
export function innerNodes(root: TreeNode): TreeNode[] {
  const found: TreeNode[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.children === undefined) continue;
    found.push(node);
    open.push(...node.children);
  }
  return found;
}

/**
 * The same tree with the child first that should be contracted first to keep the peak low, the one that needs more
 * beyond what it leaves (Sethi and Ullman, J. ACM 17, 715 (1970)), and that peak in bytes. Alive are operands until
 * they are used, and beside a product a rearranged copy of its operands and, before the last one, of its result.
 */
export function inOrder(root: TreeNode): { root: TreeNode; peakBytes: number } {
  interface Done {
    readonly node: TreeNode;
    readonly size: number;
    readonly peak: number;
  }
  const leaf = (node: TreeNode): Done => ({ node, size: 2 ** logSize(node), peak: 2 ** logSize(node) });
  const done = new Map<TreeNode, Done>();
  // Children before parents, without recursion: trees of many tensors are deep.
  for (const node of inSequence(root)) {
    if (node.children === undefined) continue;
    const [left, right] = node.children.map((child) => done.get(child) ?? leaf(child));
    if (left === undefined || right === undefined) continue;
    const size = 2 ** logSize(node);
    const leftFirst = Math.max(left.peak, left.size + right.peak);
    const rightFirst = Math.max(right.peak, right.size + left.peak);
    const children: [TreeNode, TreeNode] =
      leftFirst <= rightFirst ? [left.node, right.node] : [right.node, left.node];
    const product = 2 * (left.size + right.size) + (node === root ? 0 : 2 * size);
    const peak = Math.max(Math.min(leftFirst, rightFirst), product);
    done.set(node, { node: { ...node, children }, size, peak });
  }
  const { node, peak } = done.get(root) ?? leaf(root);
  return { root: node, peakBytes: BYTES * peak };
}

/** The products of a tree, each after those that it needs, the first child's first; the root is the last. */
export function inSequence(root: TreeNode): TreeNode[] {
  // Visited backwards: a node, then its second child, then its first.
  return innerNodes(root).toReversed();
}

/**
 * Peak in bytes where some nodes stay in memory all the time: what many contractions share. Otherwise as `inOrder`
 * counts.
 */
export function peakWith(root: TreeNode, kept: ReadonlySet<TreeNode>): number {
  const alive = new Set(kept);
  let held = 0;
  for (const node of kept) held += 2 ** logSize(node);
  let most = held;
  for (const node of inSequence(root)) {
    let operands = 0;
    for (const child of node.children ?? []) {
      const size = 2 ** logSize(child);
      operands += size;
      if (!alive.has(child)) held += size;
      alive.add(child);
    }
    const size = node === root ? 0 : 2 ** logSize(node);
    most = Math.max(most, held + operands + 2 * size);
    for (const child of node.children ?? []) {
      if (kept.has(child)) continue;
      held -= 2 ** logSize(child);
      alive.delete(child);
    }
    if (!alive.has(node)) held += size;
    alive.add(node);
  }
  return BYTES * most;
}
