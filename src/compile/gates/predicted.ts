/** What a device is expected to make of a circuit in its own gates. */
import type { Gate } from '../../circuit/circuit.js';
import { valueAt } from '../../error.js';
import { constantsOf, ratesOf, type DeviceGates } from './deviceGates.js';

export interface Predicted {
  /** That nothing errs: the product over all gates, and over all times that a qubit waits between two of its gates. */
  readonly fidelity: number;
  /** From the first gate to the end of the last, each beginning as early as it can, in the unit of the gates' times. */
  readonly duration: number;
}

/** Gates of the set, on so many qubits. */
export function predicted(qubits: number, gates: readonly Gate[], device: DeviceGates): Predicted {
  const { loss, duration } = lossOf(qubits, gates, device);
  return { fidelity: Math.exp(-loss), duration };
}

/** The negative logarithm of the fidelity, and the duration. */
export function lossOf(
  qubits: number,
  gates: readonly Gate[],
  device: DeviceGates,
): { readonly loss: number; readonly duration: number } {
  const free = new Float64Array(qubits);
  const isBegun = new Uint8Array(qubits);
  let [loss, duration] = [0, 0];
  for (const gate of gates) {
    const { error, time } = ratesOf(device, gate);
    loss -= Math.log1p(-error);
    const begin = gate.qubits.reduce((latest, q) => Math.max(latest, valueAt(free, q)), 0);
    for (const q of gate.qubits) {
      // Before its first gate a qubit is in |0>, where it stays.
      if (isBegun[q] === 1) loss += waitingLoss(device, q, begin - free[q]!);
      isBegun[q] = 1;
      free[q] = begin + time;
    }
    duration = Math.max(duration, begin + time);
  }
  return { loss, duration };
}

/** Amplitude and phase damping over a time, by their average fidelity (3 + exp(-t/T1) + 2 exp(-t/T2)) / 6. */
function waitingLoss(device: DeviceGates, qubit: number, time: number): number {
  if (time <= 0) return 0;
  const constants = constantsOf(device, qubit);
  if (constants === undefined) return 0;
  const { t1, t2 } = constants;
  return -Math.log1p((Math.expm1(-time / t1) + 2 * Math.expm1(-time / t2)) / 6);
}
