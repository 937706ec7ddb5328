import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  joinNodes,
  logSize,
  treePrice,
  type TreeNode,
} from '../../../../src/reconstruct/plan/contractionTree.js';
import { exactTree } from '../../../../src/reconstruct/plan/exactTree.js';

/** All trees over some leaves, each pair of halves once. */
function allTrees(leaves: readonly TreeNode[]): TreeNode[] {
  const [first, ...rest] = leaves;
  if (first === undefined || rest.length === 0) return [...leaves];
  const trees: TreeNode[] = [];
  for (let taken = 0; taken < 2 ** rest.length - 1; taken += 1) {
    const [left, right]: [TreeNode[], TreeNode[]] = [[first], []];
    rest.forEach((leaf, i) => ((taken >> i) & 1 ? left : right).push(leaf));
    for (const a of allTrees(left)) for (const b of allTrees(right)) trees.push(joinNodes(a, b));
  }
  return trees;
}

it('is the cheapest of all trees, within a limit on what is stored', () => {
  const networks = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 6 }).chain((bits) =>
    fc.record({
      bits: fc.constant(bits),
      bonds: fc.array(
        fc.tuple(fc.nat(bits.length - 1), fc.nat(bits.length - 2), fc.constantFrom(1, Math.log2(3), 2)),
        { maxLength: 10 },
      ),
      limit: fc.constantFrom(4, 8, Infinity),
    }),
  );
  fc.assert(
    fc.property(networks, ({ bits, bonds, limit }) => {
      const leaves = bits.map((count, member): TreeNode => ({
        member,
        bits: count,
        bonds: new Map(
          bonds.flatMap(([a, step, log], label) =>
            a === member || (a + 1 + step) % bits.length === member ? [[label, log] as const] : [],
          ),
        ),
      }));
      const inner = allTrees(leaves).filter((tree) =>
        (tree.children ?? []).every((child) => child.children === undefined || widestProduct(child) <= limit),
      );
      const prices = inner.map(treePrice);
      const found = exactTree(leaves, limit, true);
      if (prices.length === 0) expect(found).toBeUndefined();
      else expect(Math.abs((found ? treePrice(found) : NaN) / Math.min(...prices) - 1)).toBeLessThan(1e-9);
    }),
    { numRuns: 100 },
  );
});

function widestProduct(tree: TreeNode): number {
  if (tree.children === undefined) return 0;
  return Math.max(logSize(tree), ...tree.children.map(widestProduct));
}
