/**
 * Exact search by branch and bound: nodes are placed one after another, outwards from the first;
 * edges that are lost wherever the free nodes go, and flows between placed ones, bound the cuts from below. Where few
 * cuts are enough it proves circuits of a hundred gates and more in a second.
 */
import { FlowBound } from './flowBound.js';
import type { Candidate } from '../problem/candidate.js';
import type { Pace } from '../../../run/resources/pace.js';
import { renumber } from '../problem/placement.js';
import { leastWeight, type CutProblem } from '../problem/cutProblem.js';

export interface BranchLimits {
  readonly maxWidth: number;
  readonly maxParts: number;
  /** Only partitions of a lower weight than this are looked for. */
  readonly fewerThan: number;
  /** Seconds after which the search gives up. */
  readonly seconds: number;
}

export interface BranchResult {
  readonly best: Candidate | undefined;
  /** True where nothing was left out: `best`, or that there is none, is proven. */
  readonly complete: boolean;
}

/** The state of the search: placed nodes, widths that are certain, and a lower bound on cuts. */
class Placement {
  readonly part: Int32Array;
  readonly width: Int32Array;
  /** Gates that are certain in each part, where they are limited. */
  readonly load: Int32Array;
  private readonly limited: boolean;
  /** Nodes in each part; parts 0 .. used - 1 are open. */
  readonly size: Int32Array;
  used = 0;
  /** Weight of cut edges between placed nodes. */
  cuts = 0;
  /** Weight of edges between placed and other nodes that are cut wherever those go. */
  lost = 0;
  /** Weights of edges from a node to placed nodes in each part, their sum, and the largest of them. */
  private readonly toPart: Int32Array;
  private readonly toPlaced: Int32Array;
  private readonly toNearest: Int32Array;

  constructor(
    private readonly problem: CutProblem,
    readonly slots: number,
  ) {
    const { nodes } = problem;
    this.part = new Int32Array(nodes).fill(-1);
    this.width = new Int32Array(slots);
    this.load = new Int32Array(slots);
    this.limited = problem.maxLoad < Infinity;
    this.size = new Int32Array(slots);
    this.toPart = new Int32Array(nodes * slots);
    this.toPlaced = new Int32Array(nodes);
    this.toNearest = new Int32Array(nodes);
  }

  /**
   * Next node to place: among those with a placed neighbour the one of highest degree, then with most placed
   * neighbours (measured to need half the placements of the opposite order); undefined when all are placed.
   */
  next(): number | undefined {
    const { nodes, start } = this.problem;
    let best: number | undefined;
    let most = -1;
    for (let node = 0; node < nodes; node += 1) {
      if ((this.part[node] ?? 0) >= 0) continue;
      const placed = this.toPlaced[node] ?? 0;
      const degree = (start[node + 1] ?? 0) - (start[node] ?? 0);
      const key = (placed > 0 ? 1e18 : 0) + degree * 1e12 + placed;
      if (key > most) {
        most = key;
        best = node;
      }
    }
    return best;
  }

  /** Weight of the edges from a node to placed nodes of a part. */
  near(node: number, part: number): number {
    return this.toPart[node * this.slots + part] ?? 0;
  }

  place(node: number, part: number): void {
    this.change(node, part, 1);
    this.part[node] = part;
    if (part === this.used) this.used += 1;
    this.size[part] = (this.size[part] ?? 0) + 1;
  }

  remove(node: number): void {
    const part = this.part[node] ?? 0;
    this.part[node] = -1;
    const left = (this.size[part] ?? 0) - 1;
    this.size[part] = left;
    if (left === 0 && part === this.used - 1) this.used -= 1;
    this.change(node, part, -1);
  }

  /** Whether all parts keep to the limits as far as they are placed. */
  fits(maxWidth: number): boolean {
    const { maxLoad } = this.problem;
    for (let part = 0; part < this.used; part += 1) {
      if ((this.width[part] ?? 0) > maxWidth || (this.load[part] ?? 0) > maxLoad) return false;
    }
    return true;
  }

  private changeLoad(node: number, part: number, sign: 1 | -1): void {
    const { from, to, start, incident, load, edgeLoad } = this.problem;
    let change = load[node] ?? 0;
    for (let i = start[node] ?? 0; i < (start[node + 1] ?? 0); i += 1) {
      const edge = incident[i] ?? 0;
      const other = (to[edge] === node ? from[edge] : to[edge]) ?? 0;
      if (this.part[other] === part) change += edgeLoad[edge] ?? 0;
    }
    this.load[part] = (this.load[part] ?? 0) + sign * change;
  }

