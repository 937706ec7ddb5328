/**
 * Fast deterministic heuristics: sweeps cut optimally into intervals, and simulated annealing with exact moves.
 * Their best answer is the warm start of the exact search, and the answer where that runs out of time.
 */
import type { Candidate } from '../problem/candidate.js';
import { type Pace, randomNumbers } from '../../../run/resources/pace.js';
import { Placement, renumber } from '../problem/placement.js';
import { breadthFirst, type CutProblem } from '../problem/cutProblem.js';

/** Qubits above the limit at which a growing interval is given up. */
const WIDTH_SLACK = 12;

/** Above this number of parts the sweep does not count parts, only cuts. */
const COUNTED_PARTS = 48;

/** Orders of the nodes in which a part may be an interval: by time, along the qubits, and breadth first. */
export function sweepOrders(problem: CutProblem, qubitsOfNode: readonly (readonly number[])[]): Int32Array[] {
  const nodes = Array.from({ length: problem.nodes }, (_, node) => node);
  const by = (key: (node: number) => number): Int32Array =>
    Int32Array.from([...nodes].sort((a, b) => key(a) - key(b) || a - b));
  const low = (node: number): number => Math.min(...(qubitsOfNode[node] ?? []));
  const high = (node: number): number => Math.max(...(qubitsOfNode[node] ?? []));
  const rank = qubitRanks(qubitsOfNode);
  const ranked = (node: number): number =>
    Math.max(...(qubitsOfNode[node] ?? []).map((q) => rank.get(q) ?? 0));
  const orders = [by(ranked), by((node) => node), by(high), by(low)];
  for (const root of new Set([0, problem.nodes >> 1, problem.nodes - 1])) {
    orders.push(breadthFirst(problem, root));
  }
  return orders;
}

/** Qubits in breadth-first order over shared nodes, from a peripheral one. */
function qubitRanks(qubitsOfNode: readonly (readonly number[])[]): Map<number, number> {
  const nodesOfQubit = new Map<number, number[]>();
  qubitsOfNode.forEach((qubits, node) =>
    qubits.forEach((qubit) => {
      const list = nodesOfQubit.get(qubit);
      if (list === undefined) nodesOfQubit.set(qubit, [node]);
      else list.push(node);
    }),
  );
  const walk = (root: number): Map<number, number> => {
    const rank = new Map([[root, 0]]);
    for (const qubit of rank.keys()) {
      for (const node of nodesOfQubit.get(qubit) ?? []) {
        for (const other of qubitsOfNode[node] ?? []) if (!rank.has(other)) rank.set(other, rank.size);
      }
    }
    return rank;
  };
  const first = walk(qubitsOfNode[0]?.[0] ?? 0);
  return walk([...first.keys()].at(-1) ?? 0);
}

/** A run of an order's nodes that grows at its end: its width, its gates, and the weight of what enters it from before. */
class Interval {
  width = 0;
  gates = 0;
  earlier = 0;

  /** `place` is the place of each node in the order. */
  constructor(
    private readonly problem: CutProblem,
    private readonly place: Int32Array,
    private readonly first: number,
  ) {}

  /** Takes in the node at place `last`, the next one of the order. */
  take(node: number, last: number): void {
    const { from, to, start, incident, sources, enters: wires, weight, load, edgeLoad } = this.problem;
    const { place, first } = this;
    this.width += sources[node] ?? 0;
    this.gates += load[node] ?? 0;
    for (let k = start[node] ?? 0; k < (start[node + 1] ?? 0); k += 1) {
      const edge = incident[k] ?? 0;
      const enters = to[edge] === node;
      const other = place[(enters ? from[edge] : to[edge]) ?? 0] ?? 0;
      if (other < first) this.earlier += weight[edge] ?? 0;
      const within = other >= first && other < last;
      if (within) this.gates += edgeLoad[edge] ?? 0;
      if (wires[edge] === 0) continue;
      if (enters && !within) this.width += 1;
      else if (!enters && within) this.width -= 1;
    }
  }
}

/** Fewest cuts of every beginning of an order, by number of intervals, or in any number where those are not counted. */
class LeastCuts {
  private readonly least: Float64Array[];
  private readonly origin: Int32Array[];

  constructor(
    private readonly count: number,
    private readonly layers: number,
    private readonly counted: boolean,
  ) {
    this.least = Array.from({ length: layers + 1 }, () => new Float64Array(count + 1).fill(Infinity));
    this.origin = Array.from({ length: layers + 1 }, () => new Int32Array(count + 1).fill(-1));
    for (const row of this.least.slice(0, 1)) row[0] = 0;
  }

