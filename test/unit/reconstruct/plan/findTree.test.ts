import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT_TENSORS, exactTree } from '../../../../src/reconstruct/plan/exactTree.js';
import { findTree } from '../../../../src/reconstruct/plan/findTree.js';
import {
  inOrder,
  inSequence,
  joinNodes,
  logSize,
  sharedLog,
  treePrice,
  type TreeNode,
} from '../../../../src/reconstruct/plan/contractionTree.js';

/** Leaves whose bonds join the given pairs, with extent 4, and that have so many outcome bits each. */
function leavesOf(bits: readonly number[], pairs: readonly (readonly [number, number])[]): TreeNode[] {
  return bits.map((count, member) => ({
    member,
    bits: count,
    bonds: new Map(pairs.flatMap((pair, label) => (pair.includes(member) ? [[label, 2] as const] : []))),
  }));
}

function grid(side: number): TreeNode[] {
  const pairs: [number, number][] = [];
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const at = row * side + column;
      if (column + 1 < side) pairs.push([at, at + 1]);
      if (row + 1 < side) pairs.push([at, at + side]);
    }
  }
  return leavesOf(
    Array.from({ length: side * side }, () => 0),
    pairs,
  );
}

function networks(fewest: number, most: number): fc.Arbitrary<TreeNode[]> {
  return fc
    .record({
      bits: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: fewest, maxLength: most }),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: fewest, maxLength: 2 * most }),
    })
    .map(({ bits, pairs }) =>
      leavesOf(
        bits,
        pairs.map(([a, b]) => {
          const from = a % bits.length;
          return [from, (from + 1 + (b % (bits.length - 1))) % bits.length];
        }),
      ),
    );
}

/** Numbers of the tensors of a tree. */
function members(root: TreeNode | undefined): number[] {
  const products = root === undefined ? [] : inSequence(root);
  return products.flatMap(({ children }) => children?.flatMap(({ member }) => member ?? []) ?? []);
}

/** log2 of the values of the largest product. */
function widest(root: TreeNode | undefined): number {
  return root === undefined ? Infinity : Math.max(...inSequence(root).map(logSize));
}

/** Joins the pair with the least price beyond what it replaces, until one tensor is left. */
function plainGreedy(leaves: readonly TreeNode[]): TreeNode {
  let alive = [...leaves];
  for (;;) {
    const pairs = alive.flatMap((a, i) => alive.slice(i + 1).map((b) => [a, b] as const));
    const scored = pairs.map(([a, b]) => {
      const joined = joinNodes(a, b);
      const score = 2 ** logSize(joined) * (64 + 2 ** sharedLog(a, b)) - 2 ** logSize(a) - 2 ** logSize(b);
      return { a, b, joined, score };
    });
    const [first] = scored;
    if (first === undefined) return alive[0] ?? { bits: 0, bonds: new Map() };
    const best = scored.reduce((least, next) => (next.score < least.score ? next : least), first);
    // Among equals, the pair that comes first counts, and the product takes the place of its first operand.
    alive = alive.map((node) => (node === best.a ? best.joined : node)).filter((node) => node !== best.b);
  }
}

function sizeOf(node: TreeNode): number {
  return 2 ** logSize(node);
}

function membersOf(tree: TreeNode): number[] {
  return tree.children === undefined ? [tree.member ?? -1] : tree.children.flatMap(membersOf);
}

const FREE = { memoryBytes: Infinity };

