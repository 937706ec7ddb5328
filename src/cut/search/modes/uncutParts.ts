/**
 * Parts that cut nothing for the sake of width: the circuit whole, or taken apart into the tensors of its own network,
 * whose bonds are its wires. Both are what any other cut is to the stages behind, which contract them.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { required, valueAt } from '../../../error.js';
import { buildCutGraph, DisjointSets } from '../../model/cutGraph.js';
import { pairRuns } from '../../model/pairRuns.js';

/** Parts of two-qubit gates that leave every connected part of the circuit whole. */
export function wholeParts(circuit: Circuit): number[] {
  const graph = buildCutGraph(circuit);
  return graph.gatePositions.map((_, gate) => {
    const { qubit } = required(graph.ends[2 * gate], `an end of gate ${gate}`);
    return valueAt(graph.component, qubit);
  });
}

/** Values of a tensor, as a power of two, up to which gates are joined whatever they were before: a gate on four wires. */
const SMALL_BITS = 8;
/** Wires that begin in a tensor: its gates act on a state for each of their values, so these are kept few. */
const MOST_QUBITS = 10;

interface Tensor {
  /** Wires to other tensors, by their number there. */
  readonly near: Map<number, number>;
  readonly outcomes: number;
  /** Wires in it, each counted anew where it comes back. */
  readonly wires: number;
}

/**
 * Parts of two-qubit gates as the tensors of the circuit's network. Gates on one pair of qubits are one tensor, and a tensor
 * takes in a neighbour where the result is no larger than the larger of the two (Gray and Kourtis, arXiv:2002.01935,
 * section 3): so what ends in outcomes, or begins with few wires, is swallowed.
 */
export function networkParts(circuit: Circuit): number[] {
  const graph = buildCutGraph(circuit);
  const partOf = new Int32Array(graph.gatePositions.length);
  const runs = pairRuns(circuit);
  for (const [number, { twoQubit }] of runs.entries()) for (const gate of twoQubit) partOf[gate] = number;
  const tensors = tensorsOf(graph, partOf, runs.length);
  const sets = new DisjointSets(runs.length);
  const open = [...tensors.keys()];
  while (open.length > 0) {
    const number = required(open.pop(), 'a tensor');
    if (!tensors.has(number)) continue;
    const other = neighbourToJoin(tensors, number);
    if (other === undefined) continue;
    const [kept, gone] = [Math.min(number, other), Math.max(number, other)];
    join(tensors, kept, gone);
    sets.join(kept, gone);
    // What lies around may now be swallowed, too.
    open.push(...required(tensors.get(kept), 'a tensor').near.keys(), kept);
  }
  return Array.from(partOf, (number) => sets.find(number));
}

function tensorsOf(
  graph: ReturnType<typeof buildCutGraph>,
  partOf: Int32Array,
  count: number,
): Map<number, Tensor> {
  const near = Array.from({ length: count }, () => new Map<number, number>());
  const outcomes = new Int32Array(count);
  const partOfEnd = (end: number): number => valueAt(partOf, end >> 1);
  for (const { from, to } of graph.wireEdges) {
    const [a, b] = [partOfEnd(from), partOfEnd(to)];
    if (a === b) continue;
    near[a]?.set(b, (near[a].get(b) ?? 0) + 1);
    near[b]?.set(a, (near[b].get(a) ?? 0) + 1);
  }
  for (const wire of graph.wires) {
    const last = wire.at(-1);
    if (last !== undefined) outcomes[partOfEnd(last)] = valueAt(outcomes, partOfEnd(last)) + 1;
  }
  return new Map(
    near.map((each, number) => [number, { near: each, outcomes: valueAt(outcomes, number), wires: 2 }]),
  );
}

/** Values of a tensor as a power of two: four for a wire, two for an outcome bit. */
function bitsOf({ near, outcomes }: Tensor): number {
  let wires = 0;
  for (const each of near.values()) wires += each;
  return 2 * wires + outcomes;
}

/** The neighbour with which a tensor makes the smallest one, of those that make none that is larger than both. */
function neighbourToJoin(tensors: ReadonlyMap<number, Tensor>, number: number): number | undefined {
  const tensor = required(tensors.get(number), 'a tensor');
  const own = bitsOf(tensor);
  let best: { readonly number: number; readonly bits: number } | undefined;
  for (const [other, shared] of tensor.near) {
    const neighbour = required(tensors.get(other), 'a neighbour');
    const theirs = bitsOf(neighbour);
    const bits = own + theirs - 4 * shared;
    const fits = bits <= Math.max(own, theirs, SMALL_BITS);
    if (!fits || tensor.wires + neighbour.wires - shared > MOST_QUBITS) continue;
    if (best === undefined || bits < best.bits || (bits === best.bits && other < best.number))
      best = { number: other, bits };
  }
  return best?.number;
}

function join(tensors: Map<number, Tensor>, kept: number, gone: number): void {
  const [a, b] = [required(tensors.get(kept), 'a tensor'), required(tensors.get(gone), 'a tensor')];
  const shared = a.near.get(gone) ?? 0;
  const near = new Map(a.near);
  near.delete(gone);
  for (const [other, wires] of b.near) {
    if (other === kept) continue;
    near.set(other, (near.get(other) ?? 0) + wires);
    const back = required(tensors.get(other), 'a neighbour').near;
    back.delete(gone);
    back.set(kept, (back.get(kept) ?? 0) + wires);
  }
  tensors.set(kept, { near, outcomes: a.outcomes + b.outcomes, wires: a.wires + b.wires - shared });
  tensors.delete(gone);
}