  /** An interval from place `i` to before place `end` can follow any beginning that ends at `i`, for `earlier` cuts more. */
  relax(i: number, end: number, earlier: number): void {
    const { least, origin, layers, counted } = this;
    for (let layer = 0; layer < (counted ? layers : 1); layer += 1) {
      const before = least[layer];
      const now = counted ? least[layer + 1] : before;
      const back = counted ? origin[layer + 1] : origin[layer];
      if (before === undefined || now === undefined || back === undefined) continue;
      const cuts = (before[i] ?? Infinity) + earlier;
      if (cuts < (now[end] ?? Infinity)) {
        now[end] = cuts;
        back[end] = i;
      }
    }
  }

  /** The whole order in the intervals of fewest cuts; undefined where no intervals satisfy the limits. */
  best(order: Int32Array): Candidate | undefined {
    const { count, least, origin, counted } = this;
    const cuts = Math.min(...least.map((row) => row[count] ?? Infinity));
    if (!Number.isFinite(cuts)) return undefined;
    let layer = least.findIndex((row) => row[count] === cuts);
    const part = new Int32Array(count);
    let name = 0;
    for (let j = count; j > 0; name += 1) {
      const i = origin[layer]?.[j] ?? 0;
      for (let k = i; k < j; k += 1) part[order[k] ?? 0] = name;
      j = i;
      if (counted) layer -= 1;
    }
    return { part: renumber(part), cuts, parts: name };
  }
}

/**
 * The best partition into intervals of an order, by dynamic programming over the ends of intervals: exact widths,
 * least cuts. `maxParts` may be Infinity. Returns undefined where no interval partition that is found satisfies the limits.
 */
export async function cutOrder(
  problem: CutProblem,
  order: Int32Array,
  maxWidth: number,
  maxParts: number,
  pace: Pace,
): Promise<Candidate | undefined> {
  const count = order.length;
  const place = new Int32Array(count);
  order.forEach((node, i) => (place[node] = i));
  const counted = maxParts <= COUNTED_PARTS;
  const found = new LeastCuts(count, counted ? Math.min(maxParts, count) : 1, counted);
  for (let i = 0; i < count; i += 1) {
    await pace.breathe();
    if (pace.interrupted) return undefined;
    const interval = new Interval(problem, place, i);
    for (let j = i; j < count; j += 1) {
      interval.take(order[j] ?? 0, j);
      // A width may shrink again, when the interval takes in where its wires went, but hardly by more than this.
      if (interval.width > maxWidth + WIDTH_SLACK || interval.gates > problem.maxLoad) break;
      if (interval.width <= maxWidth) found.relax(i, j + 1, interval.earlier);
    }
  }
  const best = found.best(order);
  return best !== undefined && best.parts <= maxParts ? best : undefined;
}

/** Settings of one annealing run. */
export interface Annealing {
  readonly slots: number;
  readonly maxWidth: number;
  readonly proposals: number;
  readonly hot: number;
  readonly cold: number;
  readonly seed: number;
}

/** Price of one qubit of width beyond the limit, in wire cuts. */
const OVERFLOW_PRICE = 2;

/**
 * Simulated annealing over the parts of nodes, from a given partition; widths may exceed the limit on the way at a
 * price. Returns the best partition within the limit, or undefined where none was met.
 */
export async function anneal(
  problem: CutProblem,
  begin: Int32Array,
  { slots, maxWidth, proposals, hot, cold, seed }: Annealing,
  pace: Pace,
): Promise<Candidate | undefined> {
  const random = randomNumbers(seed);
  const state = new Placement(problem, slots, maxWidth, begin);
  const { nodes, from, to, start, incident, unit } = problem;
  let best = state.overflow === 0 ? state.cuts : Infinity;
  let kept = best < Infinity ? state.part.slice() : undefined;
  for (let step = 0; step < proposals; step += 1) {
    if ((step & 1023) === 0) {
      if (pace.over) break;
      await pace.breathe();
    }
    const node = Math.floor(random() * nodes);
    const own = state.part[node] ?? 0;
    let target = own;
    const first = start[node] ?? 0;
    const degree = (start[node + 1] ?? 0) - first;
    if (degree > 0 && random() < 0.9) {
      const edge = incident[first + Math.floor(random() * degree)] ?? 0;
      const head = to[edge] ?? 0;
      target = state.part[head === node ? (from[edge] ?? 0) : head] ?? 0;
    } else {
      target = Math.floor(random() * slots);
    }
    if (target === own) continue;
    state.probe(node, target);
    const change = state.cutsChange / unit + OVERFLOW_PRICE * state.overflowChange;
    if (change > 0) {
      const temperature = hot * (cold / hot) ** (step / proposals);
      if (random() >= Math.exp(-change / temperature)) continue;
    }
    state.commit(node, target);
    if (state.overflow === 0 && state.cuts < best) {
      best = state.cuts;
      kept = state.part.slice();
    }
  }
  if (kept === undefined) return undefined;
  const part = renumber(kept);
  return { part, cuts: best, parts: part.reduce((most, name) => Math.max(most, name + 1), 0) };
}
