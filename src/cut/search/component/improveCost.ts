/**
 * Improves the predicted time of cuts, or their overhead, within limits that the search for the cheapest does not know:
 * candidates with different numbers of parts and widths, then exact moves.
 */
import { type ComponentSearch } from './componentSearch.js';
import { candidate, separatePieces } from '../problem/candidate.js';
import {
  predictShapes,
  shapeBytes,
  type CostConstants,
  type SubcircuitShape,
} from '../../model/costModel.js';
import type { Candidate } from '../problem/candidate.js';
import type { Pace } from '../../../run/resources/pace.js';
import { Placement, renumber } from '../problem/placement.js';
import type { CutProblem } from '../problem/cutProblem.js';
import type { Objective } from '../../model/objective.js';

export interface CostSearch {
  readonly searches: readonly ComponentSearch[];
  /** One candidate per search: the warm start. */
  readonly candidates: readonly Candidate[];
  readonly maxParts: number;
  readonly maxCuts: number;
  /** Most of the product of gamma squared, and bytes of evaluating any subcircuit; Infinity: any. */
  readonly maxOverhead: number;
  readonly maxMemory: number;
  /** Threads that evaluate a subcircuit, which each take some memory. */
  readonly threads: number;
  readonly objective: Objective;
  readonly costs: CostConstants;
  readonly pace: Pace;
}

/** Proposals of annealing for each second that the best cuts so far are predicted to take; and at least. */
const PROPOSALS_A_SECOND = 1e6;
const LEAST_PROPOSALS = 1e6;

/** So many starts in a row that find no partition, or one so much dearer than the best that moves will not mend it, end them. */
const MOST_MISSES = 4;
const MUCH_DEARER = 1000;

/** A year: no cuts that are predicted to take that long are wanted. */
const HOPELESS_SECONDS = 3e7;
/** Narrowest parts that are tried in their place, in qubits. */
const NARROWEST = 4;

/** Starting points that are improved by moves, per component. */
const STARTS = 4;

/** The warm start, improved one component after another; the limits hold for all together. */
export async function improveCost(search: CostSearch): Promise<Candidate[]> {
  const chosen = [...search.candidates];
  for (const [i, component] of search.searches.entries()) {
    const current = chosen[i];
    if (current === undefined || component.leastParts < 2) continue;
    const others = chosen.filter((_, j) => j !== i);
    const logOverhead = (part: Candidate, j: number): number => {
      const other = search.searches[j];
      return other === undefined ? 0 : measurePartition(other.problem, part.part, search).logGamma;
    };
    const room = {
      parts: search.maxParts - others.reduce((sum, { parts }) => sum + parts, 0),
      cuts: search.maxCuts - others.reduce((sum, { cuts }) => sum + cuts, 0),
      logGamma:
        Math.log(search.maxOverhead) / 2 -
        chosen.reduce((sum, part, j) => sum + (j === i ? 0 : logOverhead(part, j)), 0),
    };
    const price = pricing(component.problem, room, search);
    chosen[i] = await improveOne(component, current, room, price, search);
  }
  return chosen;
}

interface Room {
  readonly parts: number;
  readonly cuts: number;
  readonly logGamma: number;
}

/** What parts are worth; lower is better, and what exceeds a limit is worse than all that does not. */
type Price = (part: Int32Array) => number;

/** Price of the least excess over a limit. */
const EXCESS = 1e200;

function pricing(problem: CutProblem, room: Room, search: CostSearch): Price {
  return (part) => {
    const { seconds, logGamma, bytes } = measurePartition(problem, part, search);
    const excess =
      Math.max(0, logGamma - room.logGamma - 1e-9) + Math.max(0, Math.log2(bytes / search.maxMemory));
    if (excess > 0) return EXCESS * (1 + excess);
    // Overheads may be beyond the range of a double, their logarithms never are.
    return search.objective === 'cost' ? seconds : 1 + logGamma;
  };
}

interface Start {
  readonly start: Candidate;
  readonly cost: number;
}

