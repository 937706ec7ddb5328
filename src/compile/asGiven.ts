/** A circuit as it is, in the gates of a device: what compiling is measured by. */
import type { Circuit } from '../circuit/circuit.js';
import type { Sequence } from '../circuit/fence.js';
import type { DeviceGates } from './gates/deviceGates.js';
import { predicted, type Predicted } from './gates/predicted.js';
import { toU3Cx } from './gates/rewrite.js';
import { toGateSet } from './gates/toGateSet.js';
import { fromSections, intoSections, sideOf } from './sections.js';

export interface Given extends Sequence, Predicted {
  /** How far rounding may have moved it. */
  readonly angle: number;
}

/** Gates of the device stay as they are, where there are no others; else all are written in gates of the device, between their fences. */
export function asGiven(
  { qubits }: Pick<Circuit, 'qubits'>,
  { gates, fences }: Sequence,
  device: DeviceGates,
): Given {
  if (gates.every(({ name }) => Object.hasOwn(device.gates, name)))
    return { gates, fences, angle: 0, ...predicted(qubits, gates, device) };
  const { sections, ...between } = intoSections({ gates, fences }, qubits, sideOf(0));
  const made = sections.map((section) => toGateSet(toU3Cx(section), device));
  const sequence = fromSections({ ...between, sections: made.map((part) => part.gates) });
  const angle = made.reduce((sum, part) => sum + part.angle, 0);
  return { ...sequence, angle, ...predicted(qubits, sequence.gates, device) };
}
