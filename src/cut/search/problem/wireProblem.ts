/**
 * The wire-cut problem of one connected component: the cut graph with its gate edges contracted, and with every
 * pair of gates contracted that some optimal solution keeps together.
 */
import { DisjointSets, type CutGraph } from '../../model/cutGraph.js';
import { WIRE_GAMMA } from '../../model/overhead.js';
import { edgeColumns, numberSets, type CutProblem, type Edge, type GateWeights } from './cutProblem.js';
import { valueAt } from '../../../error.js';

/**
 * The problem of one component of the graph.
 *
 * Without a limit on gates, two contractions keep the optimal number of cuts, for every width and every limit on parts. A node without
 * sources whose incoming edges all come from one node u can be moved to u's part: that saves its d incoming cuts,
 * opens at most d outgoing ones, and widens no part. The mirror image holds for a node that no wire ends in and
 * whose outgoing edges all lead to one node. Repeated gates on one pair are the simplest case.
 */
export function wireProblem(
  graph: CutGraph,
  component: number,
  weights: GateWeights,
  maxGates = Infinity,
): CutProblem {
  const gates = graph.gatePositions.length;
  const inside = Array.from({ length: gates }, (_, gate) => {
    const qubit = graph.ends[2 * gate]?.qubit ?? 0;
    return graph.component[qubit] === component;
  });
  const edges = graph.wireEdges
    .filter((edge) => inside[edge.from >> 1] === true)
    .map((edge) => [edge.from >> 1, edge.to >> 1] as const);
  const starts = new Int32Array(gates);
  const stops = new Int32Array(gates);
  for (const wire of graph.wires) {
    const first = wire[0];
    const last = wire.at(-1);
    if (first === undefined || last === undefined || inside[first >> 1] !== true) continue;
    starts[first >> 1] = valueAt(starts, first >> 1) + 1;
    stops[last >> 1] = valueAt(stops, last >> 1) + 1;
  }
  const sets = maxGates < Infinity ? new DisjointSets(gates) : contract(gates, edges, starts, stops);

  const { nodeOf, nodes } = numberSets(sets, gates, (gate) => inside[gate] === true);
  const sources = new Int32Array(nodes);
  const outcomes = new Int32Array(nodes);
  const gateCount = new Int32Array(nodes);
  nodeOf.forEach((node, gate) => {
    if (node < 0) return;
    sources[node] = valueAt(sources, node) + valueAt(starts, gate);
    outcomes[node] = valueAt(outcomes, node) + valueAt(weights.outcomes, gate);
    gateCount[node] = valueAt(gateCount, node) + valueAt(weights.gates, gate);
  });
  const wire = { enters: 1, weight: 1, bonds: 1, load: 0, logGamma: Math.log(WIRE_GAMMA) };
  const kept = edges
    .map(([from, to]): Edge => ({ ...wire, from: valueAt(nodeOf, from), to: valueAt(nodeOf, to) }))
    .filter(({ from, to }) => from !== to);
  return {
    nodes,
    sources,
    outcomes,
    gates: gateCount,
    load: gateCount,
    maxLoad: maxGates,
    exactLoads: true,
    unit: 1,
    wiresOnly: true,
    ...edgeColumns(nodes, kept),
    qubits: sources.reduce((sum, value) => sum + value, 0),
    nodeOfEnd: Int32Array.from({ length: 2 * gates }, (_, end) => nodeOf[end >> 1] ?? -1),
  };
}

function contract(
  gates: number,
  edges: readonly (readonly [number, number])[],
  starts: Int32Array,
  stops: Int32Array,
): DisjointSets {
  const sets = new DisjointSets(gates);
  const NONE = -1;
  const MANY = -2;
  for (let changed = true; changed;) {
    changed = false;
    const before = new Int32Array(gates).fill(NONE);
    const after = new Int32Array(gates).fill(NONE);
    for (const [from, to] of edges) {
      const u = sets.find(from);
      const v = sets.find(to);
      if (u === v) continue;
      before[v] = before[v] === NONE || before[v] === u ? u : MANY;
      after[u] = after[u] === NONE || after[u] === v ? v : MANY;
    }
    const sourced = new Uint8Array(gates);
    const stopped = new Uint8Array(gates);
    for (let gate = 0; gate < gates; gate += 1) {
      if (valueAt(starts, gate) > 0) sourced[sets.find(gate)] = 1;
      if (valueAt(stops, gate) > 0) stopped[sets.find(gate)] = 1;
    }
    // Each round contracts disjoint pairs only, so that what was read above still holds for every pair.
    const touched = new Uint8Array(gates);
    for (let node = 0; node < gates; node += 1) {
      const up = sourced[node] ? NONE : (before[node] ?? NONE);
      const down = stopped[node] ? NONE : (after[node] ?? NONE);
      const partner = up >= 0 && !touched[up] ? up : down;
      if (partner < 0 || touched[node] || touched[partner]) continue;
      touched[node] = 1;
      touched[partner] = 1;
      changed = sets.join(node, partner) || changed;
    }
  }
  return sets;
}