  private change(node: number, part: number, sign: 1 | -1): void {
    if (this.limited) this.changeLoad(node, part, sign);
    const { from, to, start, incident, sources, enters: wires, weight } = this.problem;
    this.width[part] = (this.width[part] ?? 0) + sign * (sources[node] ?? 0);
    this.cuts += sign * ((this.toPlaced[node] ?? 0) - this.near(node, part));
    this.lost -= sign * ((this.toPlaced[node] ?? 0) - (this.toNearest[node] ?? 0));
    for (let i = start[node] ?? 0; i < (start[node + 1] ?? 0); i += 1) {
      const edge = incident[i] ?? 0;
      const head = to[edge] ?? 0;
      const enters = head === node;
      const other = enters ? (from[edge] ?? 0) : head;
      const otherPart = this.part[other] ?? -1;
      if (otherPart < 0) this.see(other, part, sign * (weight[edge] ?? 0));
      else if (otherPart !== part && wires[edge] === 1) {
        const wider = enters ? part : otherPart;
        this.width[wider] = (this.width[wider] ?? 0) + sign;
      }
    }
  }

  private see(node: number, part: number, change: number): void {
    const base = node * this.slots;
    const before = (this.toPlaced[node] ?? 0) - (this.toNearest[node] ?? 0);
    const edges = (this.toPart[base + part] ?? 0) + change;
    this.toPart[base + part] = edges;
    this.toPlaced[node] = (this.toPlaced[node] ?? 0) + change;
    let nearest = edges;
    for (let slot = 0; slot < this.slots; slot += 1)
      nearest = Math.max(nearest, this.toPart[base + slot] ?? 0);
    this.toNearest[node] = nearest;
    this.lost += (this.toPlaced[node] ?? 0) - nearest - before;
  }
}

/** Searches all partitions of a lower weight than a limit, as far as the time reaches. */
export async function branchAndBound(
  problem: CutProblem,
  { maxWidth, maxParts, fewerThan, seconds }: BranchLimits,
  pace: Pace,
): Promise<BranchResult> {
  const { nodes, qubits, wiresOnly } = problem;
  // Parts of something connected number at most one more than its cuts.
  const slots = Math.min(maxParts, nodes, Math.floor((fewerThan - 1) / leastWeight(problem)) + 1);
  const state = new Placement(problem, slots);
  const flows = new FlowBound(problem);
  // All widths together are qubits + wire cuts.
  let limit = wiresOnly ? Math.min(fewerThan, slots * maxWidth - qubits + 1) : fewerThan;
  let best: Candidate | undefined;
  const end = pace.seconds + seconds;
  // Placements between two looks at the clock; one costs more where there are many nodes to flow through.
  const slice = nodes > 200 ? 4 : 64;
  let placements = 0;
  const order: number[] = [];
  const choices: number[][] = [];
  const fits = (): boolean => {
    if (state.cuts + state.lost >= limit) return false;
    if (!state.fits(maxWidth)) return false;
    return !flows.reaches(limit, state.part, state.used);
  };
  const descend = (): void => {
    const node = state.next();
    if (node === undefined) {
      best = { part: renumber(state.part), cuts: state.cuts, parts: state.used };
      limit = state.cuts;
      return;
    }
    // The part with most neighbours is tried first, so it comes last; an empty part is opened last of all.
    const open = Array.from({ length: Math.min(state.used + 1, slots) }, (_, part) => part);
    const key = (part: number): number => (part === state.used ? -1 : state.near(node, part));
    order.push(node);
    choices.push(open.sort((a, b) => key(a) - key(b) || b - a));
  };
  if (limit > 0) descend();
  while (order.length > 0) {
    const node = order.at(-1) ?? 0;
    if ((state.part[node] ?? -1) >= 0) state.remove(node);
    const part = choices.at(-1)?.pop();
    if (part === undefined) {
      order.pop();
      choices.pop();
      continue;
    }
    if (placements % slice === 0) {
      if (pace.over || pace.seconds > end) return { best, complete: false };
      await pace.breathe();
    }
    placements += 1;
    state.place(node, part);
    if (fits()) descend();
  }
  return { best, complete: true };
}
