/**
 * The subexperiments of a cut circuit as a list of what is to be run: each under a name of its own, those that come to the
 * same circuit once, and in an order that follows from a seed.
 */
import { Random } from '../../circuit/random.js';
import type { CutCircuit, Subcircuit } from '../../cut/model/cutCircuit.js';
import { KroncutError, numberAt, valueAt } from '../../error.js';
import { sha256 } from '../../run/files/fileHash.js';
import { subexperimentCircuit } from '../../subexperiments/subexperimentCircuit.js';
import {
  cutEndsOf,
  settingNumbers,
  settingsOf,
  subexperimentCount,
  type CutEndSettings,
} from '../../subexperiments/subexperiments.js';
import { deviceCircuit, fused, type DeviceCircuit } from './deviceCircuit.js';
import type { Capability } from './formats.js';

/** A tensor that is measured: its name in the store, and the subcircuit, maybe read in other bases. */
export interface MeasuredTensor {
  readonly name: string;
  readonly subcircuit: Subcircuit;
}

/** What the subexperiments of a tensor share. */
export interface TensorExperiments extends MeasuredTensor {
  readonly ends: readonly CutEndSettings[];
  /** Subexperiments, also those that come to the same circuit. */
  readonly count: number;
  readonly experiments: readonly Experiment[];
}

/** What is run, for one subexperiment or for all that come to the same circuit. */
export interface Experiment {
  /** Tensor and number of the (first) subexperiment: `0-17`. */
  readonly id: string;
  readonly tensor: MeasuredTensor;
  /** Numbers of the subexperiments that it is run for. */
  readonly numbers: readonly number[];
  /** Bits of the registers. */
  readonly outcome: number;
  readonly sign: number;
}

/** More would take more memory than there is for the list alone. */
const MOST_SUBEXPERIMENTS = 10_000_000;

/** Throws `memory` where there are too many to list. */
export function listExperiments(cut: CutCircuit, tensors: readonly MeasuredTensor[]): TensorExperiments[] {
  const all = tensors.map((tensor) => ({ ...tensor, ends: cutEndsOf(cut, tensor.subcircuit) }));
  const total = all.reduce((sum, { ends }) => sum + subexperimentCount(ends), 0);
  if (total > MOST_SUBEXPERIMENTS) {
    throw new KroncutError(
      'memory',
      `there are ${total} subexperiments, more than the ${MOST_SUBEXPERIMENTS} that can be listed; cut less`,
    );
  }
  return all.map((tensor) => {
    const count = subexperimentCount(tensor.ends);
    return { ...tensor, count, experiments: experimentsOf(tensor, tensor.ends, count) };
  });
}

function experimentsOf(
  { name, subcircuit }: MeasuredTensor,
  ends: readonly CutEndSettings[],
  count: number,
): Experiment[] {
  const tensor = { name, subcircuit };
  const outcome = subcircuit.outcomes.length;
  const groups = alike(subcircuit, ends, count);
  return groups.map((numbers) => {
    const [first = 0] = numbers;
    const sign = settingsOf(ends, first).filter(({ recording }) => recording !== 'none').length;
    return { id: `${name}-${first}`, tensor, numbers, outcome, sign };
  });
}

/** True where a device has something to tell: otherwise the one outcome is known beforehand. */
export function isRun({ outcome, sign }: Experiment): boolean {
  return outcome + sign > 0;
}

/**
 * Subexperiments that come to the same circuit. They are found where two ends of cuts meet on a qubit without a gate between
 * them: to apply Z at one end and nothing at the other is the same either way round.
 */
