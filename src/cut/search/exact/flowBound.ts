/**
 * A lower bound on cuts from partial placements. Every part has to be separated from all others, which takes at least
 * the maximum flow between its placed nodes and theirs; each cut edge separates two parts, so half the sum of the
 * flows is a bound (for two parts, the flow itself). Delling et al. bound bisections this way (IPCO 2012).
 */
import type { CutProblem } from '../problem/cutProblem.js';
import { valueAt } from '../../../error.js';

export class FlowBound {
  /** Net flow on each edge along its direction, at most its weight either way. */
  private readonly flow: Int32Array;
  /** Edge by which a node was reached, and the round in which it was. */
  private readonly reachedBy: Int32Array;
  private readonly reachedIn: Int32Array;
  private readonly queue: Int32Array;
  private round = 0;

  constructor(private readonly problem: CutProblem) {
    this.flow = new Int32Array(problem.from.length);
    this.reachedBy = new Int32Array(problem.nodes);
    this.reachedIn = new Int32Array(problem.nodes);
    this.queue = new Int32Array(problem.nodes);
  }

  /** True if every completion of a placement (`part` is -1 for free nodes) weighs at least `limit`. */
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
    for (let more = 1; value < enough && more > 0; value += more) more = this.augment(name, part);
    return value;
  }

  /** Sends flow along a shortest path that has room; returns how much, 0 where there is none. */
  private augment(name: number, part: Int32Array): number {
    const { from, to, start, incident, nodes, weight } = this.problem;
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
      const node = valueAt(queue, head);
      for (let i = valueAt(start, node); i < valueAt(start, node + 1); i += 1) {
        const edge = valueAt(incident, i);
        const forward = from[edge] === node;
        const other = forward ? valueAt(to, edge) : valueAt(from, edge);
        const room = valueAt(weight, edge) - (forward ? 1 : -1) * valueAt(flow, edge);
        if (reachedIn[other] === this.round || room <= 0) continue;
        reachedIn[other] = this.round;
        reachedBy[other] = edge;
        if ((part[other] ?? -1) >= 0) {
          return this.push(other);
        }
        queue[tail++] = other;
      }
    }
    return 0;
  }

  /** Sends as much as fits along the path by which a node was reached. */
  private push(end: number): number {
    const { from, to, weight } = this.problem;
    const path: { edge: number; sign: 1 | -1 }[] = [];
    let node = end;
    let most = Infinity;
    for (let edge = this.reachedBy[node] ?? -1; edge >= 0; edge = this.reachedBy[node] ?? -1) {
      const sign = to[edge] === node ? 1 : -1;
      most = Math.min(most, valueAt(weight, edge) - sign * valueAt(this.flow, edge));
      path.push({ edge, sign });
      node = (sign === 1 ? from[edge] : to[edge]) ?? 0;
    }
    for (const { edge, sign } of path) this.flow[edge] = valueAt(this.flow, edge) + sign * most;
    return most;
  }
}
