/** The tasks of evaluating a cut circuit exactly: one per subcircuit, with what each will cost. */
import { createHash } from 'node:crypto';
import { lowerCircuit } from '../circuit/lower.js';
import { stateBytes, VALUE_BYTES } from '../circuit/simulationMemory.js';
import type { CutCircuit, Subcircuit } from '../cut/cutCircuit.js';
import type { Precision, SubcircuitArrays } from '../native/addon.js';

export interface EvaluateTask {
  /** Index of the subcircuit. */
  readonly index: number;
  /** Predicted work: amplitude updates of the isometry and additions of the Pauli transform. */
  readonly work: number;
  /** Peak memory in bytes. */
  readonly bytes: number;
  /** Size of the tensor file in bytes. */
  readonly fileBytes: number;
}

/** Number of values of a subcircuit's tensor: 4 per cut end, 2 per outcome. */
export function tensorSize(subcircuit: Subcircuit): number {
  const ends = subcircuit.inputs.length + subcircuit.outputs.length;
  return 2 ** (2 * ends + subcircuit.outcomes.length);
}

/** Outcomes that a thread brings to the Pauli basis together, where there are many cut ends. */
const OUTCOMES_TOGETHER = 8;

/**
 * Work and memory of one subcircuit by the isometry method: 2^inputs states of 2^width amplitudes, then a tensor
 * of doubles, and beside it what the threads have in hand of it (`PauliPlan` in native/simulate).
 */
export function predictTask(subcircuit: Subcircuit, precision: Precision, threads: number): EvaluateTask {
  const { inputs, outputs, width, gates } = subcircuit;
  const ends = inputs.length + outputs.length;
  const amplitudes = 2 ** (inputs.length + width);
  const size = tensorSize(subcircuit);
  return {
    index: subcircuit.index,
    work: amplitudes * Math.max(1, gates.length) + size * Math.max(1, ends),
    bytes:
      stateBytes(inputs.length + width, precision) +
      VALUE_BYTES * (size + Math.min(size, threads * OUTCOMES_TOGETHER * 4 ** ends)),
    fileBytes: size * (precision === 'double' ? 8 : 4),
  };
}

/** All tasks, largest predicted work first, so that no rank starts a long one at the end. */
export function evaluateTasks(cut: CutCircuit, precision: Precision, threads: number): EvaluateTask[] {
  return cut.subcircuits
    .map((subcircuit) => predictTask(subcircuit, precision, threads))
    .sort((a, b) => b.work - a.work || a.index - b.index);
}

/** A subcircuit in the form that the addon takes. */
export function lowerSubcircuit(subcircuit: Subcircuit): SubcircuitArrays {
  return {
    qubits: subcircuit.width,
    ...lowerCircuit(subcircuit.gates),
    inputs: Int32Array.from(subcircuit.inputs, ({ qubit }) => qubit),
    outputs: Int32Array.from(subcircuit.outputs, ({ qubit }) => qubit),
    outcomes: Int32Array.from(subcircuit.outcomes, ({ qubit }) => qubit),
  };
}

/** Hash of all that a tensor file depends on. */
export function tensorKey(subcircuit: Subcircuit, precision: Precision): string {
  const { width, gates, inputs, outputs, outcomes } = subcircuit;
  const content = JSON.stringify([precision, width, gates, inputs, outputs, outcomes]);
  return createHash('sha256').update(content).digest('hex');
}

export function tensorFile(index: number): string {
  return `tensors/${index}.npy`;
}
