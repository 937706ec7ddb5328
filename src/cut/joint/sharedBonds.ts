/**
 * Cut gates that share a bond: those of one frame whose other ends lie in one subcircuit are one operator of Schmidt
 * rank two, and one bond of four values carries all of them. Each cut gate can be counted to the frame of either of its
 * ends; the fewest groups that cover all are a least vertex cover, which in a bipartite graph matching gives (König).
 */
import { controlFrames, type ControlEnd, type ControlFrame } from './controlFrames.js';
import type { Cut, CutCircuit } from '../model/cutCircuit.js';

/** Cut gates of one frame with their other ends in one subcircuit: `control` are their ends in the frame. */
export interface ControlGroup {
  readonly control: readonly ControlEnd[];
}

/** Each cut gate of Schmidt rank two in exactly one group, and as few groups as there can be. */
export function controlGroups(cut: CutCircuit, frames: readonly ControlFrame[]): ControlGroup[] {
  /** Possible groups, and for each cut the two that it may belong to. */
  const groups: { readonly left: boolean; readonly ends: ControlEnd[] }[] = [];
  const ofCut = new Map<number, { left?: number; right?: number }>();
  for (const { subcircuit, ends } of frames) {
    const byOther = new Map<number, number>();
    for (const controlEnd of ends) {
      const gateCut = cut.cuts[controlEnd.cut];
      const other = controlEnd.end === 0 ? gateCut?.to : gateCut?.from;
      if (other === undefined) continue;
      const left = subcircuit < other;
      const number = byOther.get(other) ?? groups.length;
      if (number === groups.length) groups.push({ left, ends: [] });
      byOther.set(other, number);
      groups[number]?.ends.push(controlEnd);
      const sides = ofCut.get(controlEnd.cut) ?? {};
      if (left) sides.left = number;
      else sides.right = number;
      ofCut.set(controlEnd.cut, sides);
    }
  }
  const edges = [...ofCut.values()].flatMap(({ left, right }) =>
    left === undefined || right === undefined ? [] : [[left, right] as const],
  );
  const cover = leastCover(groups.length, edges);
  const members = new Map<number, ControlEnd[]>();
  for (const [number, { left = -1, right = -1 }] of ofCut) {
    const size = (group: number): number => (cover.has(group) ? (groups[group]?.ends.length ?? 0) : 0);
    const chosen = size(left) >= size(right) ? left : right;
    const end = groups[chosen]?.ends.find((candidate) => candidate.cut === number);
    if (end === undefined) continue;
    const list = members.get(chosen);
    if (list === undefined) members.set(chosen, [end]);
    else list.push(end);
  }
  return [...members.values()].map((control) => ({ control: control.toSorted((a, b) => a.cut - b.cut) }));
}

/** The same cuts, with one bond for each group of several cut gates. */
export function shareBonds(cut: CutCircuit): CutCircuit {
  const groups = controlGroups(cut, controlFrames(cut)).filter(({ control }) => control.length > 1);
  if (groups.length === 0) return cut;
  const shared = new Map(
    groups.flatMap(({ control }) =>
      control.map((each) => [each.cut, { each, leader: control[0]?.cut ?? each.cut }] as const),
    ),
  );
  let label = 0;
  const cuts: Cut[] = cut.cuts.map((entry) => {
    const group = shared.get(entry.index);
    if (entry.kind === 'wire' || group === undefined)
      return { ...entry, bonds: entry.bonds.map(() => label++) };
    const { leader, each } = group;
    return {
      ...entry,
      bonds: leader === entry.index ? [label++] : [],
      shared: { leader, control: each.end, basis: [...each.form.input] },
    };
  });
  return { ...cut, cuts };
}

/** A least set of nodes that touches every edge of a bipartite graph, whose edges are given as [left, right]. */
export function leastCover(nodes: number, edges: readonly (readonly [number, number])[]): Set<number> {
  const neighbours: number[][] = Array.from({ length: nodes }, () => []);
  for (const [left, right] of edges) neighbours[left]?.push(right);
  const lefts = [...new Set(edges.map(([left]) => left))];
  /** The left node that each right node is matched with, and the other way round. */
  const partner = new Int32Array(nodes).fill(-1);
  for (const root of lefts) augment(root, neighbours, partner);
  // Nodes that alternating paths reach from left nodes without a partner.
  const reached = new Set(lefts.filter((left) => partner[left] === -1));
  for (const left of reached) {
    for (const right of neighbours[left] ?? []) {
      reached.add(right);
      const back = partner[right] ?? -1;
      if (back >= 0) reached.add(back);
    }
  }
  const rights = new Set(edges.map(([, right]) => right));
  return new Set([
    ...lefts.filter((left) => !reached.has(left)),
    ...[...rights].filter((node) => reached.has(node)),
  ]);
}

/** Matches `root` where an alternating path allows it, found breadth first. */
function augment(root: number, neighbours: readonly (readonly number[])[], partner: Int32Array): void {
  const cameFrom = new Map<number, number>();
  const queue = [root];
  for (const left of queue) {
    for (const right of neighbours[left] ?? []) {
      if (cameFrom.has(right)) continue;
      cameFrom.set(right, left);
      const taken = partner[right] ?? -1;
      if (taken >= 0) {
        queue.push(taken);
        continue;
      }
      for (let at = right; ;) {
        const from = cameFrom.get(at) ?? root;
        const before = partner[from] ?? -1;
        partner[at] = from;
        partner[from] = at;
        if (from === root) return;
        at = before;
      }
    }
  }
}
