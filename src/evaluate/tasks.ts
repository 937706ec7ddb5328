/** The tasks of evaluating a cut circuit exactly: one per subcircuit, with what each will cost. */
import { createHash } from 'node:crypto';
import { gateMatrix } from '../circuit/gates.js';
import { lowerOperations, type Operation } from '../circuit/lower.js';
import { evaluationBytes } from '../circuit/simulationMemory.js';
import type { CutCircuit, Subcircuit } from '../cut/cutCircuit.js';
import { branchQubits, gateCutBasis, gateEndOperations, type GateCutBasis } from '../circuit/gateCutBasis.js';
import { KroncutError } from '../error.js';
import type { Precision, SubcircuitArrays } from '../native/addon.js';

export interface EvaluateTask {
  /** Place of the subcircuit in the list of those to evaluate. */
  readonly index: number;
  /** Predicted work: amplitude updates of the isometry and additions of the Pauli transform. */
  readonly work: number;
  /** Peak memory in bytes. */
  readonly bytes: number;
  /** Size of the tensor file in bytes. */
  readonly fileBytes: number;
}

/** A subcircuit to evaluate, with the basis of every gate cut at its `gateEnds`, in their order. */
export interface BoundSubcircuit {
  readonly subcircuit: Subcircuit;
  readonly bases: readonly GateCutBasis[];
}

export function bindSubcircuit(cut: CutCircuit, subcircuit: Subcircuit): BoundSubcircuit {
  const bases = subcircuit.gateEnds.map(({ cut: number }) => {
    const gate = cut.cuts[number];
    if (gate?.kind !== 'gate') {
      throw new KroncutError(
        'internal',
        `subcircuit ${subcircuit.index} has an end of cut ${number}, no gate`,
      );
    }
    return gateCutBasis(Float64Array.from(gate.unitary));
  });
  return { subcircuit, bases };
}

/** Qubits that number the terms of cut gates: they take memory as others do, and each is a leg. */
function branchCount(bases: readonly GateCutBasis[]): number {
  return bases.reduce((sum, basis) => sum + branchQubits(basis), 0);
}

/** Number of legs of a subcircuit's tensor; each has 4 components. */
function legCount({ subcircuit, bases }: BoundSubcircuit): number {
  return subcircuit.inputs.length + subcircuit.outputs.length + branchCount(bases);
}

/** Number of values of a subcircuit's tensor: 4 per leg, 2 per outcome. */
export function tensorSize(bound: BoundSubcircuit): number {
  return 2 ** (2 * legCount(bound) + bound.subcircuit.outcomes.length);
}

/** Work and memory of one subcircuit by the isometry method. */
export function predictTask(bound: BoundSubcircuit, precision: Precision, threads: number): EvaluateTask {
  const { inputs, width, gates, gateEnds, index } = bound.subcircuit;
  const legs = legCount(bound);
  const stateBits = inputs.length + width + branchCount(bound.bases);
  const size = tensorSize(bound);
  return {
    index,
    work: 2 ** stateBits * Math.max(1, gates.length + gateEnds.length) + size * Math.max(1, legs),
    bytes: evaluationBytes(
      { stateBits, legs, outcomes: bound.subcircuit.outcomes.length },
      precision,
      threads,
    ),
    fileBytes: size * (precision === 'double' ? 8 : 4),
  };
}

/** A tensor to fill, and the name of its file. */
export interface NamedSubcircuit {
  readonly name: string;
  readonly subcircuit: Subcircuit;
}

/** The tensors that a cut circuit needs. */
export function namedSubcircuits(cut: CutCircuit): NamedSubcircuit[] {
  return cut.subcircuits.map((subcircuit) => ({ name: String(subcircuit.index), subcircuit }));
}

/**
 * All tasks, largest predicted work first, so that no rank starts a long one at the end. A task's `index` is its place
 * in `named`.
 */
export function evaluateTasks(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  named: readonly NamedSubcircuit[] = namedSubcircuits(cut),
): EvaluateTask[] {
  return named
    .map(({ subcircuit }, index) => ({
      ...predictTask(bindSubcircuit(cut, subcircuit), precision, threads),
      index,
    }))
    .sort((a, b) => b.work - a.work || a.index - b.index);
}

/**
 * A subcircuit in the form that the addon takes. The branch qubits of cut gates come after the others; those of first
 * ends are outputs after the wires', those of second ends are mirrored legs.
 */
export function lowerSubcircuit({ subcircuit, bases }: BoundSubcircuit): SubcircuitArrays {
  const { gates, gateEnds, width, inputs, outputs, outcomes } = subcircuit;
  let qubits = width;
  const legs: [number[], number[]] = [outputs.map(({ qubit }) => qubit), []];
  const operations: Operation[] = [];
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) {
      const [gateEnd, basis] = [gateEnds[next], bases[next]];
      if (gateEnd === undefined || basis === undefined) break;
      const branches = Array.from({ length: branchQubits(basis) }, () => qubits++);
      legs[gateEnd.end].push(...branches);
      operations.push(...gateEndOperations(basis, gateEnd.end, gateEnd.qubit, branches));
    }
    const gate = gates[position];
    if (gate !== undefined) operations.push({ qubits: gate.qubits, matrix: gateMatrix(gate) });
  }
  return {
    qubits,
    ...lowerOperations(operations),
    inputs: Int32Array.from(inputs, ({ qubit }) => qubit),
    mirrored: Int32Array.from(legs[1]),
    outputs: Int32Array.from(legs[0]),
    outcomes: Int32Array.from(outcomes, ({ qubit }) => qubit),
  };
}

/** Hash of all that a tensor file depends on. */
export function tensorKey({ subcircuit, bases }: BoundSubcircuit, precision: Precision): string {
  const { width, gates, inputs, outputs, gateEnds, outcomes } = subcircuit;
  const matrices = bases.map(({ coefficients, before, after }) => [
    coefficients,
    [...before, ...after].map((matrix) => [...matrix]),
  ]);
  const content = JSON.stringify([precision, width, gates, inputs, outputs, gateEnds, matrices, outcomes]);
  return createHash('sha256').update(content).digest('hex');
}

/** Tensor file of a subcircuit by its number, or of a variant by its name. */
export function tensorFile(name: number | string): string {
  return `tensors/${name}.npy`;
}
