/** Improves the predicted time of cuts: candidates with different numbers of parts and widths, then exact moves. */
import { candidate, separatePieces, type ComponentSearch } from './componentSearch.js';
import { predictShapes, type CostConstants, type SubcircuitShape } from './costModel.js';
import type { Candidate } from './heuristics.js';
import type { Pace } from './pace.js';
import { Partition, renumber } from './partition.js';
import type { CutProblem } from './cutProblem.js';

export interface CostSearch {
  readonly searches: readonly ComponentSearch[];
  /** One candidate per search: the warm start. */
  readonly candidates: readonly Candidate[];
  readonly maxParts: number;
  readonly maxCuts: number;
  readonly costs: CostConstants;
  readonly pace: Pace;
}

/** Starting points that are improved by moves, per component. */
const STARTS = 4;

/** The warm start, improved one component after another; the limits hold for all together. */
export async function improveCost(search: CostSearch): Promise<Candidate[]> {
  const chosen = [...search.candidates];
  for (const [i, component] of search.searches.entries()) {
    const current = chosen[i];
    if (current === undefined || component.leastParts < 2) continue;
    const others = chosen.filter((_, j) => j !== i);
    const room = {
      parts: search.maxParts - others.reduce((sum, { parts }) => sum + parts, 0),
      cuts: search.maxCuts - others.reduce((sum, { cuts }) => sum + cuts, 0),
    };
    chosen[i] = await improveOne(component, current, room, search.costs, search.pace);
  }
  return chosen;
}

interface Room {
  readonly parts: number;
  readonly cuts: number;
}

async function improveOne(
  search: ComponentSearch,
  warm: Candidate,
  room: Room,
  costs: CostConstants,
  pace: Pace,
): Promise<Candidate> {
  const { problem, maxWidth, leastParts } = search;
  const price = (part: Int32Array): number => partitionCost(problem, part, costs);
  const starts = [{ start: warm, cost: price(warm.part) }];
  for (const narrower of [0, 1, 2, 4, 6]) {
    const width = maxWidth - narrower;
    for (let slots = leastParts; slots <= Math.min(room.parts, leastParts + 4); slots += 1) {
      if (pace.over || slots * width < problem.qubits + slots - 1) continue;
      const found = await search.annealed(slots, undefined, width);
      if (found === undefined || found.cuts > room.cuts) continue;
      const start = separatePieces(problem, found, room.parts);
      starts.push({ start, cost: price(start.part) });
    }
  }
  starts.sort((a, b) => a.cost - b.cost);
  let best = starts[0] ?? { start: warm, cost: Infinity };
  for (const { start } of starts.slice(0, STARTS)) {
    const part = await descend(problem, start, maxWidth, room, costs, pace);
    const cost = price(part);
    const reached = candidate(problem, part, maxWidth);
    if (reached !== undefined && cost < best.cost) best = { start: reached, cost };
  }
  return best.start;
}

/** Moves of single nodes, and of whole parts into one another, as long as one lowers the predicted time. */
async function descend(
  problem: CutProblem,
  begin: Candidate,
  maxWidth: number,
  room: Room,
  costs: CostConstants,
  pace: Pace,
): Promise<Int32Array> {
  const slots = Math.min(begin.parts + 1, room.parts);
  const state = new Partition(problem, slots, maxWidth, begin.part);
  let cost = partitionCost(problem, state.part, costs);
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
        const changed = partitionCost(problem, state.part, costs);
        if (changed < cost * (1 - 1e-12)) {
          cost = changed;
          improved = true;
        } else {
          state.probe(node, own);
          state.commit(node, own);
        }
      }
    }
    const joined = joinParts(problem, state.part, maxWidth, costs, cost);
    if (joined !== undefined) return descend(problem, joined, maxWidth, room, costs, pace);
  }
  return renumber(state.part);
}

/** Parts beside a node, and one empty part if there is one. */
function targets(problem: CutProblem, state: Partition, node: number): Set<number> {
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
  costs: CostConstants,
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
      const price = partitionCost(problem, joined.part, costs);
      if (price < least) {
        least = price;
        best = joined;
      }
    }
  }
  return best;
}

/** Predicted seconds of one component under a partition. */
export function partitionCost(problem: CutProblem, part: Int32Array, costs: CostConstants): number {
  const names = renumber(part);
  const shapes: { -readonly [K in keyof SubcircuitShape]: number }[] = [];
  names.forEach((name, node) => {
    const shape = (shapes[name] ??= { gates: 0, width: 0, inputs: 0, outputs: 0, outcomes: 0 });
    shape.gates += problem.gates[node] ?? 0;
    shape.width += problem.sources[node] ?? 0;
    shape.outcomes += problem.outcomes[node] ?? 0;
  });
  const bonds: [number, number][] = [];
  problem.from.forEach((node, edge) => {
    const from = names[node] ?? 0;
    const to = names[problem.to[edge] ?? 0] ?? 0;
    const count = problem.bonds[edge] ?? 0;
    const upstream = shapes[from];
    const downstream = shapes[to];
    if (from === to || upstream === undefined || downstream === undefined) return;
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
  return predictShapes(shapes, bonds, costs).total;
}