async function improveOne(
  search: ComponentSearch,
  warm: Candidate,
  room: Room,
  price: Price,
  { pace, maxMemory, maxOverhead, objective }: CostSearch,
): Promise<Candidate> {
  const { problem, maxWidth, leastParts } = search;
  const starts: Start[] = [{ start: warm, cost: price(warm.part) }];
  const narrow = await narrowStart(search, room, price, pace, price(warm.part));
  const work = search.annealingWork;
  // Where limits have to be met, no start is left out.
  const limited =
    objective !== 'cost' || maxMemory < Infinity || maxOverhead < Infinity || room.cuts < Infinity;
  let [used, misses] = [0, 0];
  const narrowings = maxMemory < Infinity ? [0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 18] : [0, 1, 2, 4, 6];
  const most = Math.min(room.parts, leastParts + 4);
  for (const { width, slots } of shapesToTry(maxWidth, narrowings, leastParts, most)) {
    if (pace.over || width < 1 || slots * width < problem.qubits + slots - 1) continue;
    // It should not take much longer than it can save; counted in work, so that the load of a machine changes nothing.
    const least = Math.min(...[...starts, ...narrow].map(({ cost }) => cost));
    const allowed = Math.max(LEAST_PROPOSALS, PROPOSALS_A_SECOND * least);
    if (!limited && (used + work > allowed || misses >= MOST_MISSES)) break;
    used += work;
    misses += 1;
    const found = await search.annealed(slots, undefined, width);
    if (found === undefined || found.cuts > room.cuts) continue;
    const start = separatePieces(problem, found, room.parts);
    const cost = price(start.part);
    starts.push({ start, cost });
    if (cost <= MUCH_DEARER * least) misses = 0;
  }
  starts.sort((a, b) => a.cost - b.cost);
  const chosen = [...starts.slice(0, STARTS), ...narrow];
  let best = chosen.reduce((a, b) => (b.cost < a.cost ? b : a));
  for (const { start } of chosen) {
    const part = await descend(problem, start, maxWidth, room, price, pace);
    const cost = price(part);
    const reached = candidate(problem, part, maxWidth);
    if (reached !== undefined && cost < best.cost) best = { start: reached, cost };
  }
  return best.start;
}

/**
 * Where parts as wide as allowed are too wide for anybody (a thousand qubits, halved), the best of much narrower ones: at
 * most one start, from which moves may widen parts again.
 */
async function narrowStart(
  search: ComponentSearch,
  room: Room,
  price: Price,
  pace: Pace,
  warmCost: number,
): Promise<Start[]> {
  let best: Start | undefined;
  for (let width = search.maxWidth / 2; width >= NARROWEST; width /= 2) {
    if (warmCost < HOPELESS_SECONDS || pace.over) break;
    const found = await search.sweep(Math.floor(width), Math.min(room.parts, search.problem.nodes));
    if (found === undefined || found.cuts > room.cuts) continue;
    const cost = price(found.part);
    if (best === undefined || cost < best.cost) best = { start: found, cost };
  }
  return best === undefined ? [] : [best];
}

/** Widths and numbers of parts, those nearest to the widest and fewest first. */
function shapesToTry(
  maxWidth: number,
  narrowings: readonly number[],
  fewest: number,
  most: number,
): { readonly width: number; readonly slots: number }[] {
  const all = narrowings.flatMap((narrower, i) =>
    Array.from({ length: Math.max(0, most - fewest + 1) }, (_, more) => ({
      width: maxWidth - narrower,
      slots: fewest + more,
      rank: i + more,
    })),
  );
  return all.sort((a, b) => a.rank - b.rank);
}

