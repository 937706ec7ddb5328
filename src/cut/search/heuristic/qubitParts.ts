/** Partitions that cut no wire: a plain start, which the search for both kinds of cuts must not be worse than. */
import { breadthFirst, type CutProblem } from '../problem/cutProblem.js';
import { better, type Candidate } from '../problem/candidate.js';
import { contracted, multilevel } from './multilevel.js';
import type { Pace } from '../../../run/resources/pace.js';
import { Placement } from '../problem/placement.js';

export interface QubitLimits {
  readonly maxWidth: number;
  readonly leastParts: number;
  readonly maxParts: number;
  readonly seed: number;
  /** Numbers of parts above the least with which parts of several qubits are looked for. */
  readonly more: readonly number[];
}

/** The best partition of the qubits that was found; undefined where none fits. */
export async function qubitParts(
  problem: CutProblem,
  qubitsOfNode: readonly (readonly number[])[],
  { maxWidth, leastParts, maxParts, seed, more }: QubitLimits,
  pace: Pace,
): Promise<Candidate | undefined> {
  const groupOf = groups(qubitsOfNode);
  const coarse = contracted(problem, groupOf);
  const qubits: number[][] = Array.from({ length: coarse.nodes }, () => []);
  qubitsOfNode.forEach((own, node) => {
    for (const qubit of own) qubits[groupOf[node] ?? 0]?.push(qubit);
  });
  const limits = { maxWidth, maxParts };
  let best = placed(coarse, numbered(coarse.nodes), limits);
  for (const spare of more) {
    const slots = leastParts + spare;
    if (slots > Math.min(maxParts, coarse.nodes) || pace.over) break;
    const settings = { slots, maxWidth, seed, qubitsOfNode: qubits.map((own) => [...new Set(own)]) };
    best = better(best, await multilevel(coarse, settings, pace));
  }
  const widths = qubits.map((own) => new Set(own).size);
  for (const order of pace.over ? [numbered(coarse.nodes), breadthFirst(coarse, 0)] : []) {
    best = better(best, placed(coarse, filled(order, widths, maxWidth), limits));
  }
  return best && { ...best, part: groupOf.map((group) => best.part[group] ?? 0) };
}

function numbered(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** The partition as a candidate, where it keeps to the limits. */
function placed(
  problem: CutProblem,
  part: Int32Array,
  { maxWidth, maxParts }: Pick<QubitLimits, 'maxWidth' | 'maxParts'>,
): Candidate | undefined {
  const parts = part.reduce((most, name) => Math.max(most, name + 1), 0);
  if (parts > maxParts) return undefined;
  const state = new Placement(problem, parts, maxWidth, part);
  return state.overflow > 0 ? undefined : { part, cuts: state.cuts, parts };
}

/** Parts that are filled one after another in this order: the answer where there is no time for a better one. */
function filled(order: Int32Array, widths: readonly number[], maxWidth: number): Int32Array {
  const part = new Int32Array(order.length);
  let [name, width] = [0, 0];
  for (const node of order) {
    const own = widths[node] ?? 1;
    if (width > 0 && width + own > maxWidth) [name, width] = [name + 1, 0];
    part[node] = name;
    width += own;
  }
  return part;
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
