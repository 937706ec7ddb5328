/** Which phases of several qubits parts cut as one gate. */
import type { Circuit } from '../../circuit/circuit.js';
import type { CutGraph } from '../model/cutGraph.js';
import { required } from '../../error.js';
import { phaseGroups, type PhaseGroup } from './phaseGroups.js';

/** A phase whose qubits lie in two parts. */
export interface WholeGate {
  readonly group: PhaseGroup;
  /** Its qubits in either part; no more on the first side than on the second. */
  readonly sides: readonly [readonly number[], readonly number[]];
  /** The name of the part of each of its qubits. */
  readonly names: ReadonlyMap<number, string>;
}

/**
 * The phases that are cut as one, at the positions of all their gates. Those are cut so whose qubits lie in two parts, each in
 * one alone as long as the phase lasts; with three parts, or a wire cut inside, the gates of a phase are cut one by one.
 */
export function wholeGates(
  circuit: Circuit,
  graph: CutGraph,
  names: readonly (readonly [string, string])[],
): ReadonlyMap<number, WholeGate> {
  const found = new Map<number, WholeGate>();
  const groups = phaseGroups(circuit);
  if (groups.length === 0) return found;
  const numberAt = new Map(graph.gatePositions.map((position, gate) => [position, gate]));
  for (const group of groups) {
    const gate = wholeGate(
      group,
      group.positions.flatMap((position) => numberAt.get(position) ?? []),
    );
    if (gate === undefined) continue;
    for (const position of group.positions) found.set(position, gate);
  }
  return found;

  function wholeGate(group: PhaseGroup, gates: readonly number[]): WholeGate | undefined {
    const nameOf = new Map<number, string>();
    for (const gate of gates) {
      for (const end of [0, 1] as const) {
        const { qubit } = required(graph.ends[2 * gate + end], `an end of gate ${gate}`);
        const name = required(names[gate], `the parts of gate ${gate}`)[end];
        if ((nameOf.get(qubit) ?? name) !== name) return undefined;
        nameOf.set(qubit, name);
      }
    }
    const parts = [...new Set(group.qubits.map((qubit) => nameOf.get(qubit)))];
    const [one = [], other = [], ...more] = parts.map((part) =>
      group.qubits.filter((qubit) => nameOf.get(qubit) === part),
    );
    if (other.length === 0 || more.length > 0) return undefined;
    return { group, sides: one.length <= other.length ? [one, other] : [other, one], names: nameOf };
  }
}
