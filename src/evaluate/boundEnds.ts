/** What the ends of cut gates do inside their subcircuits, as operations on local qubits and branch qubits. */
import { BOTH, controlForm, controlOperations, targetOperations } from '../circuit/controlForm.js';
import { allOnes, controlledPhaseAngle, phaseOfAll } from '../circuit/phaseOfAll.js';
import { branchQubits, gateCutBasis, gateEndOperations } from '../circuit/gateCutBasis.js';
import type { Operation } from '../circuit/lower.js';
import type { CutCircuit, GateCut, GateCutEnd, Subcircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';

export interface BoundEnd {
  /** Branch qubits that begin here; each becomes a leg of the tensor. */
  readonly branches: number;
  /** The cut whose branch qubits it acts by: another one where cut gates share a bond. */
  readonly leader: number;
  /** The operations, in time order; `branches` are the leader's. */
  operations(qubit: number, branches: readonly number[]): Operation[];
}

/**
 * The ends of a subcircuit, in the order of `gateEnds`. With `plain`, all terms of a gate have size one at its first end, too:
 * then small terms are as exact as large ones.
 */
export function boundEnds(cut: CutCircuit, subcircuit: Subcircuit, plain = false): BoundEnd[] {
  return subcircuit.gateEnds.map((gateEnd) => {
    const gateCut = cut.cuts[gateEnd.cut];
    if (gateCut?.kind === 'gate') return boundEnd(gateCut, gateEnd, plain);
    throw new KroncutError(
      'internal',
      `subcircuit ${subcircuit.index} has an end of cut ${gateEnd.cut}, no gate`,
    );
  });
}

function boundEnd(gateCut: GateCut, gateEnd: GateCutEnd, plain: boolean): BoundEnd {
  if (gateCut.sides !== undefined) return sideEnd(gateCut, gateEnd);
  const { end } = gateEnd;
  const unitary = Float64Array.from(gateCut.unitary);
  const { index, shared } = gateCut;
  if (shared === undefined) {
    const basis = gateCutBasis(unitary);
    return {
      branches: branchQubits(basis),
      leader: index,
      operations: (qubit, branches) => gateEndOperations(basis, end, qubit, branches, end === 0 && !plain),
    };
  }
  const { leader, control } = shared;
  const form = controlForm(unitary, control, Float64Array.from(shared.basis));
  if (form === undefined) {
    throw new KroncutError('internal', `cut gate ${index} does not keep the basis that it shares`);
  }
  const first = leader === index;
  return {
    branches: first ? 1 : 0,
    leader,
    operations: (qubit, [branch = -1]) =>
      end === control
        ? controlOperations(form, qubit, first ? branch : undefined)
        : targetOperations(form, qubit, branch, first),
  };
}

/** Of a phase with several controls: the branch qubit takes whether all of the first side are 1, and controls the other side. */
function sideEnd(gateCut: GateCut, gateEnd: GateCutEnd): BoundEnd {
  const { others = [], end } = gateEnd;
  return {
    branches: 1,
    leader: gateCut.index,
    operations: (qubit, [branch = -1]) =>
      end === 0
        ? allOnes([qubit, ...others], branch)
        : [
            { qubits: [branch], matrix: BOTH },
            ...phaseOfAll([branch, qubit, ...others], controlledPhaseAngle(gateCut.unitary)),
          ],
  };
}