/** Moves of single nodes, and of whole parts into one another, as long as one lowers the predicted time. */
async function descend(
  problem: CutProblem,
  begin: Candidate,
  maxWidth: number,
  room: Room,
  price: Price,
  pace: Pace,
): Promise<Int32Array> {
  const slots = Math.min(begin.parts + 1, room.parts);
  const state = new Placement(problem, slots, maxWidth, begin.part);
  let cost = price(state.part);
  for (let improved = true; improved && !pace.over;) {
    improved = false;
    for (let node = 0; node < problem.nodes && !pace.over; node += 1) {
      await pace.breathe();
      for (const target of targets(problem, state, node)) {
        const own = state.part[node] ?? 0;
        if (target === own) continue;
        state.probe(node, target);
        if (state.overflowChange > 0 || state.cuts + state.cutsChange > room.cuts) continue;
        state.commit(node, target);
        const changed = price(state.part);
        if (changed < cost * (1 - 1e-12)) {
          cost = changed;
          improved = true;
        } else {
          state.probe(node, own);
          state.commit(node, own);
        }
      }
    }
    const joined = joinParts(problem, state.part, maxWidth, price, cost);
    if (joined !== undefined) return descend(problem, joined, maxWidth, room, price, pace);
  }
  return renumber(state.part);
}

/** Parts beside a node, and one empty part if there is one. */
function targets(problem: CutProblem, state: Placement, node: number): Set<number> {
  const found = new Set<number>();
  for (let i = problem.start[node] ?? 0; i < (problem.start[node + 1] ?? 0); i += 1) {
    const edge = problem.incident[i] ?? 0;
    found.add(state.part[problem.from[edge] ?? 0] ?? 0);
    found.add(state.part[problem.to[edge] ?? 0] ?? 0);
  }
  const empty = state.size.indexOf(0);
  if (empty >= 0) found.add(empty);
  return found;
}

/** The best union of two parts that lowers the cost and keeps to the width. */
function joinParts(
  problem: CutProblem,
  part: Int32Array,
  maxWidth: number,
  price: Price,
  cost: number,
): Candidate | undefined {
  const names = renumber(part);
  const count = names.reduce((most, name) => Math.max(most, name + 1), 0);
  if (count > 24) return undefined;
  let least = cost * (1 - 1e-12);
  let best: Candidate | undefined;
  for (let a = 0; a < count; a += 1) {
    for (let b = a + 1; b < count; b += 1) {
      const joined = candidate(
        problem,
        names.map((name) => (name === b ? a : name)),
        maxWidth,
      );
      if (joined === undefined) continue;
      const changed = price(joined.part);
      if (changed < least) {
        least = changed;
        best = joined;
      }
    }
  }
  return best;
}

/** Predicted seconds of one component under a partition. */
export function partitionCost(problem: CutProblem, part: Int32Array, costs: CostConstants): number {
  return measurePartition(problem, part, { costs, threads: 1 }).seconds;
}

/** Predicted seconds, half the logarithm of the sampling overhead, and bytes of evaluating the largest part. */
export function measurePartition(
  problem: CutProblem,
  part: Int32Array,
  { costs, threads }: Pick<CostSearch, 'costs' | 'threads'>,
): { seconds: number; logGamma: number; bytes: number } {
  const names = renumber(part);
  const shapes: { -readonly [K in keyof SubcircuitShape]: number }[] = [];
  names.forEach((name, node) => {
    const shape = (shapes[name] ??= { gates: 0, width: 0, inputs: 0, outputs: 0, outcomes: 0 });
    shape.gates += problem.gates[node] ?? 0;
    shape.width += problem.sources[node] ?? 0;
    shape.outcomes += problem.outcomes[node] ?? 0;
  });
  const bonds: [number, number][] = [];
  let logGamma = 0;
  problem.from.forEach((node, edge) => {
    const from = names[node] ?? 0;
    const to = names[problem.to[edge] ?? 0] ?? 0;
    const count = problem.bonds[edge] ?? 0;
    const upstream = shapes[from];
    const downstream = shapes[to];
    if (from === to || upstream === undefined || downstream === undefined) return;
    logGamma += problem.logGamma[edge] ?? 0;
    for (let bond = 0; bond < count; bond += 1) bonds.push([from, to]);
    upstream.outputs += count;
    downstream.width += count;
    if (problem.enters[edge] === 1) {
      downstream.inputs += 1;
    } else {
      upstream.width += count;
      downstream.outputs += count;
    }
  });
  const bytes = shapes.reduce((most, shape) => Math.max(most, shapeBytes(shape, threads)), 0);
  return { seconds: predictShapes(shapes, bonds, costs).total, logGamma, bytes };
}
