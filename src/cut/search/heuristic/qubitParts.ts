/** Partitions that cut no wire: a plain start, which the search for both kinds of cuts must not be worse than. */
import type { CutProblem } from '../problem/cutProblem.js';
import { better, type Candidate } from '../problem/candidate.js';
import { contracted, multilevel } from './multilevel.js';
import type { Pace } from '../../../run/pace.js';
import { Placement } from '../problem/placement.js';

export interface QubitLimits {
  readonly maxWidth: number;
  readonly leastParts: number;
  readonly maxParts: number;
  readonly seed: number;
  /** Look for parts of several qubits, which annealing finds by itself where nodes are few. */
  readonly thorough: boolean;
}

/** Numbers of parts above the least that are tried. */
const MORE_PARTS = [0, 1, 2];

/** The best partition of the qubits that was found; undefined where none fits. */
export async function qubitParts(
  problem: CutProblem,
  qubitsOfNode: readonly (readonly number[])[],
  { maxWidth, leastParts, maxParts, seed, thorough }: QubitLimits,
  pace: Pace,
): Promise<Candidate | undefined> {
  const groupOf = groups(qubitsOfNode);
  const coarse = contracted(problem, groupOf);
  const qubits: number[][] = Array.from({ length: coarse.nodes }, () => []);
  qubitsOfNode.forEach((own, node) => {
    for (const qubit of own) qubits[groupOf[node] ?? 0]?.push(qubit);
  });
  let best: Candidate | undefined;
  const alone = Int32Array.from({ length: coarse.nodes }, (_, node) => node);
  const state = new Placement(coarse, coarse.nodes, maxWidth, alone);
  if (coarse.nodes <= maxParts && state.overflow === 0)
    best = { part: alone, cuts: state.cuts, parts: coarse.nodes };
  for (const more of thorough ? MORE_PARTS : []) {
    const slots = leastParts + more;
    if (slots > Math.min(maxParts, coarse.nodes) || pace.over) break;
    const settings = { slots, maxWidth, seed, qubitsOfNode: qubits.map((own) => [...new Set(own)]) };
    best = better(best, await multilevel(coarse, settings, pace));
  }
  return best && { ...best, part: groupOf.map((group) => best.part[group] ?? 0) };
}

/** For each node the number of its group: nodes that share a qubit are in one. */
function groups(qubitsOfNode: readonly (readonly number[])[]): Int32Array {
  const parent = new Map<number, number>();
  const root = (qubit: number): number => {
    let at = qubit;
    for (let next = parent.get(at); next !== undefined && next !== at; next = parent.get(at)) at = next;
    return at;
  };
  for (const [first = 0, ...others] of qubitsOfNode) {
    parent.set(root(first), root(first));
    for (const other of others) parent.set(root(other), root(first));
  }
  const names = new Map<number, number>();
  return Int32Array.from(qubitsOfNode, ([first = 0]) => {
    const name = names.get(root(first)) ?? names.size;
    names.set(root(first), name);
    return name;
  });
}