describe('the order of many tensors', () => {
  it('is never worse than joining greedily, and joins every tensor once', () => {
    fc.assert(
      fc.property(networks(EXACT_TENSORS + 1, 22), (leaves) => {
        const tree = findTree(leaves, FREE)?.root;
        expect(tree).toBeDefined();
        if (tree === undefined) return;
        expect(treePrice(tree)).toBeLessThanOrEqual(treePrice(plainGreedy(leaves)) * (1 + 1e-12));
        expect(membersOf(tree).sort((a, b) => a - b)).toEqual(leaves.map((_, i) => i));
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it('is the exact one where that can be had', () => {
    fc.assert(
      fc.property(networks(2, 8), (leaves) => {
        const [tree, exact] = [findTree(leaves, FREE)?.root, exactTree(leaves, Infinity, true)];
        expect(tree && treePrice(tree)).toBe(exact && treePrice(exact));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('is close to the exact one for networks just beyond', () => {
    // Thirteen tensors can still be ordered exactly, only slowly.
    fc.assert(
      fc.property(networks(EXACT_TENSORS + 1, EXACT_TENSORS + 1), (leaves) => {
        const [tree, exact] = [findTree(leaves, FREE)?.root, exactTree(leaves, Infinity, true)];
        expect(tree && treePrice(tree)).toBeLessThanOrEqual(
          1.5 * (exact === undefined ? 0 : treePrice(exact)),
        );
      }),
      { numRuns: 4, seed: 1, endOnFailure: true },
    );
  });

  it('depends on the seed alone', () => {
    const leaves = grid(5);
    const first = findTree(leaves, { ...FREE, seed: 3 });
    expect(findTree(leaves, { ...FREE, seed: 3 })).toEqual(first);
  });

  it('is remembered with what it needs', () => {
    const first = findTree(grid(4), FREE);
    expect(findTree(grid(4), FREE)).toBe(first);
    expect(first && inOrder(first.root).peakBytes).toBe(first?.peakBytes);
    expect(findTree(grid(4), { memoryBytes: first?.peakBytes ?? 0 })).toBe(first);
    const tight = findTree(grid(4), { memoryBytes: (first?.peakBytes ?? 0) / 2 });
    expect(tight).not.toBe(first);
    expect(members(tight?.root).sort((a, b) => a - b)).toEqual([...Array.from({ length: 16 }).keys()]);
  });

  it('cuts a grid in halves, where joining what is near ends with products of many bonds', () => {
    // Ten rows: no product needs more than the bonds of two of them.
    const tree = findTree(grid(10), FREE)?.root;
    expect(widest(tree)).toBeLessThanOrEqual(2 * 14);
    expect(members(tree).sort((a, b) => a - b)).toEqual([...Array.from({ length: 100 }).keys()]);
  });

  it('finds the width of a grid, whose tensors need never have more than one bond a row', () => {
    const tree = findTree(grid(6), FREE)?.root;
    expect(widest(tree)).toBeLessThanOrEqual(2 * 7);
  });

  it('orders thousands of tensors, connected or not, as well as few of their kind', () => {
    const length = 3000;
    const pairs = Array.from({ length: length - 1 }, (_, i) => [i, i + 1] as const);
    const bits = Array.from({ length }, () => 0);
    const chain = findTree(leavesOf(bits, pairs), { memoryBytes: 2 ** 30 })?.root;
    expect(members(chain).sort((a, b) => a - b)).toEqual([...bits.keys()]);
    // No product of a chain needs more than a matrix and a vector.
    expect(widest(chain)).toBeLessThanOrEqual(4);
    const pieces = leavesOf(
      bits.slice(0, 900),
      pairs.filter(([a, b]) => b < 900 && a % 3 !== 2),
    );
    const joined = findTree(pieces, { memoryBytes: 2 ** 30 })?.root;
    expect(members(joined)).toHaveLength(900);
    expect(widest(joined)).toBeLessThanOrEqual(4);
    expect(widest(findTree(grid(15), FREE)?.root)).toBeLessThanOrEqual(2 * 21);
  });

  it('answers nothing where an order of few tensors cannot fit', () => {
    const leaves = grid(3);
    expect(findTree(leaves, { memoryBytes: 8 * 4 })).toBeUndefined();
  });
});

describe('the schedule of a tree', () => {
  it('names every product after those it needs, and finds their peak', () => {
    fc.assert(
      fc.property(networks(2, 10), (leaves) => {
        const tree = findTree(leaves, FREE)?.root;
        if (tree === undefined) return;
        const { root, peakBytes } = inOrder(tree);
        expect(treePrice(root)).toBe(treePrice(tree));
        const alive = new Map<TreeNode, number>();
        let most = 0;
        for (const node of inSequence(root)) {
          const children = node.children ?? [];
          for (const child of children) {
            // Leaves are opened when they are needed; products must be there.
            if (child.children === undefined) alive.set(child, sizeOf(child));
            expect(alive.has(child)).toBe(true);
          }
          const operands = children.reduce((sum, child) => sum + sizeOf(child), 0);
          const held = [...alive.values()].reduce((sum, size) => sum + size, 0);
          most = Math.max(most, held + operands + (node === root ? 0 : 2 * sizeOf(node)));
          for (const child of children) alive.delete(child);
          alive.set(node, sizeOf(node));
        }
        expect(8 * most).toBeLessThanOrEqual(peakBytes);
        expect(peakBytes).toBeGreaterThan(0);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
