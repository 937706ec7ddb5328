/**
 * The cut problem of one connected component, as the searches see it: a multigraph whose nodes are put into parts.
 * An edge between two parts is a cut. Contraction has put together what some best solution keeps together.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import type { CutGraph, DisjointSets } from '../../model/cutGraph.js';
import type { Loads } from './gateLoads.js';
import { valueAt } from '../../../error.js';

/** A part's width is its sources plus the wires that enter it from other parts. */
export interface CutProblem extends Loads {
  /** Nodes are numbered by their first gate end. */
  readonly nodes: number;
  /** Original qubits that start in each node. */
  readonly sources: Int32Array;
  /** Wires that end in each node with an outcome bit, counted with multiplicity. */
  readonly outcomes: Int32Array;
  /** Gates of each node, one-qubit gates on its wires included. */
  readonly gates: Int32Array;
  /** Wires lead from `from` to `to`; gates join the two. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** 1 for a wire: it widens the part that it enters. 0 for a gate. */
  readonly enters: Uint8Array;
  /** What cutting each edge costs, a whole number of `1 / unit` wire cuts. */
  readonly weight: Int32Array;
  /** Bonds of four values that cutting each edge makes. */
  readonly bonds: Uint8Array;
  /** Natural logarithm of the gamma of cutting each edge. */
  readonly logGamma: Float64Array;
  /** Weight of a wire cut. */
  readonly unit: number;
  /** True where no edge is a gate. */
  readonly wiresOnly: boolean;
  /** Edges that touch node v: incident[start[v] .. start[v + 1]). */
  readonly start: Int32Array;
  readonly incident: Int32Array;
  /** Number of original qubits: the sum of `sources`. */
  readonly qubits: number;
  /** Node of each gate end of the circuit, -1 for those of other components. */
  readonly nodeOfEnd: Int32Array;
}

/** Least weight of an edge that costs anything; that of a wire where there is none. */
export function leastWeight({ weight, unit }: CutProblem): number {
  const least = weight.reduce((most, value) => (value > 0 ? Math.min(most, value) : most), Infinity);
  return least === Infinity ? unit : least;
}

/** What one-qubit gates and outcomes add to the two-qubit gates: given per two-qubit gate of the circuit. */
export interface GateWeights {
  /** One plus the one-qubit gates that travel with the gate. */
  readonly gates: Int32Array;
  /** Outcome bits read from wires whose last two-qubit gate this is. */
  readonly outcomes: Int32Array;
}

function countGate(list: Int32Array, end: number | undefined): void {
  if (end !== undefined) list[end >> 1] = valueAt(list, end >> 1) + 1;
}

/** Weights of the two-qubit gates: a one-qubit gate counts for the gate before it on its wire, or else the first. */
export function gateWeights(circuit: Circuit, graph: CutGraph): GateWeights {
  const gates = new Int32Array(graph.gatePositions.length).fill(1);
  const outcomes = new Int32Array(gates.length);
  const met = new Int32Array(circuit.qubits);
  for (const { qubits } of circuit.gates) {
    for (const qubit of qubits) {
      const passed = valueAt(met, qubit);
      if (qubits.length === 2) met[qubit] = passed + 1;
      else countGate(gates, graph.wires[qubit]?.[Math.max(0, passed - 1)]);
    }
  }
  for (const qubit of circuit.outcomes) countGate(outcomes, graph.wires[qubit]?.at(-1));
  return { gates, outcomes };
}

/** An edge before it is put into columns; see `CutProblem`. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly enters: number;
  readonly weight: number;
  readonly bonds: number;
  readonly load: number;
  readonly logGamma: number;
}

/** The columns of a problem that its edges fill. */
export function edgeColumns(
  nodes: number,
  edges: readonly Edge[],
): Pick<
  CutProblem,
  'from' | 'to' | 'enters' | 'weight' | 'bonds' | 'edgeLoad' | 'logGamma' | 'start' | 'incident'
> {
  return {
    from: Int32Array.from(edges, ({ from }) => from),
    to: Int32Array.from(edges, ({ to }) => to),
    enters: Uint8Array.from(edges, ({ enters }) => enters),
    weight: Int32Array.from(edges, ({ weight }) => weight),
    bonds: Uint8Array.from(edges, ({ bonds }) => Math.min(255, bonds)),
    edgeLoad: Int32Array.from(edges, ({ load }) => load),
    logGamma: Float64Array.from(edges, ({ logGamma }) => logGamma),
    ...adjacency(
      nodes,
      edges.map(({ from, to }) => [from, to] as const),
    ),
  };
}

/** Numbers the sets that hold something inside, in the order of their first member; -1 for what is not inside. */
export function numberSets(
  sets: DisjointSets,
  count: number,
  inside: (member: number) => boolean,
): { readonly nodeOf: Int32Array; readonly nodes: number } {
  const nodeOfRoot = new Map<number, number>();
  const nodeOf = Int32Array.from({ length: count }, (_, member) => {
    if (!inside(member)) return -1;
    const root = sets.find(member);
    const node = nodeOfRoot.get(root) ?? nodeOfRoot.size;
    nodeOfRoot.set(root, node);
    return node;
  });
  return { nodeOf, nodes: nodeOfRoot.size };
}

export function adjacency(
  nodes: number,
  edges: readonly (readonly [number, number])[],
): { start: Int32Array; incident: Int32Array } {
  const start = new Int32Array(nodes + 1);
  for (const pair of edges) for (const node of pair) start[node + 1] = valueAt(start, node + 1) + 1;
  for (let node = 0; node < nodes; node += 1)
    start[node + 1] = valueAt(start, node + 1) + valueAt(start, node);
  const fill = start.slice();
  const incident = new Int32Array(2 * edges.length);
  edges.forEach((pair, edge) => {
    for (const node of pair) {
      const at = valueAt(fill, node);
      incident[at] = edge;
      fill[node] = at + 1;
    }
  });
  return { start, incident };
}

/** Nodes in the order in which they are met from `root`, and those that it does not reach after them: neighbours are near each other. */
export function breadthFirst({ nodes, start, incident, from, to }: CutProblem, root: number): Int32Array {
  const seen = new Uint8Array(nodes);
  const order: number[] = [];
  const meet = (node: number): void => {
    if (seen[node]) return;
    seen[node] = 1;
    order.push(node);
  };
  for (let next = root, at = 0; next >= 0 && order.length < nodes; next = seen.indexOf(0)) {
    meet(next);
    for (; at < order.length; at += 1) {
      const node = valueAt(order, at);
      for (let i = valueAt(start, node); i < valueAt(start, node + 1); i += 1) {
        const edge = valueAt(incident, i);
        meet(valueAt(from, edge));
        meet(valueAt(to, edge));
      }
    }
  }
  return Int32Array.from(order);
}
