/** Networks of tensors for which orders of contraction are looked for, by Kroncut's planner and by cotengra. */
import path from 'node:path';
import { FOLDER } from './circuits.js';

export interface Network {
  readonly name: string;
  readonly tensors: number;
  /** Pairs of tensors that share a bond, and its extent. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly extent: number;
}

/** As in src/reconstruct/plan/contractionTree.ts; the planner is no part of the library's surface. */
interface TreeNode {
  readonly bonds: ReadonlyMap<number, number>;
  readonly bits: number;
  readonly children?: readonly [TreeNode, TreeNode];
}
interface Planner {
  readonly findTree: (
    leaves: readonly TreeNode[],
    limits: { memoryBytes: number },
  ) => { readonly root: TreeNode } | undefined;
}
interface Trees {
  readonly productWork: (node: TreeNode) => number;
}

async function planModule<T>(name: string): Promise<T> {
  const module: T = await import(path.join(FOLDER, 'dist', 'reconstruct', 'plan', name));
  return module;
}

function grid(side: number, extent: number): Network {
  const pairs: [number, number][] = [];
  for (let at = 0; at < side * side; at += 1) {
    if ((at + 1) % side !== 0) pairs.push([at, at + 1]);
    if (at + side < side * side) pairs.push([at, at + side]);
  }
  return { name: `grid ${side} x ${side}, bonds of ${extent}`, tensors: side * side, pairs, extent };
}

/** A ring, and a matching between its tensors drawn by a fixed seed: three bonds each. */
function regular(tensors: number, extent: number): Network {
  let state = 1;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const order = Array.from({ length: tensors }, (_, index) => index);
  for (let last = tensors - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  const ring = order.map((_, index): [number, number] => [index, (index + 1) % tensors]);
  const matched = order.flatMap((a, index): [number, number][] =>
    index % 2 === 0 ? [[a, order[index + 1] ?? a]] : [],
  );
  const pairs = [...ring, ...matched];
  return { name: `3-regular on ${tensors}, bonds of ${extent}`, tensors, pairs, extent };
}

export function networks(): Network[] {
  return [grid(4, 4), grid(6, 4), grid(10, 2), grid(20, 2), regular(24, 4), regular(60, 4), regular(120, 2)];
}

/**
 * Multiply-adds of the tree that the planner finds, the last product included. It remembers trees of tensors by their
 * numbers: those from another `first` on are looked for anew.
 */
export async function ourOrder({ tensors, pairs, extent }: Network, first: number): Promise<number> {
  const [{ findTree }, { productWork }] = await Promise.all([
    planModule<Planner>('findTree.js'),
    planModule<Trees>('contractionTree.js'),
  ]);
  const leaves = Array.from({ length: tensors }, (_, member) => ({
    bonds: new Map(
      pairs.flatMap((pair, bond) => (pair.includes(member) ? [[bond, Math.log2(extent)] as const] : [])),
    ),
    bits: 0,
    member: first + member,
  }));
  const tree = findTree(leaves, { memoryBytes: Infinity })?.root;
  if (tree === undefined) throw new Error('no order was found');
  const work = (node: TreeNode): number =>
    productWork(node) + (node.children ?? []).reduce((sum, child) => sum + work(child), 0);
  return work(tree);
}

const bondName = (bond: number): string => `b${bond}`;

/** The same network, as cotengra takes it. */
export function cotengraNetwork({ tensors, pairs, extent }: Network): object {
  const inputs = Array.from({ length: tensors }, (_, member) =>
    pairs.flatMap((pair, bond) => (pair.includes(member) ? [bondName(bond)] : [])),
  );
  return { inputs, output: [], sizes: Object.fromEntries(pairs.map((_, bond) => [bondName(bond), extent])) };
}
