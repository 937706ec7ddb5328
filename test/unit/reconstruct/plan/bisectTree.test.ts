import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bisectTree, bondGraph } from '../../../../src/reconstruct/plan/bisectTree.js';
import { inSequence, treePrice, type TreeNode } from '../../../../src/reconstruct/plan/contractionTree.js';
import { exactTree } from '../../../../src/reconstruct/plan/exactTree.js';
import { improved } from '../../../../src/reconstruct/plan/improveTree.js';
import { randomNumbers } from '../../../../src/run/resources/pace.js';

/** Leaves of so many outcome bits; bond k joins the k-th pair, with log2 of its extent. */
function leavesOf(
  bits: readonly number[],
  bonds: readonly (readonly [number, number, number])[],
): TreeNode[] {
  return bits.map((count, member) => ({
    member,
    bits: count,
    bonds: new Map(
      bonds.flatMap(([a, b, log], label) => (a === member || b === member ? [[label, log] as const] : [])),
    ),
  }));
}

function networks(fewest: number, most: number): fc.Arbitrary<TreeNode[]> {
  return fc.array(fc.integer({ min: 0, max: 1 }), { minLength: fewest, maxLength: most }).chain((bits) =>
    fc
      .array(
        fc.tuple(fc.nat(bits.length - 1), fc.nat(bits.length - 2), fc.constantFrom(1, Math.log2(3), 2)),
        {
          minLength: bits.length,
          maxLength: 2 * bits.length,
        },
      )
      .map((drawn) =>
        leavesOf(
          bits,
          drawn.map(([a, step, log]) => [a, (a + 1 + step) % bits.length, log]),
        ),
      ),
  );
}

function tree(leaves: readonly TreeNode[], share: number, seed: number): TreeNode {
  return bisectTree(leaves, bondGraph(leaves), {
    share,
    random: randomNumbers(seed),
    spend: () => undefined,
  });
}

function membersOf({ member, children }: TreeNode): number[] {
  return children === undefined ? [member ?? -1] : children.flatMap(membersOf);
}

const product = (logs: Iterable<number>): number => [...logs].reduce((size, log) => size * 2 ** log, 1);

/** The price by the definition, from the labels of the leaves below each product alone. */
function plainPrice(root: TreeNode, leaves: readonly TreeNode[]): number {
  const open = (node: TreeNode): Map<number, number> => {
    const below = membersOf(node).flatMap((member) => [...(leaves[member]?.bonds ?? [])]);
    return new Map(below.filter(([bond]) => below.filter(([other]) => other === bond).length === 1));
  };
  return inSequence(root).reduce((sum, node) => {
    const bits = membersOf(node).reduce((count, member) => count + (leaves[member]?.bits ?? 0), 0);
    const summed = new Map((node.children ?? []).flatMap((child) => [...open(child)]));
    const work = 2 ** bits * product(summed.values());
    return sum + work + (node === root ? 0 : 64 * 2 ** bits * product(open(node).values()));
  }, 0);
}

describe('trees by bisection', () => {
  it('join every tensor once, and cost what their products do', () => {
    fc.assert(
      fc.property(networks(2, 40), fc.double({ min: 0.5, max: 0.95, noNaN: true }), (leaves, share) => {
        const found = tree(leaves, share, 1);
        expect(membersOf(found).sort((a, b) => a - b)).toEqual(leaves.map((_, i) => i));
        const price = plainPrice(found, leaves);
        expect(Math.abs(treePrice(found) - price)).toBeLessThanOrEqual(1e-9 * price);
        expect(tree(leaves, share, 1)).toEqual(found);
      }),
      { numRuns: 40 },
    );
  });

  it('come close to the best order of eleven tensors once they are improved, and never below it', () => {
    fc.assert(
      fc.property(networks(11, 11), (leaves) => {
        const best = treePrice(exactTree(leaves, Infinity, true) ?? tree(leaves, 0.5, 0));
        const prices = Array.from({ length: 8 }, (_, seed) =>
          treePrice(improved(tree(leaves, 0.5 + 0.05 * seed, seed), Infinity)),
        );
        expect(Math.min(...prices)).toBeGreaterThanOrEqual(best * (1 - 1e-9));
        expect(Math.min(...prices)).toBeLessThanOrEqual(best * 1.05);
      }),
      { numRuns: 20 },
    );
  });

  it('know the graph of bonds, several of one pair as one edge', () => {
    const graph = bondGraph(
      leavesOf(
        [0, 1, 0],
        [
          [0, 1, 2],
          [1, 0, 1],
          [1, 2, 2],
        ],
      ),
    );
    expect([...graph.start]).toEqual([0, 1, 3, 4]);
    expect([...graph.neighbours]).toEqual([1, 0, 2, 1]);
    expect([...graph.weights]).toEqual([3, 3, 2, 2]);
  });
});
