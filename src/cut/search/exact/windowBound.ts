/**
 * The least weight of cuts in a window of a cut problem, by its width alone: every part has at most `maxWidth` of the
 * qubits that start in the window. Nodes that qubits start in are placed one after another; those of different parts have
 * to be separated, which takes at least half the sum of the flows that isolate each part (for two parts, the flow).
 */
import type { Pace } from '../../../run/resources/pace.js';

/** Some nodes of a problem and the edges between them, with the share of its weight that each has here. */
export interface Window {
  readonly nodes: number;
  /** Qubits that start in each node. */
  readonly sources: ArrayLike<number>;
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  /** Whole numbers, so that sums are exact. */
  readonly weight: ArrayLike<number>;
}

/**
 * What a search may take. It ends by work, so that what it finds is always the same, or where the time of the whole search is
 * over.
 */
export interface Work {
  /** Edges that may still be looked at. */
  left: number;
  readonly pace: Pace;
}

/**
 * A bound on the weight of every partition that keeps to the width, `enough` at most; undefined where the work does not
 * suffice.
 */
export async function windowBound(
  window: Window,
  maxWidth: number,
  enough: number,
  work: Work,
): Promise<number | undefined> {
  return new WindowSearch(window, maxWidth, enough, work).run();
}

/** Flow from the nodes of one part to those of all others. */
interface Isolation {
  readonly flow: Float64Array;
  value: number;
}

class WindowSearch {
  private readonly start: Int32Array;
  private readonly incident: Int32Array;
  private readonly part: Int32Array;
  private readonly reached: Int32Array;
  private readonly reachedBy: Int32Array;
  private readonly queue: Int32Array;
  private readonly order: readonly number[];
  private round = 0;
  private stopped = false;
  private limit: number;

  constructor(
    private readonly window: Window,
    private readonly maxWidth: number,
    enough: number,
    private readonly work: Work,
  ) {
    const { nodes, from, to, sources } = window;
    this.limit = enough;
    this.start = new Int32Array(nodes + 1);
    for (const ends of [from, to]) {
      for (let edge = 0; edge < ends.length; edge += 1) {
        const node = ends[edge] ?? 0;
        this.start[node + 1] = (this.start[node + 1] ?? 0) + 1;
      }
    }
    for (let node = 0; node < nodes; node += 1)
      this.start[node + 1] = (this.start[node + 1] ?? 0) + (this.start[node] ?? 0);
    const fill = this.start.slice();
    this.incident = new Int32Array(2 * from.length);
    for (let edge = 0; edge < from.length; edge += 1) {
      for (const node of [from[edge] ?? 0, to[edge] ?? 0]) {
        this.incident[fill[node] ?? 0] = edge;
        fill[node] = (fill[node] ?? 0) + 1;
      }
    }
    this.part = new Int32Array(nodes).fill(-1);
    this.reached = new Int32Array(nodes);
    this.reachedBy = new Int32Array(nodes);
    this.queue = new Int32Array(nodes);
    this.order = Array.from({ length: nodes }, (_, node) => node).filter((node) => (sources[node] ?? 0) > 0);
  }

  async run(): Promise<number | undefined> {
    if (this.order.some((node) => (this.window.sources[node] ?? 0) > this.maxWidth)) return this.limit;
    await this.place(0, [], []);
    return this.stopped ? undefined : this.limit;
  }

  /** Places the nodes from number `next` on; `limit` falls to the least bound of all placements. */
  private async place(
    next: number,
    widths: readonly number[],
    isolations: readonly Isolation[],
  ): Promise<void> {
    const node = this.order[next];
    if (node === undefined) {
      this.limit = Math.min(this.limit, boundOf(isolations));
      return;
    }
    const own = this.window.sources[node] ?? 0;
    for (let part = 0; part <= widths.length && !this.stopped; part += 1) {
      const width = (widths[part] ?? 0) + own;
      if (width > this.maxWidth) continue;
      this.part[node] = part;
      const flows = isolations.map(({ flow, value }) => ({ flow: flow.slice(), value }));
      if (part === widths.length) flows.push({ flow: new Float64Array(this.window.from.length), value: 0 });
      if (await this.isolate(flows)) {
        const wider = [...widths];
        wider[part] = width;
        await this.place(next + 1, wider, flows);
      }
      this.part[node] = -1;
    }
  }

  /** Raises the flows as far as they go; false where they reach the limit, or the work is used up. */
  private async isolate(flows: readonly Isolation[]): Promise<boolean> {
    if (flows.length < 2) return true;
    for (const [part, isolation] of flows.entries()) {
      // Two parts are isolated by the same cuts.
      if (flows.length === 2 && part === 1) break;
      for (;;) {
        if (boundOf(flows) >= this.limit) return false;
        await this.work.pace.breathe();
        const more = this.augment(part, isolation.flow);
        if (this.stopped) return false;
        if (more === 0) break;
        isolation.value += more;
      }
    }
    return boundOf(flows) < this.limit;
  }

  /** Sends flow along a shortest path with room from the nodes of a part to any other's. */
  private augment(part: number, flow: Float64Array): number {
    const { from, to, weight } = this.window;
    const { start, incident, queue, reached, reachedBy } = this;
    this.round += 1;
    let tail = 0;
    for (const node of this.order) {
      if (this.part[node] !== part) continue;
      reached[node] = this.round;
      reachedBy[node] = -1;
      queue[tail++] = node;
    }
    for (let head = 0; head < tail; head += 1) {
      const node = queue[head] ?? 0;
      const end = start[node + 1] ?? 0;
      this.work.left -= end - (start[node] ?? 0);
      for (let i = start[node] ?? 0; i < end; i += 1) {
        const edge = incident[i] ?? 0;
        const forward = from[edge] === node;
        const other = (forward ? to[edge] : from[edge]) ?? 0;
        const room = (weight[edge] ?? 0) - (forward ? 1 : -1) * (flow[edge] ?? 0);
        if (reached[other] === this.round || room <= 0) continue;
        reached[other] = this.round;
        reachedBy[other] = edge;
        if ((this.part[other] ?? -1) >= 0) return this.push(other, flow);
        queue[tail++] = other;
      }
    }
    if (this.work.left < 0 || this.work.pace.over) this.stopped = true;
    return 0;
  }

  /** Sends as much as fits along the path by which a node was reached. */
  private push(end: number, flow: Float64Array): number {
    const { from, to, weight } = this.window;
    const along = (visit: (edge: number, sign: 1 | -1) => void): void => {
      let node = end;
      for (let edge = this.reachedBy[node] ?? -1; edge >= 0; edge = this.reachedBy[node] ?? -1) {
        const forward = to[edge] === node;
        visit(edge, forward ? 1 : -1);
        node = (forward ? from[edge] : to[edge]) ?? 0;
      }
    };
    let most = Infinity;
    along((edge, sign) => (most = Math.min(most, (weight[edge] ?? 0) - sign * (flow[edge] ?? 0))));
    along((edge, sign) => (flow[edge] = (flow[edge] ?? 0) + sign * most));
    return most;
  }
}

function boundOf(isolations: readonly Isolation[]): number {
  if (isolations.length < 2) return 0;
  if (isolations.length === 2) return Math.max(...isolations.map(({ value }) => value));
  return Math.ceil(isolations.reduce((sum, { value }) => sum + value, 0) / 2);
}
