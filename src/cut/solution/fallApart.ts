/**
 * Parts that fall apart where they are cut: gates under one name with no way from one to the other but over cuts. As subcircuits
 * of their own they have smaller tensors, and on a device the settings of one do not multiply with those of the other.
 */
import type { Circuit } from '../../circuit/circuit.js';
import { required } from '../../error.js';
import { buildCutGraph, DisjointSets, partOfEnd, type GatePart } from '../model/cutGraph.js';

/** The same cuts with a name for each connected piece. */
export function fallApart(circuit: Circuit, parts: readonly GatePart[]): GatePart[] {
  const graph = buildCutGraph(circuit);
  const partOf = (id: number): number => partOfEnd(required(parts[id >> 1], 'a part'), id % 2 === 0 ? 0 : 1);
  const pieces = new DisjointSets(graph.ends.length);
  for (let gate = 0; gate < parts.length; gate += 1) {
    if (partOf(2 * gate) === partOf(2 * gate + 1)) pieces.join(2 * gate, 2 * gate + 1);
  }
  for (const { from, to } of graph.wireEdges) if (partOf(from) === partOf(to)) pieces.join(from, to);
  const { label } = pieces.labels();
  return parts.map((_, gate): GatePart => {
    const first = required(label[2 * gate], 'a label');
    const second = required(label[2 * gate + 1], 'a label');
    return first === second ? first : [first, second];
  });
}
