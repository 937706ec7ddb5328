/**
 * Partitions of large cut problems on several levels (Hendrickson and Leland 1995; Karypis and Kumar 1998): nodes that
 * expensive edges join are contracted until few are left, those are partitioned, and on the way back every level is
 * improved by moves with exact widths and weights.
 */
import { anneal, cutOrder, sweepOrders } from './anneal.js';
import { better, type Candidate } from '../problem/candidate.js';
import { randomNumbers, type Pace } from '../../../run/resources/pace.js';
import { adjacency, type CutProblem } from '../problem/cutProblem.js';

/** Nodes of the coarsest level. */
const COARSEST = 600;
/** A level that keeps more than this share of its nodes is the last one. */
const LEAST_SHRINKING = 0.95;
/** Annealing proposals: at the coarsest level, in all and for each node at most, and for each node of the others. */
const FIRST_PROPOSALS = 1_000_000;
const FIRST_PROPOSALS_PER_NODE = 4000;
const PROPOSALS_PER_NODE = 200;
/** Temperatures as shares of what an edge weighs, where it is more than a cut: from scratch, from a start, at the end. */
const HOT = 2;
const WARM = 0.35;
const COLD = 0.1;

export interface MultilevelSettings {
  readonly slots: number;
  readonly maxWidth: number;
  readonly seed: number;
  /** Qubits that each node acts on. */
  readonly qubitsOfNode: readonly (readonly number[])[];
}

/**
 * A partition of the nodes of a connected problem, from the start that `seed` decides; undefined where no width fits. Given a
 * partition `from`, only nodes of one part are contracted, and it is improved on all levels.
 */
export async function multilevel(
  problem: CutProblem,
  settings: MultilevelSettings,
  pace: Pace,
  from?: Candidate,
): Promise<Candidate | undefined> {
  const { slots, maxWidth, seed } = settings;
  const random = randomNumbers(seed);
  const levels: Level[] = [{ problem, coarseOf: undefined }];
  let { qubitsOfNode } = settings;
  let part = from?.part;
  for (let fine = problem; fine.nodes > Math.max(COARSEST, 8 * slots);) {
    await pace.breathe();
    if (pace.interrupted) return undefined;
    const coarseOf = matching(fine, maxWidth, random, part);
    const coarse = contracted(fine, coarseOf);
    if (coarse.nodes > LEAST_SHRINKING * fine.nodes) break;
    levels.push({ problem: coarse, coarseOf });
    qubitsOfNode = unions(qubitsOfNode, coarseOf, coarse.nodes);
    if (part !== undefined) part = projected(part, coarseOf, coarse.nodes);
    fine = coarse;
  }
  let best: Candidate | undefined;
  for (const [depth, level] of levels.toReversed().entries()) {
    const scale = edgeScale(level.problem);
    const limits = { slots, maxWidth, seed: seed + 31 * depth, cold: COLD * scale };
    if (part === undefined) {
      best = await coarsest(level.problem, qubitsOfNode, { ...limits, scale }, pace);
    } else {
      const proposals = PROPOSALS_PER_NODE * level.problem.nodes;
      best = await anneal(level.problem, part, { ...limits, hot: WARM * scale, proposals }, pace);
    }
    const reached = best?.part ?? part ?? inOrder(level.problem, slots);
    const { coarseOf } = level;
    // Where nothing fits yet, finer moves may still make it fit.
    part = coarseOf === undefined ? reached : coarseOf.map((node) => reached[node] ?? 0);
  }
  return best;
}

interface Level {
  readonly problem: CutProblem;
  /** The node of this level that each node of the finer one is in; undefined for the finest. */
  readonly coarseOf: Int32Array | undefined;
}

interface CoarsestSettings {
  readonly slots: number;
  readonly maxWidth: number;
  readonly seed: number;
  readonly cold: number;
  readonly scale: number;
}

/** Annealing from scratch and from the best intervals of all orders. */
async function coarsest(
  problem: CutProblem,
  qubitsOfNode: readonly (readonly number[])[],
  { slots, maxWidth, seed, cold, scale }: CoarsestSettings,
  pace: Pace,
): Promise<Candidate | undefined> {
  const proposals = Math.min(FIRST_PROPOSALS, FIRST_PROPOSALS_PER_NODE * problem.nodes);
  const annealing = { slots, maxWidth, seed, cold, proposals };
  let best = await anneal(problem, inOrder(problem, slots), { ...annealing, hot: HOT * scale }, pace);
  let swept: Candidate | undefined;
  for (const order of sweepOrders(problem, qubitsOfNode)) {
    swept = better(swept, await cutOrder(problem, order, maxWidth, slots, pace));
  }
  best = better(best, swept);
  if (swept !== undefined) {
    best = better(best, await anneal(problem, swept.part, { ...annealing, hot: WARM * scale }, pace));
  }
  return best;
}

/** What an edge weighs on average, in cuts, at least one. */
function edgeScale({ weight, unit }: CutProblem): number {
  const sum = weight.reduce((total, value) => total + value, 0);
  return Math.max(1, sum / unit / Math.max(1, weight.length));
}

function unions(
  qubitsOfNode: readonly (readonly number[])[],
  coarseOf: Int32Array,
  nodes: number,
): number[][] {
  const sets = Array.from({ length: nodes }, () => new Set<number>());
  qubitsOfNode.forEach((qubits, node) => {
    for (const qubit of qubits) sets[coarseOf[node] ?? 0]?.add(qubit);
  });
  return sets.map((set) => [...set]);
}

