/** What makes one circuit better than another: every place that has two to choose from asks it. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { countTwoQubitGates, twoQubitDepth } from '../../circuit/circuitFacts.js';
import { withoutPlaces, type DeviceGates } from './deviceGates.js';
import type { GateSet } from './gateSets.js';
import { isBetter } from './figures.js';
import { lossOf } from './predicted.js';
import { toU3Cx } from './rewrite.js';
import { toGateSet } from './toGateSet.js';

export const OBJECTIVES = ['two-qubit', 'depth', 'fidelity'] as const;
export type ObjectiveName = (typeof OBJECTIVES)[number];

export interface Objective {
  readonly name: ObjectiveName;
  /**
   * Of gates on these qubits, `u3` and `cx` as a rule, which may be off by `angle`: less of the first figure is better, then
   * of the next one.
   */
  readonly figures: (qubits: number, gates: readonly Gate[], angle?: number) => readonly number[];
  /** What a `cx` on two qubits counts for beside others, where that differs. */
  readonly costOn?: (a: number, b: number) => number;
}

const TWO_QUBIT: Objective = {
  name: 'two-qubit',
  figures: (_qubits, gates) => [countTwoQubitGates(gates)],
};

const DEPTH: Objective = {
  name: 'depth',
  figures: (qubits, given) => {
    const gates = inCx(given);
    return [twoQubitDepth({ qubits, gates }), countTwoQubitGates(gates)];
  },
};

/** Two-qubit gates count as the `cx` that they take. */
function inCx(gates: readonly Gate[]): readonly Gate[] {
  return gates.some(({ name, qubits }) => qubits.length === 2 && name !== 'cx') ? toU3Cx(gates) : gates;
}

/** Losses closer than this are equal: rounding is no reason to go on. */
const RESOLUTION = 1e-12;

/**
 * The chance that something goes wrong with the gates of a device, as a logarithm; what a circuit is off counts in the same
 * measure, the process fidelity cos(angle)^2.
 */
function fidelityOn(device: DeviceGates): Objective {
  return {
    name: 'fidelity',
    figures: (qubits, given, angle = 0) => {
      const { gates } = toGateSet(toU3Cx(given), device);
      return [deviceLoss(qubits, gates, device, angle)];
    },
    costOn: costsOn(device),
  };
}

/** What gates of a device lose that may be off by `angle`, as a whole number of units too small to matter. */
export function deviceLoss(
  qubits: number,
  gates: readonly Gate[],
  device: DeviceGates,
  angle: number,
): number {
  const { loss } = lossOf(qubits, gates, device);
  return Math.round((loss - 2 * Math.log(Math.cos(Math.min(angle, Math.PI / 2)))) / RESOLUTION);
}

function lossOn(pair: readonly [number, number], device: DeviceGates): number {
  const { gates } = toGateSet([gateOf('cx', pair)], device);
  return lossOf(Math.max(...pair) + 1, gates, device).loss;
}

/** The loss of a `cx` on a pair, one on pairs of which nothing is said counting 1. */
function costsOn(device: DeviceGates): (a: number, b: number) => number {
  const usual = lossOn([0, 1], withoutPlaces(device));
  const known = new Map<string, number>();
  return (a, b) => {
    const name = `${a} ${b}`;
    const cost = known.get(name) ?? (usual > 0 ? lossOn([a, b], device) / usual : 1);
    known.set(name, cost);
    return cost;
  };
}

/** What a user asks for. `fidelity` needs the gates of a device. */
export interface ObjectiveChoice {
  readonly objective?: ObjectiveName | undefined;
  readonly gateSet?: GateSet | DeviceGates | undefined;
}

export function objectiveOf({ objective, gateSet }: ObjectiveChoice): Objective {
  if (objective === 'depth') return DEPTH;
  return objective === 'fidelity' && typeof gateSet === 'object' ? fidelityOn(gateSet) : TWO_QUBIT;
}

/** A circuit to be judged. */
export interface Candidate {
  readonly gates: readonly Gate[];
  /** How far it may be off; default 0. */
  readonly angle?: number;
}

/** Whether `a` reaches more of what is wanted than `b`. */
export function gains({ figures }: Objective, qubits: number, a: Candidate, b: Candidate): boolean {
  return isBetter(figures(qubits, a.gates, a.angle), figures(qubits, b.gates, b.angle));
}

/** Whether `a` gains over `b`, or reaches as much with fewer gates. */
export function isShorter({ figures }: Objective, qubits: number, a: Candidate, b: Candidate): boolean {
  const all = ({ gates, angle }: Candidate): number[] => [...figures(qubits, gates, angle), gates.length];
  return isBetter(all(a), all(b));
}

/** The best of some, the first among equals. */
export function bestOf<T extends Candidate>(
  objective: Objective,
  qubits: number,
  [first, ...others]: readonly [T, ...T[]],
): T {
  return others.reduce((best, other) => (gains(objective, qubits, other, best) ? other : best), first);
}
