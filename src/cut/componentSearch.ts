/** The search for the fewest wire cuts in one connected component that is too wide. */
import { branchAndBound } from './branchAndBound.js';
import { leastCuts, leastParts } from './bounds.js';
import { cutMip, partsFromSolution } from './cutMip.js';
import { anneal, cutOrder, sweepOrders, type Candidate } from './heuristics.js';
import { solveMip } from './highsSolver.js';
import type { Pace } from './pace.js';
import { Partition, renumber } from './partition.js';
import type { WireProblem } from './wireProblem.js';

/** Best partition with at most a number of parts, and what is known about all of them. */
export interface Outcome {
  readonly best: Candidate | undefined;
  /** No partition has fewer cuts; Infinity: no partition exists. */
  readonly lower: number;
}

export function isProven({ best, lower }: Outcome): boolean {
  return best === undefined ? lower === Infinity : lower >= best.cuts;
}

/** Proposals of one annealing run: by problem size, within bounds that keep it well below a second. */
const proposalsFor = (nodes: number): number => Math.min(1_500_000, 60_000 + 1_500 * nodes);

/** Placements of the branch and bound before the program solver takes over; about half a second. */
const PLACEMENTS = 300_000;

export class ComponentSearch {
  private readonly known = new Map<number, Outcome>();
  private readonly orders: Int32Array[];
  /** Fewest parts that the widths allow at all. */
  readonly leastParts: number;

  constructor(
    readonly problem: WireProblem,
    qubitsOfNode: readonly (readonly number[])[],
    readonly maxWidth: number,
    private readonly pace: Pace,
    private readonly seed: number,
    private readonly signal?: AbortSignal,
  ) {
    this.orders = sweepOrders(problem, qubitsOfNode);
    this.leastParts = leastParts(problem, maxWidth);
  }

  /** Fewest cuts with at most `maxParts` parts (Infinity: any number), within `seconds` for the exact part. */
  async solve(maxParts: number, seconds: number): Promise<Outcome> {
    const limit = Math.min(maxParts, this.problem.nodes);
    if (this.leastParts === 1) {
      return { best: { part: new Int32Array(this.problem.nodes), cuts: 0, parts: 1 }, lower: 0 };
    }
    const known = this.known.get(limit);
    if (known !== undefined) return known;
    let lower = leastCuts(this.problem, this.maxWidth, limit);
    let best = lower === Infinity ? undefined : await this.heuristic(limit, lower);
    if (lower < Infinity && (best === undefined || best.cuts > lower)) {
      const fewerThan = best?.cuts ?? this.problem.from.length + 1;
      const limits = { maxWidth: this.maxWidth, maxParts: limit, fewerThan, placements: PLACEMENTS };
      const searched = await branchAndBound(this.problem, limits, this.pace);
      best = searched.best ?? best;
      if (searched.complete) lower = best?.cuts ?? Infinity;
      else ({ best, lower } = await this.exact(limit, best, lower, seconds));
    }
    const outcome = { best: best && separatePieces(this.problem, best, limit), lower };
    this.known.set(limit, outcome);
    return outcome;
  }

  /** Sweeps, then annealing with different numbers of parts, until `lower` is met. */
  async heuristic(maxParts: number, lower: number): Promise<Candidate | undefined> {
    let best = await this.sweep(this.maxWidth, maxParts);
    const fewest = this.leastParts;
    const most = Math.min(maxParts, Math.max(fewest + 3, best?.parts ?? 0));
    for (let slots = fewest; slots <= most; slots += 1) {
      if (best !== undefined && (best.cuts <= lower || slots > best.cuts)) break;
      best = better(best, await this.annealed(slots, best));
    }
    return best;
  }

  /** A number of parts that suffices, few if the heuristics are lucky; undefined where none was found. */
  async enoughParts(): Promise<number | undefined> {
    if (this.leastParts === 1) return 1;
    const found = await this.sweep(this.maxWidth, Infinity);
    const most = found?.parts ?? this.problem.nodes;
    for (let parts = this.leastParts; parts < most; parts += 1) {
      if ((await this.sweep(this.maxWidth, parts)) !== undefined) return parts;
      if ((await this.annealed(parts)) !== undefined) return parts;
    }
    return found?.parts;
  }

  /** The best interval partition over all orders. */
  async sweep(maxWidth: number, maxParts: number): Promise<Candidate | undefined> {
    let best: Candidate | undefined;
    for (const order of this.orders) {
      // One sweep is made even when the time is over: any answer is better than none.
      if (this.pace.over && best !== undefined) break;
      best = better(best, await cutOrder(this.problem, order, maxWidth, maxParts, this.pace));
    }
    return best;
  }

