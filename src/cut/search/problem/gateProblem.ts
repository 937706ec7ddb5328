/**
 * The cut problem of one component in which gates may be cut: its nodes are ends of gates, where gates that
 * follow one another on a pair of qubits count as one, and ends that some best solution keeps together are contracted.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { DisjointSets, type CutGraph } from '../../model/cutGraph.js';
import { jointShares } from '../../joint/controlShares.js';
import { runBases, type PairRun } from '../../model/pairRuns.js';
import { oneQubitLoads } from './gateLoads.js';
import { edgeColumns, numberSets, type CutProblem, type Edge, type GateWeights } from './cutProblem.js';
import { branchQubits, type GateCutBasis } from '../../../circuit/gateCutBasis.js';
import { WIRE_GAMMA } from '../../model/overhead.js';
import { numberAt, valueAt } from '../../../error.js';

/**
 * What a cut costs: the logarithm of its gamma, what it adds at least to that of cuts made together, the bonds of four
 * values that it makes, or one.
 */
export type CutPrice = 'gamma' | 'joint' | 'bonds' | 'count';

/** Weights are whole numbers below 2^30 in all components together, so that sums are exact. */
const WEIGHT_BITS = 30;
const FINEST_UNIT = 20;

interface GatePrice {
  /** Rounded down to a whole number of `1 / unit` wire cuts, so that sums are lower bounds. */
  readonly weight: number;
  readonly bonds: number;
  readonly logGamma: number;
}

/** The gates of a circuit in runs, and what cutting each run costs. */
export interface PricedRuns {
  readonly runs: readonly PairRun[];
  readonly prices: readonly GatePrice[];
  readonly unit: number;
}

export function pricedRuns(circuit: Circuit, price: CutPrice): PricedRuns {
  const { runs, bases } = runBases(circuit);
  const bits = Math.floor(WEIGHT_BITS - Math.log2(4 * runs.length + 4));
  const fine = price === 'gamma' || price === 'joint';
  const unit = fine ? 2 ** Math.max(0, Math.min(FINEST_UNIT, bits)) : 1;
  const shares = price === 'joint' ? jointShares(circuit, runs) : [];
  return {
    runs,
    prices: bases.map((basis, i) => gatePrice(basis, { price, unit, share: shares[i] })),
    unit,
  };
}

/** Qubits that gates join, local ones left out: a label per qubit, and the number of labels. */
export function joinedQubits(
  qubits: number,
  { runs, prices }: PricedRuns,
): { readonly label: readonly number[]; readonly count: number } {
  const sets = new DisjointSets(qubits);
  runs.forEach(({ qubits: [a, b] }, i) => {
    if ((prices[i]?.bonds ?? 0) > 0) sets.join(a, b);
  });
  return sets.labels();
}

