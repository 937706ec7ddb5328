/** A subcircuit with noise after each gate, and with all that may be done at its ends, as the addon takes it. */
import type { Gate } from '../circuit/circuit.js';
import { operationOf, type Operation } from '../circuit/lower.js';
import type { Subcircuit } from '../cut/model/cutCircuit.js';
import { required } from '../error.js';
import { STEP_KINDS, type NoisyArrays } from '../native/noise.js';
import type { Context } from '../run/context.js';
import type { Readout } from '../run/tensors/counts.js';
import { dampingOf, depolarizingOf, type NoiseModel } from '../subexperiments/noise/noiseModel.js';
import {
  settingQubit,
  type Setting,
  type SettingPlace,
  type SettingQubit,
  type SettingStep,
} from '../subexperiments/settings.js';
import type { CutEndSettings } from '../subexperiments/subexperiments.js';

/** What work on one tensor needs. */
export interface NoisyWork {
  readonly context: Context;
  readonly name: string;
  readonly subcircuit: Subcircuit;
  readonly ends: readonly CutEndSettings[];
  readonly noise: NoiseModel;
  readonly readout: Readout;
  readonly onWork: (fraction: number) => void;
}

/** Numbers of a step. */
const VALUES = 32;

/** Qubits of a subcircuit's subexperiments together: an ancilla for each end where some setting has one. */
export function noisyQubits({ width }: Subcircuit, ends: readonly CutEndSettings[]): number {
  return width + ends.filter(hasAncilla).length;
}

function hasAncilla({ table }: CutEndSettings): boolean {
  return table.settings.some(({ ancilla }) => ancilla);
}

/** `chosen` are the settings of each end that the program is to have, by their numbers. */
export function noisyProgram(
  subcircuit: Subcircuit,
  ends: readonly CutEndSettings[],
  noise: NoiseModel,
  chosen: readonly (readonly number[])[],
): NoisyArrays {
  const steps = new Steps(noise, subcircuit.wires);
  const settings: number[] = [];
  let qubits = subcircuit.width;
  for (const [number, end] of ends.entries()) {
    const ancilla = hasAncilla(end) ? qubits++ : -1;
    for (const setting of required(chosen[number], 'settings').map((i) => end.table.settings[i])) {
      settings.push(number, ...settingNumbers(steps, end, required(setting, 'a setting'), ancilla));
    }
  }
  return {
    qubits,
    outcomes: Int32Array.from(subcircuit.outcomes, ({ qubit }) => qubit),
    items: Int32Array.from(itemsOf(steps, subcircuit, ends)),
    settings: Int32Array.from(settings),
    trailing: ends.filter(({ kind }) => kind === 'upstream').length,
    ...steps.arrays(),
  };
}

/** The items in time order: wires that enter, gates and ends of cut gates, wires that leave. */
function itemsOf(steps: Steps, { gates, gateEnds }: Subcircuit, ends: readonly CutEndSettings[]): number[] {
  const placed = new Map<number, readonly [end: number, place: number]>();
  const [before, after]: [number[], number[]] = [[], []];
  for (const [number, { kind, places }] of ends.entries()) {
    for (const [place, { gateEnd }] of places.entries()) {
      if (gateEnd !== undefined) placed.set(gateEnd, [number, place]);
      else (kind === 'downstream' ? before : after).push(number, place, 0, 0);
    }
  }
  const items = [...before];
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (; gateEnds[next]?.position === position; next += 1) {
      items.push(...required(placed.get(next), 'a place of an end'), 0, 0);
    }
    const gate = gates[position];
    if (gate === undefined) continue;
    const begin = steps.count;
    steps.gate(gate);
    items.push(-1, 0, begin, steps.count);
  }
  return [...items, ...after];
}

function settingNumbers(
  steps: Steps,
  { places }: CutEndSettings,
  setting: Setting,
  ancilla: number,
): number[] {
  let read = -1;
  const ranges = places.flatMap((at, place) => {
    const begin = steps.count;
    for (const step of setting.steps[place] ?? []) {
      const measured = steps.setting(step, at, ancilla, setting.recording === 'middle');
      if (measured >= 0) read = measured;
    }
    return [begin, steps.count];
  });
  return [read, places.length, ...ranges];
}

/** Steps, with the noise that follows each gate. */
class Steps {
  count = 0;
  readonly #noise: NoiseModel;
  readonly #wires: readonly number[];
  readonly #steps: number[] = [];
  readonly #values: Float64Array[] = [];

  constructor(noise: NoiseModel, wires: readonly number[]) {
    this.#noise = noise;
    this.#wires = wires;
  }

  gate(gate: Gate): void {
    this.#operation(operationOf(gate), gate.name);
  }

  /** Gives the qubit that is read in the end, where the step says so; -1 elsewhere. */
  setting(step: SettingStep, place: SettingPlace, ancilla: number, middle: boolean): number {
    const qubitOf = (on: SettingQubit): number => settingQubit(on, place, ancilla);
    if (!('measure' in step)) {
      this.#operation({ qubits: step.on.map(qubitOf), matrix: step.matrix }, undefined);
      return -1;
    }
    if (!middle) return qubitOf(step.measure);
    this.#push(STEP_KINDS.measure, [qubitOf(step.measure)], []);
    return -1;
  }

  /** Depolarizing noise first, then relaxation of each qubit. */
  #operation({ qubits, matrix }: Operation, name: string | undefined): void {
    this.#push(STEP_KINDS.map, qubits, matrix);
    const depolarizing = depolarizingOf(this.#noise, name, qubits.length);
    if (depolarizing > 0) this.#push(STEP_KINDS.depolarizing, qubits, [depolarizing]);
    for (const qubit of qubits) {
      const { amplitude, phase } = dampingOf(this.#noise, name, qubits.length, this.#wires[qubit]);
      if (amplitude + phase > 0) this.#push(STEP_KINDS.damping, [qubit], [amplitude, phase]);
    }
  }

  #push(kind: number, [first = -1, second = -1]: readonly number[], values: ArrayLike<number>): void {
    this.#steps.push(kind, first, second);
    const own = new Float64Array(VALUES);
    own.set(values);
    this.#values.push(own);
    this.count += 1;
  }

  arrays(): Pick<NoisyArrays, 'steps' | 'values'> {
    const values = new Float64Array(VALUES * this.count);
    for (const [i, own] of this.#values.entries()) values.set(own, VALUES * i);
    return { steps: Int32Array.from(this.#steps), values };
  }
}