  /** Annealing with a number of parts: from scratch, and from the best known partition where that has no more. */
  async annealed(slots: number, from?: Candidate, maxWidth = this.maxWidth): Promise<Candidate | undefined> {
    const { nodes } = this.problem;
    const order = this.orders[1] ?? this.orders[0];
    const scratch = new Int32Array(nodes);
    order?.forEach((node, place) => (scratch[node] = Math.floor((place * slots) / nodes)));
    let best: Candidate | undefined;
    const runs = [
      { begin: scratch, hot: 2, seed: this.seed + slots },
      { begin: scratch, hot: 0.8, seed: this.seed + slots + 7919 },
      ...(from !== undefined && from.parts <= slots ? [{ begin: from.part, hot: 0.5, seed: this.seed }] : []),
    ];
    for (const run of runs) {
      const settings = { ...run, slots, maxWidth, cold: 0.12, proposals: proposalsFor(nodes) };
      best = better(best, await anneal(this.problem, run.begin, settings, this.pace));
    }
    return best;
  }

  /** Programs with 2, 3, ... parts, each asked for fewer cuts than the best known. */
  private async exact(
    maxParts: number,
    warm: Candidate | undefined,
    known: number,
    seconds: number,
  ): Promise<Outcome> {
    const { problem, maxWidth } = this;
    const end = this.pace.seconds + seconds;
    let best = warm;
    let lower = known;
    for (let parts = this.leastParts; parts <= maxParts; parts += 1) {
      // c cuts of a connected component leave at most c + 1 parts, so p + 1 parts cost at least p cuts.
      if (best !== undefined && parts > best.cuts) return { best, lower: best.cuts };
      const left = Math.min(this.pace.left, end - this.pace.seconds);
      if (left <= 0) return { best, lower };
      const room = parts * maxWidth - problem.qubits;
      const mostCuts = Math.min(room, problem.from.length, best === undefined ? Infinity : best.cuts - 1);
      let reached = Infinity;
      if (mostCuts >= lower) {
        const model = cutMip(problem, { parts, maxWidth, leastCuts: lower, mostCuts });
        const { status, solution, bound } = await solveMip(model, left, this.signal);
        if (solution !== undefined) {
          best = better(
            best,
            candidate(problem, partsFromSolution(solution, problem.nodes, parts), maxWidth),
          );
        }
        if (status === 'stopped') reached = Math.ceil(bound - 1e-6);
        else if (status === 'optimal') reached = best?.cuts ?? Infinity;
        if (status === 'stopped') {
          lower = Math.max(lower, Math.min(reached, parts < maxParts ? parts : Infinity));
          return { best, lower };
        }
      }
      const more = parts < maxParts ? Math.max(parts, lower) : Infinity;
      lower = Math.max(lower, Math.min(best?.cuts ?? Infinity, reached, more));
    }
    return { best, lower: best === undefined ? Infinity : lower };
  }
}

/** A candidate from parts, if it keeps to the width. */
export function candidate(problem: WireProblem, part: Int32Array, maxWidth: number): Candidate | undefined {
  const names = renumber(part);
  const slots = names.reduce((most, name) => Math.max(most, name + 1), 0);
  const state = new Partition(problem, slots, maxWidth, names);
  return state.overflow > 0 ? undefined : { part: names, cuts: state.cuts, parts: slots };
}

/** The candidate with fewer cuts; among equals the one with fewer parts, else the first. */
export function better(a: Candidate | undefined, b: Candidate | undefined): Candidate | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.cuts < a.cuts || (b.cuts === a.cuts && b.parts < a.parts) ? b : a;
}

/** Gives pieces of a part that do not touch parts of their own, while the number of parts allows: it costs no cut. */
export function separatePieces(problem: WireProblem, { part, cuts }: Candidate, maxParts: number): Candidate {
  const names = part.slice();
  let used = names.reduce((most, name) => Math.max(most, name + 1), 0);
  const seen = new Uint8Array(problem.nodes);
  const met = new Set<number>();
  for (let root = 0; root < problem.nodes; root += 1) {
    if (seen[root]) continue;
    const own = part[root] ?? 0;
    const first = !met.has(own);
    if (!first && used >= maxParts) continue;
    met.add(own);
    const name = first ? own : used++;
    const queue = [root];
    seen[root] = 1;
    for (const node of queue) {
      names[node] = name;
      for (let i = problem.start[node] ?? 0; i < (problem.start[node + 1] ?? 0); i += 1) {
        const edge = problem.incident[i] ?? 0;
        for (const other of [problem.from[edge] ?? 0, problem.to[edge] ?? 0]) {
          if (seen[other] || part[other] !== own) continue;
          seen[other] = 1;
          queue.push(other);
        }
      }
    }
  }
  return { part: renumber(names), cuts, parts: used };
}