/** Runs by the names of their qubits: those that a local gate joins have two. */
export function runsByName({ runs }: PricedRuns, names: readonly number[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  runs.forEach(({ qubits }, run) => {
    for (const name of new Set(qubits.map((qubit) => names[qubit] ?? -1))) {
      const own = found.get(name);
      if (own === undefined) found.set(name, [run]);
      else own.push(run);
    }
  });
  return found;
}

export interface GateProblemInput {
  readonly circuit: Circuit;
  readonly graph: CutGraph;
  readonly weights: GateWeights;
  readonly priced: PricedRuns;
  /** False: wires must stay whole. */
  readonly cutWires: boolean;
  /** Most gates of a part; default: any number. */
  readonly maxGates?: number | undefined;
}

/**
 * The problem of the qubits that are `inside`, which no gate but a local one may join with others; `chosen` are the runs that
 * touch them. An end whose only
 * wire edge leads to u moves to u's part at no loss where its gates cost no more than the wire: the wire is no longer
 * cut, its gates at most are, and no part gets wider.
 */
export function gateProblem(
  { circuit, graph, weights, priced, cutWires, maxGates = Infinity }: GateProblemInput,
  chosen: readonly number[],
  inside: (qubit: number) => boolean,
): CutProblem {
  const { unit } = priced;
  const runs = chosen.flatMap((run) => priced.runs[run] ?? []);
  const prices = chosen.flatMap((run) => priced.prices[run] ?? []);
  const wires = endsOnWires(runs, inside);
  const wireEdges = [...wires.values()]
    .flatMap((wire) => wire.slice(1).map((end, i) => [valueAt(wire, i), end] as const))
    .sort((x, y) => x[1] - y[1]);
  const sets = new DisjointSets(2 * runs.length);
  const limited = maxGates < Infinity;
  if (cutWires && !limited) contract(runs.length, wireEdges, prices, unit, sets);
  if (!cutWires) for (const [from, to] of wireEdges) sets.join(from, to);
  const { nodeOf, nodes } = numberSets(sets, 2 * runs.length, (end) =>
    inside(runs[end >> 1]?.qubits[end & 1] ?? -1),
  );
  const [sources, outcomes, gates] = [new Int32Array(nodes), new Int32Array(nodes), new Int32Array(nodes)];
  const add = (list: Int32Array, end: number | undefined, value: number): void => {
    const node = nodeOf[end ?? -1] ?? -1;
    if (node >= 0) list[node] = valueAt(list, node) + value;
  };
  for (const wire of wires.values()) add(sources, wire[0], 1);
  for (const qubit of circuit.outcomes) add(outcomes, wires.get(qubit)?.at(-1), 1);
  runs.forEach(({ twoQubit, qubits }, run) => {
    const end = 2 * run + (inside(qubits[0]) ? 0 : 1);
    for (const gate of twoQubit) add(gates, end, valueAt(weights.gates, gate));
  });
  const load = new Int32Array(nodes);
  if (limited) oneQubitLoads(circuit, runs).forEach((count, end) => add(load, end, count));
  const runLoads = runs.map(({ positions, qubits }, run) => {
    const end = inside(qubits[0]) ? 0 : 1;
    const [a = -1, b = -1] = [nodeOf[2 * run + end], nodeOf[2 * run + 1 - end]];
    if (a === b) add(load, 2 * run + end, positions.length);
    // Ends that nothing but a local gate joins are never together: it is cut, for nothing.
    return limited && a !== b && b >= 0 ? positions.length : 0;
  });
  const wire = { enters: 1, weight: unit, bonds: 1, load: 0, logGamma: Math.log(WIRE_GAMMA) };
  const edges = wireEdges
    .map(([from, to]): Edge => ({ ...wire, from: valueAt(nodeOf, from), to: valueAt(nodeOf, to) }))
    .filter(({ from, to }) => from !== to);
  // Not as arguments of one call: there may be hundreds of thousands.
  for (const edge of gateEdges(prices, runLoads, nodeOf, nodes)) edges.push(edge);
  return {
    nodes,
    sources,
    outcomes,
    gates,
    load,
    maxLoad: maxGates,
    exactLoads: !limited || !cutWires || runs.every(({ twoQubit }) => twoQubit.length === 1),
    unit,
    wiresOnly: false,
    ...edgeColumns(nodes, edges),
    qubits: wires.size,
    nodeOfEnd: nodesOfGateEnds(graph, runs, nodeOf),
  };
}

/** Ends on each wire inside, in time order; end `2 * run + side` is that of the run's qubit `side`. */
function endsOnWires(runs: readonly PairRun[], inside: (qubit: number) => boolean): Map<number, number[]> {
  const wires = new Map<number, number[]>();
  runs.forEach(({ qubits }, run) =>
    qubits.forEach((qubit, side) => {
      if (!inside(qubit)) return;
      const wire = wires.get(qubit);
      if (wire === undefined) wires.set(qubit, [2 * run + side]);
      else wire.push(2 * run + side);
    }),
  );
  return wires;
}

function gatePrice(
  basis: GateCutBasis,
  {
    price,
    unit,
    share = 1,
  }: { readonly price: CutPrice; readonly unit: number; readonly share?: number | undefined },
): GatePrice {
  const bonds = branchQubits(basis);
  // A local gate is cut for nothing.
  if (bonds === 0) return { weight: 0, bonds, logGamma: 0 };
  const logGamma = Math.log(basis.gamma);
  if (price === 'bonds') return { weight: bonds, bonds, logGamma };
  if (price === 'count') return { weight: 1, bonds, logGamma };
  // Together, gammas are at least the products of (gamma + 1) / 2, and those with one control at least the largest.
  const least = price === 'joint' ? share * Math.log((basis.gamma + 1) / 2) : logGamma;
  return { weight: Math.max(1, Math.floor((unit * least) / Math.log(WIRE_GAMMA))), bonds, logGamma };
}

/** One edge for all gates between two nodes: they are cut together or not at all. */
function gateEdges(
  prices: readonly GatePrice[],
  loads: readonly number[],
  nodeOf: Int32Array,
  nodes: number,
): Edge[] {
  const merged = new Map<number, Edge>();
  prices.forEach(({ weight, bonds, logGamma }, run) => {
    const [a = 0, b = 0] = [nodeOf[2 * run], nodeOf[2 * run + 1]];
    if (a === b || a < 0 || b < 0 || (weight === 0 && loads[run] === 0)) return;
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    const key = from * nodes + to;
    const known = merged.get(key);
    merged.set(key, {
      from,
      to,
      enters: 0,
      weight: weight + (known?.weight ?? 0),
      bonds: bonds + (known?.bonds ?? 0),
      load: (loads[run] ?? 0) + (known?.load ?? 0),
      logGamma: logGamma + (known?.logGamma ?? 0),
    });
  });
  return [...merged.values()];
}

function contract(
  runs: number,
  wireEdges: readonly (readonly [number, number])[],
  prices: readonly GatePrice[],
  unit: number,
  sets: DisjointSets,
): void {
  for (let changed = true; changed;) {
    changed = false;
    const wires = new Int32Array(2 * runs);
    const neighbour = new Int32Array(2 * runs);
    const gates = new Float64Array(2 * runs);
    for (const [x, y] of wireEdges) {
      const [a, b] = [sets.find(x), sets.find(y)];
      if (a === b) continue;
      wires[a] = valueAt(wires, a) + 1;
      wires[b] = valueAt(wires, b) + 1;
      neighbour[a] = b;
      neighbour[b] = a;
    }
    prices.forEach(({ weight }, run) => {
      const [a, b] = [sets.find(2 * run), sets.find(2 * run + 1)];
      if (a === b) return;
      gates[a] = numberAt(gates, a) + weight;
      gates[b] = numberAt(gates, b) + weight;
    });
    // Each round contracts disjoint pairs only, so that what was counted above still holds for every pair.
    const touched = new Uint8Array(2 * runs);
    for (let end = 0; end < 2 * runs; end += 1) {
      if (sets.find(end) !== end || wires[end] !== 1 || numberAt(gates, end) > unit) continue;
      const other = valueAt(neighbour, end);
      if (touched[end] || touched[other]) continue;
      touched[end] = 1;
      touched[other] = 1;
      changed = sets.join(end, other) || changed;
    }
  }
}

function nodesOfGateEnds(graph: CutGraph, runs: readonly PairRun[], nodeOf: Int32Array): Int32Array {
  const result = new Int32Array(graph.ends.length).fill(-1);
  runs.forEach(({ qubits, twoQubit }, run) => {
    for (const gate of twoQubit) {
      for (const id of [2 * gate, 2 * gate + 1]) {
        const side = graph.ends[id]?.qubit === qubits[0] ? 0 : 1;
        result[id] = nodeOf[2 * run + side] ?? -1;
      }
    }
  });
  return result;
}
