/** A subexperiment as a circuit: what a simulator or a device runs. */
import type { Gate } from '../circuit/circuit.js';
import type { Operation } from '../circuit/lower.js';
import type { Subcircuit } from '../cut/model/cutCircuit.js';
import { settingsOf, type CutEndSettings } from './subexperiments.js';
import { settingQubit, type SettingPlace, type SettingStep } from './settings.js';

/** A step in time order; `bit` numbers the recorded bits. */
export type CircuitStep =
  | { readonly kind: 'gate'; readonly gate: Gate }
  | ({ readonly kind: 'map' } & Operation)
  | { readonly kind: 'measure'; readonly qubit: number; readonly bit: number };

export interface SubexperimentCircuit {
  /** The subcircuit's qubits, and after them ancillas that start in |0>. */
  readonly qubits: number;
  readonly steps: readonly CircuitStep[];
  /** Number of bits that settings record. */
  readonly recorded: number;
  /** Qubits that are measured when all steps are done, in the order of the subcircuit's outcomes. */
  readonly outcomes: readonly number[];
}

export function subexperimentCircuit(
  subcircuit: Subcircuit,
  ends: readonly CutEndSettings[],
  subexperiment: number,
): SubexperimentCircuit {
  const { width, gates, gateEnds, outcomes } = subcircuit;
  const settings = settingsOf(ends, subexperiment);
  let [qubits, recorded] = [width, 0];
  const placed = new Map<number, CircuitStep[]>();
  const before: CircuitStep[] = [];
  const after: CircuitStep[] = [];
  for (const [i, { kind, places }] of ends.entries()) {
    const setting = settings[i];
    if (setting === undefined) continue;
    const ancilla = setting.ancilla ? qubits++ : -1;
    const bit = setting.recording === 'none' ? -1 : recorded++;
    for (const [j, place] of places.entries()) {
      const { gateEnd } = place;
      const steps = (setting.steps[j] ?? []).map((step) => circuitStep(step, place, ancilla, bit));
      if (gateEnd !== undefined) placed.set(gateEnd, steps);
      else (kind === 'downstream' ? before : after).push(...steps);
    }
  }
  const steps = [...before];
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) steps.push(...(placed.get(next) ?? []));
    const gate = gates[position];
    if (gate !== undefined) steps.push({ kind: 'gate', gate });
  }
  steps.push(...after);
  return { qubits, steps, recorded, outcomes: outcomes.map(({ qubit }) => qubit) };
}

function circuitStep(step: SettingStep, place: SettingPlace, ancilla: number, bit: number): CircuitStep {
  if ('measure' in step) return { kind: 'measure', qubit: settingQubit(step.measure, place, ancilla), bit };
  return { kind: 'map', qubits: step.on.map((on) => settingQubit(on, place, ancilla)), matrix: step.matrix };
}