function projected(part: Int32Array, coarseOf: Int32Array, nodes: number): Int32Array {
  const result = new Int32Array(nodes);
  part.forEach((name, node) => (result[coarseOf[node] ?? 0] = name));
  return result;
}

/** Nodes in order, in parts of equal numbers. */
function inOrder({ nodes }: CutProblem, slots: number): Int32Array {
  return Int32Array.from({ length: nodes }, (_, node) => Math.floor((node * slots) / nodes));
}

/** Pairs each node with the free neighbour that most weight joins it to, for its size; gives the pair of each node. */
function matching(
  problem: CutProblem,
  maxWidth: number,
  random: () => number,
  part?: Int32Array,
): Int32Array {
  const { nodes, from, to, start, incident, weight, sources, enters } = problem;
  const order = Int32Array.from({ length: nodes }, (_, node) => node);
  for (let i = nodes - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  // What a node alone would be wide: pairs stay well below the limit, so that parts can be filled.
  const width = Int32Array.from(sources);
  to.forEach((node, edge) => (width[node] = (width[node] ?? 0) + (enters[edge] ?? 0)));
  const most = Math.max(2, maxWidth / 3);
  const pair = new Int32Array(nodes).fill(-1);
  let count = 0;
  const joins = new Map<number, number>();
  for (const node of order) {
    if (pair[node] !== -1) continue;
    joins.clear();
    for (let i = start[node] ?? 0; i < (start[node + 1] ?? 0); i += 1) {
      const edge = incident[i] ?? 0;
      const other = (from[edge] === node ? to[edge] : from[edge]) ?? 0;
      if (other !== node && pair[other] === -1 && part?.[node] === part?.[other])
        joins.set(other, (joins.get(other) ?? 0) + (weight[edge] ?? 0));
    }
    let chosen = -1;
    let highest = 0;
    for (const [other, sum] of joins) {
      const wide = (width[node] ?? 0) + (width[other] ?? 0);
      const score = sum / Math.sqrt(wide);
      if (wide <= most && score > highest) {
        highest = score;
        chosen = other;
      }
    }
    pair[node] = count;
    if (chosen >= 0) pair[chosen] = count;
    count += 1;
  }
  // Numbered by their first node, so that the order in time is kept.
  const names = new Map<number, number>();
  return pair.map((name) => {
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    return known;
  });
}

/** The problem whose nodes are those of `coarseOf`; edges inside a node are gone, gates between two nodes are one. */
export function contracted(problem: CutProblem, coarseOf: Int32Array): CutProblem {
  const nodes = coarseOf.reduce((most, node) => Math.max(most, node + 1), 0);
  const summed = (list: Int32Array): Int32Array => {
    const result = new Int32Array(nodes);
    list.forEach((value, node) => (result[coarseOf[node] ?? 0] = (result[coarseOf[node] ?? 0] ?? 0) + value));
    return result;
  };
  const load = summed(problem.load);
  const edges: Edge[] = [];
  const gates = new Map<number, Edge>();
  problem.from.forEach((node, edge) => {
    const [from, to] = [coarseOf[node] ?? 0, coarseOf[problem.to[edge] ?? 0] ?? 0];
    const weight = problem.weight[edge] ?? 0;
    const edgeLoad = problem.edgeLoad[edge] ?? 0;
    if (from === to) {
      load[from] = (load[from] ?? 0) + edgeLoad;
      return;
    }
    const bonds = problem.bonds[edge] ?? 0;
    const logGamma = problem.logGamma[edge] ?? 0;
    if (problem.enters[edge] === 1) {
      edges.push({ from, to, enters: 1, weight, bonds, logGamma, edgeLoad });
      return;
    }
    const key = Math.min(from, to) * nodes + Math.max(from, to);
    const known = gates.get(key);
    if (known === undefined) {
      const added = { from, to, enters: 0, weight, bonds, logGamma, edgeLoad };
      gates.set(key, added);
      edges.push(added);
      return;
    }
    known.weight += weight;
    known.bonds += bonds;
    known.logGamma += logGamma;
    known.edgeLoad += edgeLoad;
  });
  const { start, incident } = adjacency(
    nodes,
    edges.map(({ from, to }) => [from, to] as const),
  );
  return {
    ...problem,
    nodes,
    sources: summed(problem.sources),
    outcomes: summed(problem.outcomes),
    gates: summed(problem.gates),
    load,
    from: Int32Array.from(edges, ({ from }) => from),
    to: Int32Array.from(edges, ({ to }) => to),
    enters: Uint8Array.from(edges, ({ enters }) => enters),
    weight: Int32Array.from(edges, ({ weight }) => weight),
    bonds: Uint8Array.from(edges, ({ bonds }) => Math.min(255, bonds)),
    logGamma: Float64Array.from(edges, ({ logGamma }) => logGamma),
    edgeLoad: Int32Array.from(edges, ({ edgeLoad }) => edgeLoad),
    start,
    incident,
    nodeOfEnd: problem.nodeOfEnd.map((node) => (node < 0 ? -1 : (coarseOf[node] ?? -1))),
  };
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly enters: number;
  weight: number;
  bonds: number;
  logGamma: number;
  edgeLoad: number;
}
