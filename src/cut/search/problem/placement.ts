/** A partition of a cut problem's nodes with exact widths, gates and cuts, updated move by move. */
import type { CutProblem } from './cutProblem.js';

/** What a gate above the limit counts, in qubits above theirs. */
const GATE_OVERFLOW = 0.25;

export class Placement {
  readonly part: Int32Array;
  readonly width: Int32Array;
  /** Gates of each part, where they are limited. */
  readonly load: Int32Array;
  /** Nodes in each part. */
  readonly size: Int32Array;
  /** Weight of the cut edges. */
  cuts = 0;
  /** Sum over parts of the qubits above the limit, and of the gates above theirs, which count a quarter. */
  overflow = 0;
  /** Changes that the last call of `probe` found. */
  cutsChange = 0;
  overflowChange = 0;
  private leaveWidth = 0;
  private joinWidth = 0;
  private leaveLoad = 0;
  private joinLoad = 0;
  private readonly limited: boolean;

  constructor(
    readonly problem: CutProblem,
    readonly slots: number,
    readonly maxWidth: number,
    part: Int32Array,
  ) {
    this.part = part.slice();
    this.width = new Int32Array(slots);
    this.load = new Int32Array(slots);
    this.size = new Int32Array(slots);
    this.limited = problem.maxLoad < Infinity;
    this.recount();
  }

  /** Widths, gates, sizes and cuts from scratch. */
  private recount(): void {
    const { nodes, sources, from, to, enters, weight, load, edgeLoad, maxLoad } = this.problem;
    for (let node = 0; node < nodes; node += 1) {
      const part = this.part[node] ?? 0;
      this.width[part] = (this.width[part] ?? 0) + (sources[node] ?? 0);
      this.load[part] = (this.load[part] ?? 0) + (load[node] ?? 0);
      this.size[part] = (this.size[part] ?? 0) + 1;
    }
    for (let edge = 0; edge < from.length; edge += 1) {
      const part = this.part[to[edge] ?? 0] ?? 0;
      if (part === this.part[from[edge] ?? 0]) {
        this.load[part] = (this.load[part] ?? 0) + (edgeLoad[edge] ?? 0);
        continue;
      }
      this.width[part] = (this.width[part] ?? 0) + (enters[edge] ?? 0);
      this.cuts += weight[edge] ?? 0;
    }
    for (const width of this.width) this.overflow += Math.max(0, width - this.maxWidth);
    for (const gates of this.load) this.overflow += GATE_OVERFLOW * Math.max(0, gates - maxLoad);
  }

  /** Computes what moving a node to another part would change, into `cutsChange` and `overflowChange`. */
  probe(node: number, target: number): void {
    const { from, to, start, incident, sources, enters, weight } = this.problem;
    const part = this.part;
    const source = part[node] ?? 0;
    // Weights of edges to both parts, and the wires among them by direction.
    let opened = 0;
    let closed = 0;
    let entering = 0;
    let fromSource = 0;
    let fromTarget = 0;
    let toSource = 0;
    let toTarget = 0;
    const end = start[node + 1] ?? 0;
    for (let i = start[node] ?? 0; i < end; i += 1) {
      const edge = incident[i] ?? 0;
      const head = to[edge] ?? 0;
      const comes = head === node;
      const other = part[comes ? (from[edge] ?? 0) : head];
      if (other === source) opened += weight[edge] ?? 0;
      else if (other === target) closed += weight[edge] ?? 0;
      if (enters[edge] === 0) continue;
      if (comes) {
        entering += 1;
        if (other === source) fromSource += 1;
        else if (other === target) fromTarget += 1;
      } else if (other === source) toSource += 1;
      else if (other === target) toTarget += 1;
    }
    const own = sources[node] ?? 0;
    this.cutsChange = opened - closed;
    this.leaveWidth = toSource - own - (entering - fromSource);
    this.joinWidth = own + (entering - fromTarget) - toTarget;
    const left = this.width[source] ?? 0;
    const joined = this.width[target] ?? 0;
    const limit = this.maxWidth;
    this.overflowChange =
      Math.max(0, left + this.leaveWidth - limit) -
      Math.max(0, left - limit) +
      Math.max(0, joined + this.joinWidth - limit) -
      Math.max(0, joined - limit);
    if (this.limited) this.probeLoad(node, target);
  }

  /** What a move changes in the gates of both parts. */
  private probeLoad(node: number, target: number): void {
    const { from, to, start, incident, load, edgeLoad, maxLoad } = this.problem;
    const source = this.part[node] ?? 0;
    this.leaveLoad = -(load[node] ?? 0);
    this.joinLoad = load[node] ?? 0;
    for (let i = start[node] ?? 0; i < (start[node + 1] ?? 0); i += 1) {
      const edge = incident[i] ?? 0;
      const other = this.part[(to[edge] === node ? from[edge] : to[edge]) ?? 0];
      if (other === source) this.leaveLoad -= edgeLoad[edge] ?? 0;
      else if (other === target) this.joinLoad += edgeLoad[edge] ?? 0;
    }
    const left = this.load[source] ?? 0;
    const joined = this.load[target] ?? 0;
    this.overflowChange +=
      GATE_OVERFLOW *
      (Math.max(0, left + this.leaveLoad - maxLoad) -
        Math.max(0, left - maxLoad) +
        Math.max(0, joined + this.joinLoad - maxLoad) -
        Math.max(0, joined - maxLoad));
  }

  /** Makes the move that was probed last. */
  commit(node: number, target: number): void {
    const source = this.part[node] ?? 0;
    this.part[node] = target;
    this.width[source] = (this.width[source] ?? 0) + this.leaveWidth;
    this.width[target] = (this.width[target] ?? 0) + this.joinWidth;
    this.size[source] = (this.size[source] ?? 0) - 1;
    this.size[target] = (this.size[target] ?? 0) + 1;
    if (this.limited) {
      this.load[source] = (this.load[source] ?? 0) + this.leaveLoad;
      this.load[target] = (this.load[target] ?? 0) + this.joinLoad;
    }
    this.cuts += this.cutsChange;
    this.overflow += this.overflowChange;
  }

  /** Parts that hold a node. */
  get used(): number {
    return this.size.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  }
}

/** Parts renumbered 0, 1, ... by their first node. */
export function renumber(part: Int32Array): Int32Array {
  const names = new Map<number, number>();
  return part.map((name) => {
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    return known;
  });
}
