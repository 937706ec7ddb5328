/** A subexperiment as a device runs it: gates and measurements, nothing that no measurement sees, and no more than the device can. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { multiplyMatrices } from '../../circuit/matrix.js';
import type { CircuitStep, SubexperimentCircuit } from '../../subexperiments/subexperimentCircuit.js';
import type { Capability } from './formats.js';
import { mapGates } from './mapGates.js';

/** A gate, or the measurement of a qubit into a bit of the register `sign`. */
export type DeviceStep =
  | { readonly kind: 'gate'; readonly gate: Gate }
  | { readonly kind: 'measure'; readonly qubit: number; readonly bit: number };

export interface DeviceCircuit {
  readonly qubits: number;
  readonly steps: readonly DeviceStep[];
  /** Bits of the register `sign`. */
  readonly signs: number;
  /** Qubits that are measured at the end, one for each bit of the register `outcome`. */
  readonly outcomes: readonly number[];
  /** What the device must be able to do. */
  readonly capabilities: readonly Capability[];
}

/**
 * The circuit for a device. Where that cannot `measure` in the middle of a circuit, a qubit that goes on after its
 * measurement is copied by a cx to one of its own, which is measured in the end instead.
 */
export function deviceCircuit(
  circuit: SubexperimentCircuit,
  allowed: ReadonlySet<Capability>,
): DeviceCircuit {
  const { outcomes } = circuit;
  const seen = seenSteps(fused(circuit.steps), new Set(outcomes));
  const last = lastUses(seen, outcomes);
  let { qubits } = circuit;
  let middle = false;
  const steps: DeviceStep[] = [];
  const atTheEnd: DeviceStep[] = [];
  for (const [i, step] of seen.entries()) {
    if (step.kind === 'gate') steps.push(step);
    else if (step.kind === 'map')
      steps.push(...mapGates(step).map((gate) => ({ kind: 'gate' as const, gate })));
    else if (last.get(step.qubit) === i) steps.push(step);
    else if (allowed.has('measure')) {
      steps.push(step);
      middle = true;
    } else {
      const copy = qubits++;
      steps.push({ kind: 'gate', gate: gateOf('cx', [step.qubit, copy]) });
      atTheEnd.push({ ...step, qubit: copy });
    }
  }
  return {
    qubits,
    steps: [...steps, ...atTheEnd],
    signs: circuit.recorded,
    outcomes,
    capabilities: middle ? ['measure'] : [],
  };
}

/** Steps with neighbouring maps on one qubit made into one. */
export function fused(steps: readonly CircuitStep[]): CircuitStep[] {
  const result: CircuitStep[] = [];
  /** Place in the result of the map that nothing on its qubit has followed yet. */
  const open = new Map<number, number>();
  for (const step of steps) {
    const [qubit, other] = qubitsOf(step);
    const place = qubit === undefined ? undefined : open.get(qubit);
    const before = place === undefined ? undefined : result[place];
    if (step.kind === 'map' && other === undefined && qubit !== undefined) {
      if (place !== undefined && before?.kind === 'map') {
        result[place] = { ...before, matrix: multiplyMatrices(step.matrix, before.matrix) };
        continue;
      }
      open.set(qubit, result.length);
    } else {
      for (const one of qubitsOf(step)) open.delete(one);
    }
    result.push(step);
  }
  return result;
}

/** Steps that some measurement sees. */
function seenSteps(steps: readonly CircuitStep[], read: ReadonlySet<number>): CircuitStep[] {
  const seen = new Set(read);
  const kept = steps.toReversed().filter((step) => {
    const qubits = qubitsOf(step);
    if (step.kind !== 'measure' && !qubits.some((qubit) => seen.has(qubit))) return false;
    for (const qubit of qubits) seen.add(qubit);
    return true;
  });
  return kept.toReversed();
}

/** The last step on each qubit; those that are read at the end go on after all. */
function lastUses(steps: readonly CircuitStep[], outcomes: readonly number[]): Map<number, number> {
  const last = new Map<number, number>();
  for (const [i, step] of steps.entries()) for (const qubit of qubitsOf(step)) last.set(qubit, i);
  for (const qubit of outcomes) last.set(qubit, Infinity);
  return last;
}

function qubitsOf(step: CircuitStep): readonly number[] {
  if (step.kind === 'gate') return step.gate.qubits;
  return step.kind === 'map' ? step.qubits : [step.qubit];
}
