/**
 * Where a circuit has phases of several qubits, a circuit that a search for cuts one by one can take in its place: each phase
 * is a clique of cp gates whose gammas, where one qubit is cut off from the others, multiply to that of the phase. For three
 * qubits these are all ways to cut it as one; where more fall into two halves, the clique costs more than the phase.
 */
import { gateOf } from '../../../circuit/gates.js';
import type { Circuit, Gate } from '../../../circuit/circuit.js';
import { required } from '../../../error.js';
import { phaseGamma, phaseGroups, type PhaseGroup } from '../../joint/phaseGroups.js';
import { buildCutGraph, partOfEnd, type GatePart } from '../../model/cutGraph.js';

/** For each phase, and each of its qubits, the gate ends on it: where they have one part, the phase can be cut as one. */
export type TiedEnds = readonly (readonly (readonly number[])[])[];

export interface StandIn {
  /** The circuit with cliques for phases. */
  readonly circuit: Circuit;
  /** Parts of the gates of the circuit that it stands for, from those of its own. */
  partsFrom(parts: readonly GatePart[]): GatePart[];
  /** Gate ends of the circuit that it stands for. */
  readonly tied: TiedEnds;
}

/** Undefined for a circuit without phases of several qubits. */
export function standIn(circuit: Circuit): StandIn | undefined {
  const groups = phaseGroups(circuit);
  if (groups.length === 0) return undefined;
  const groupAt = new Map(groups.flatMap((group) => group.positions.map((at) => [at, group] as const)));
  const gates: Gate[] = [];
  /** For each two-qubit gate outside of phases its number in the stand-in; for each phase, that of an end on each qubit. */
  const numberOf = new Map<number, number>();
  const endOf = new Map<PhaseGroup, Map<number, number>>();
  let twoQubit = 0;
  circuit.gates.forEach((gate, position) => {
    const group = groupAt.get(position);
    if (group === undefined) {
      if (gate.qubits.length === 2) numberOf.set(position, twoQubit++);
      gates.push(gate);
      return;
    }
    if (group.positions[0] !== position) return;
    const clique = cliqueOf(group);
    const ends = new Map<number, number>();
    clique.forEach(({ qubits }, i) => {
      for (const [end, qubit] of qubits.entries()) ends.set(qubit, 2 * (twoQubit + i) + end);
    });
    endOf.set(group, ends);
    twoQubit += clique.length;
    gates.push(...clique);
  });
  const graph = buildCutGraph(circuit);
  const partsFrom = (parts: readonly GatePart[]): GatePart[] => {
    const partAt = (end: number): number =>
      partOfEnd(required(parts[end >> 1], `the part of gate ${end >> 1}`), end % 2 === 0 ? 0 : 1);
    return graph.gatePositions.map((position): GatePart => {
      const group = groupAt.get(position);
      if (group === undefined)
        return required(parts[required(numberOf.get(position), 'a gate')], 'the part of a gate');
      const [first, second] = required(circuit.gates[position], 'a gate').qubits.map((qubit) =>
        partAt(required(endOf.get(group)?.get(qubit), `an end on qubit ${qubit}`)),
      );
      const [one, other] = [required(first, 'a part'), required(second, 'a part')];
      return one === other ? one : [one, other];
    });
  };
  const gateAt = new Map(graph.gatePositions.map((position, gate) => [position, gate]));
  const tied = groups.map(({ positions, qubits }) => {
    const own = positions.flatMap((position) => gateAt.get(position) ?? []);
    const ends = own.flatMap((gate) => [2 * gate, 2 * gate + 1]);
    return qubits.map((qubit) => ends.filter((end) => graph.ends[end]?.qubit === qubit));
  });
  return { circuit: { ...circuit, gates }, partsFrom, tied };
}

function cliqueOf({ qubits, angle }: PhaseGroup): Gate[] {
  const gamma = phaseGamma(angle) ** (1 / (qubits.length - 1));
  const share = 2 * Math.asin((gamma - 1) / 2);
  return qubits.flatMap((a, i) => qubits.slice(i + 1).map((b) => gateOf('cp', [a, b], share)));
}
