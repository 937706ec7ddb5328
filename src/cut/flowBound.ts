/**
 * A lower bound on cuts from partial placements. Every part has to be separated from all others, which takes at least
 * the maximum flow between its placed nodes and theirs; each cut edge separates two parts, so half the sum of the
 * flows is a bound (for two parts, the flow itself). Delling et al. bound bisections this way (IPCO 2012).
 */
import type { WireProblem } from './wireProblem.js';

export class FlowBound {
  /** Net flow on each edge along its direction: -1, 0 or 1. */
  private readonly flow: Int8Array;
  /** Edge by which a node was reached, and the round in which it was. */
  private readonly reachedBy: Int32Array;
  private readonly reachedIn: Int32Array;
  private readonly queue: Int32Array;
  private round = 0;

  constructor(private readonly problem: WireProblem) {
    this.flow = new Int8Array(problem.from.length);
    this.reachedBy = new Int32Array(problem.nodes);
    this.reachedIn = new Int32Array(problem.nodes);
    this.queue = new Int32Array(problem.nodes);
  }

  /** True if every completion of a placement (`part` is -1 for free nodes) has at least `limit` cuts. */
  reaches(limit: number, part: Int32Array, used: number): boolean {
    if (used < 2) return false;
    if (used === 2) return this.separation(0, part, limit) >= limit;
    let sum = 0;
    for (let name = 0; name < used; name += 1) {
      sum += this.separation(name, part, 2 * limit - sum);
      if (sum > 2 * limit - 2) return true;
    }
    return false;
  }

  /** Maximum flow from the nodes of one part to those of the others, up to `enough`. */
  private separation(name: number, part: Int32Array, enough: number): number {
    this.flow.fill(0);
    let value = 0;
    while (value < enough && this.augment(name, part)) value += 1;
    return value;
  }

  private augment(name: number, part: Int32Array): boolean {
    const { from, to, start, incident, nodes } = this.problem;
    const { flow, queue, reachedIn, reachedBy } = this;
    this.round += 1;
    let tail = 0;
    for (let node = 0; node < nodes; node += 1) {
      if (part[node] !== name) continue;
      reachedIn[node] = this.round;
      reachedBy[node] = -1;
      queue[tail++] = node;
    }
    for (let head = 0; head < tail; head += 1) {
      const node = queue[head] ?? 0;
      for (let i = start[node] ?? 0; i < (start[node + 1] ?? 0); i += 1) {
        const edge = incident[i] ?? 0;
        const forward = from[edge] === node;
        const other = forward ? (to[edge] ?? 0) : (from[edge] ?? 0);
        if (reachedIn[other] === this.round || flow[edge] === (forward ? 1 : -1)) continue;
        reachedIn[other] = this.round;
        reachedBy[other] = edge;
        if ((part[other] ?? -1) >= 0) {
          this.push(other);
          return true;
        }
        queue[tail++] = other;
      }
    }
    return false;
  }

  /** Sends one unit along the path by which a node was reached. */
  private push(end: number): void {
    const { from, to } = this.problem;
    let node = end;
    for (let edge = this.reachedBy[node] ?? -1; edge >= 0; edge = this.reachedBy[node] ?? -1) {
      const forward = to[edge] === node;
      this.flow[edge] = (this.flow[edge] ?? 0) + (forward ? 1 : -1);
      node = (forward ? from[edge] : to[edge]) ?? 0;
    }
  }
}
