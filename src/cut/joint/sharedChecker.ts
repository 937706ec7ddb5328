/**
 * Checks cut gates that share a bond, apart from the code that found them: the projector on the first vector of the
 * shared basis must pass every gate on the control, from the first of the group to the last, as a projector on that
 * qubit alone.
 */
import { gateMatrix } from '../../circuit/gates.js';
import { adjointMatrix, identityMatrix, maxDifference, multiplyMatrices } from '../../circuit/matrix.js';
import type { CutCircuit, GateCut, GateCutEnd, SharedBond, Subcircuit } from '../model/cutCircuit.js';
import { numberAt } from '../../error.js';

const TOLERANCE = 1e-10;

/** What is wrong with the shared bonds of a cut circuit; undefined where nothing is. */
export function sharedBondFault(cut: CutCircuit): string | undefined {
  const groups = new Map<number, GateCut[]>();
  for (const entry of cut.cuts) {
    if (entry.kind !== 'gate' || entry.shared === undefined) continue;
    groups.set(entry.shared.leader, [...(groups.get(entry.shared.leader) ?? []), entry]);
  }
  for (const [leader, members] of groups) {
    const fault = groupFault(cut, members);
    if (fault !== undefined) return `the cut gates that share the bond of cut ${leader}: ${fault}`;
  }
  return undefined;
}

function groupFault(cut: CutCircuit, members: readonly GateCut[]): string | undefined {
  const [first] = members;
  const shared = first?.shared;
  if (first === undefined || shared === undefined) return 'there is none';
  if (shared.leader !== first.index || first.bonds.length !== 1)
    return 'the first of them has not the one bond';
  for (const member of members) {
    if (member !== first && member.bonds.length > 0) return `cut ${member.index} has a bond of its own`;
    if (
      placeOf(member, member.shared?.control) !== placeOf(first, shared.control) ||
      placeOf(member, otherEnd(member.shared)) !== placeOf(first, otherEnd(shared))
    ) {
      return `cut ${member.index} lies between other subcircuits`;
    }
  }
  const subcircuit = cut.subcircuits[placeOf(first, shared.control)];
  if (subcircuit === undefined) return 'their control is in no subcircuit';
  const ends = members.map((member) =>
    subcircuit.gateEnds.find(({ cut: of, end }) => of === member.index && end === member.shared?.control),
  );
  const qubit = ends[0]?.qubit;
  if (qubit === undefined || ends.some((end) => end?.qubit !== qubit))
    return 'their controls are several qubits';
  return basisFault(cut, subcircuit, qubit, members);
}

function placeOf(member: GateCut, end: 0 | 1 | undefined): number {
  return end === 0 ? member.from : member.to;
}

function otherEnd(bond: SharedBond | undefined): 0 | 1 {
  return bond?.control === 0 ? 1 : 0;
}

/** Walks the control from the first of the group to the last. */
function basisFault(
  cut: CutCircuit,
  { gates, gateEnds }: Subcircuit,
  qubit: number,
  members: readonly GateCut[],
): string | undefined {
  const waiting = new Map(members.map((member) => [member.index, member]));
  let projector: Float64Array | undefined;
  const pass = (matrix: Float64Array, slot: number): string | undefined => {
    if (projector === undefined) return undefined;
    const next = passed(projector, matrix, slot);
    if (next === undefined) return 'a gate between them does not keep their basis';
    projector = next;
    return undefined;
  };
  const passEnd = ({ cut: index, end }: GateCutEnd): string | undefined => {
    const entry = cut.cuts[index];
    if (entry?.kind !== 'gate') return `cut ${index} is no gate`;
    const member = waiting.get(index);
    if (member?.shared !== undefined && member.shared.control === end) {
      const basis = Float64Array.from(member.shared.basis);
      const own = projectorOf(basis);
      if (maxDifference(multiplyMatrices(adjointMatrix(basis), basis), identityMatrix(2)) > TOLERANCE)
        return `the basis of cut ${index} is not orthonormal`;
      if (projector !== undefined && maxDifference(projector, own) > TOLERANCE)
        return `the basis of cut ${index} is another one`;
      projector ??= own;
      waiting.delete(index);
    }
    return pass(Float64Array.from(entry.unitary), end);
  };
  let next = 0;
  for (let position = 0; position <= gates.length && waiting.size > 0; position += 1) {
    for (; gateEnds[next]?.position === position && waiting.size > 0; next += 1) {
      const gateEnd = gateEnds[next];
      const acts = gateEnd?.qubit === qubit || gateEnd?.others?.includes(qubit) === true;
      const fault = acts ? passEnd(gateEnd) : undefined;
      if (fault !== undefined) return fault;
    }
    const gate = gates[position];
    const slot = gate?.qubits.indexOf(qubit) ?? -1;
    if (gate === undefined || slot < 0 || waiting.size === 0) continue;
    const fault = gate.qubits.length === 1 ? passOne(gateMatrix(gate)) : pass(gateMatrix(gate), slot);
    if (fault !== undefined) return fault;
  }
  return waiting.size > 0 ? 'one of them is missing' : undefined;

  function passOne(matrix: Float64Array): undefined {
    if (projector !== undefined)
      projector = multiplyMatrices(matrix, multiplyMatrices(projector, adjointMatrix(matrix)));
  }
}

/** The projector on the first column of a 2x2 matrix. */
function projectorOf(basis: Float64Array): Float64Array {
  const chosen = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  return multiplyMatrices(basis, multiplyMatrices(chosen, adjointMatrix(basis)));
}

/** G (P x 1) G^dagger as an operator on the control alone; undefined where it is none. */
function passed(projector: Float64Array, gate: Float64Array, slot: number): Float64Array | undefined {
  const whole = multiplyMatrices(gate, multiplyMatrices(widened(projector, slot), adjointMatrix(gate)));
  const result = new Float64Array(8);
  const step = slot === 0 ? 1 : 2;
  const otherStep = 3 - step;
  for (const row of [0, 1]) {
    for (const column of [0, 1]) {
      for (const part of [0, 1]) {
        const at = (other: number): number =>
          numberAt(
            whole,
            2 * (4 * (row * step + other * otherStep) + column * step + other * otherStep) + part,
          );
        result[2 * (2 * row + column) + part] = (at(0) + at(1)) / 2;
      }
    }
  }
  return maxDifference(widened(result, slot), whole) > TOLERANCE ? undefined : result;
}

/** A 2x2 matrix on one of two qubits. */
function widened(matrix: Float64Array, slot: number): Float64Array {
  const result = new Float64Array(32);
  const step = slot === 0 ? 1 : 2;
  for (const other of [0, 1]) {
    for (const row of [0, 1]) {
      for (const column of [0, 1]) {
        const from = 2 * (2 * row + column);
        const to = 2 * (4 * (row * step + other * (3 - step)) + column * step + other * (3 - step));
        result[to] = numberAt(matrix, from);
        result[to + 1] = numberAt(matrix, from + 1);
      }
    }
  }
  return result;
}