function alike(subcircuit: Subcircuit, ends: readonly CutEndSettings[], count: number): number[][] {
  if (!endsMeet(subcircuit)) return Array.from({ length: count }, (_, number) => [number]);
  const groups = new Map<string, number[]>();
  for (let number = 0; number < count; number += 1) {
    const { qubits, steps } = subexperimentCircuit(subcircuit, ends, number);
    const key = JSON.stringify([
      qubits,
      fused(steps).map((step) =>
        step.kind === 'gate'
          ? 0
          : step.kind === 'map'
            ? [step.qubits, phaseless(step.matrix)]
            : [step.qubit, step.bit],
      ),
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [number]);
    else group.push(number);
  }
  return [...groups.values()];
}

function endsMeet({ inputs, outputs, gateEnds, gates }: Subcircuit): boolean {
  /** Qubits that a cut was the last to act on. */
  const fresh = new Set(inputs.map(({ qubit }) => qubit));
  let next = 0;
  for (let position = 0; position <= gates.length; position += 1) {
    for (let end = gateEnds[next]; end?.position === position; end = gateEnds[++next]) {
      for (const qubit of [end.qubit, ...(end.others ?? [])]) {
        if (fresh.has(qubit)) return true;
        fresh.add(qubit);
      }
    }
    for (const qubit of gates[position]?.qubits ?? []) fresh.delete(qubit);
  }
  return outputs.some(({ qubit }) => fresh.has(qubit));
}

const DIGITS = 1e10;

/** A matrix, rounded, its largest entry made positive. */
function phaseless(matrix: Float64Array): number[] {
  let lead = 0;
  // Of entries of one size the first is taken, whatever their rounding.
  for (let i = 2; i < matrix.length; i += 2) if (size(matrix, i) > size(matrix, lead) + 1e-6) lead = i;
  const [re, im] = [
    numberAt(matrix, lead) / size(matrix, lead),
    -numberAt(matrix, lead + 1) / size(matrix, lead),
  ];
  return Array.from(matrix, (value, i) => {
    const partner = numberAt(matrix, i ^ 1);
    const turned = i % 2 === 0 ? value * re - partner * im : value * re + partner * im;
    return Math.round(turned * DIGITS) / DIGITS + 0;
  });
}

function size(matrix: Float64Array, i: number): number {
  return Math.hypot(numberAt(matrix, i), numberAt(matrix, i + 1));
}

/** The circuit of an experiment. */
export function experimentCircuit(
  { tensor, numbers }: Experiment,
  ends: readonly CutEndSettings[],
  allowed: ReadonlySet<Capability>,
): DeviceCircuit {
  return deviceCircuit(subexperimentCircuit(tensor.subcircuit, ends, valueAt(numbers, 0)), allowed);
}

/** What is set at each end of a cut, for people and files. */
export interface NamedSetting {
  readonly cut: number;
  readonly end: CutEndSettings['kind'];
  readonly setting: string;
}

export function namedSettings(ends: readonly CutEndSettings[], number: number): NamedSetting[] {
  const numbers = settingNumbers(ends, number);
  return ends.map(({ cut, kind, table }, i) => ({
    cut,
    end: kind,
    setting: table.settings[numbers[i] ?? -1]?.label ?? '',
  }));
}

/**
 * All experiments that are run, in the order of one round: the list by tensor and number, shuffled by the seed and the
 * round, so that what a device drifts falls on all subexperiments alike.
 */
export function inRunOrder(tensors: readonly TensorExperiments[], seed: number, round: number): Experiment[] {
  const listed = tensors.flatMap(({ experiments }) => experiments.filter(isRun));
  return new Random(seed, `experiments ${round}`).shuffle(listed);
}

/** A hash of all that the subexperiments of a cut circuit, and what follows from their counts, depend on. */
export function cutHash({ qubits, outcomeBits, zeroBits, subcircuits, cuts }: CutCircuit): string {
  const parts = subcircuits.map(({ width, gates, inputs, outputs, gateEnds, outcomes, wires }) => [
    width,
    gates.map(({ name, qubits: on, params }) => [name, on, params]),
    inputs.map(({ cut, qubit }) => [cut, qubit]),
    outputs.map(({ cut, qubit }) => [cut, qubit]),
    gateEnds.map(({ cut, qubit, end, position, others = [] }) => [cut, qubit, end, position, ...others]),
    outcomes.map(({ bit, qubit }) => [bit, qubit]),
    wires,
  ]);
  const joins = cuts.map((cut) =>
    cut.kind === 'wire'
      ? [cut.index, cut.qubit, cut.from, cut.to, cut.bonds]
      : [
          cut.index,
          cut.qubits,
          cut.from,
          cut.to,
          cut.gates,
          cut.unitary,
          cut.bonds,
          shared(cut.shared),
          ...(cut.sides ?? []),
        ],
  );
  return sha256(JSON.stringify([qubits, outcomeBits, zeroBits, parts, joins]));
}

function shared(
  bond: { readonly leader: number; readonly control: 0 | 1; readonly basis: readonly number[] } | undefined,
): unknown {
  return bond === undefined ? null : [bond.leader, bond.control, bond.basis];
}
