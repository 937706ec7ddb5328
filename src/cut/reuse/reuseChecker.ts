/**
 * Checks how qubits of a device are used again, from scratch: it shares no code with what plans it, and follows every
 * qubit of the device through the steps.
 */
import { KroncutError, required } from '../../error.js';
import type { Subcircuit } from '../model/cutCircuit.js';
import type { ReusePlan } from './planReuse.js';

function refuse(index: number, what: string): never {
  throw new KroncutError('internal', `the reuse of qubits in subcircuit ${index} is wrong: ${what}`);
}

/**
 * Throws `internal` where a step is missing or out of its wire's order, or where a qubit of the device carries another
 * wire before the one it carries has had its last step, or where more than `maxWidth` qubits are used.
 */
export function checkReuse(subcircuit: Subcircuit, plan: ReusePlan, maxWidth = Infinity): void {
  const { index, gates, gateEnds, width } = subcircuit;
  const { steps, device } = plan;
  if (plan.width > maxWidth) refuse(index, `it takes ${plan.width} qubits, more than ${maxWidth}`);
  if (device.length !== width || device.some((place) => !(place >= 0 && place < plan.width))) {
    refuse(index, 'a local qubit has no qubit of the device');
  }
  const wires = wiresOf(subcircuit);
  const carries = new Map<number, number>();
  const done = new Int32Array(width);
  for (const { kind, index: number } of steps) {
    const end = gateEnds[number];
    const qubits = kind === 'gate' ? gates[number]?.qubits : end && [end.qubit, ...(end.others ?? [])];
    const name = `${kind} ${number}`;
    if (qubits === undefined) refuse(index, `${name} does not exist`);
    for (const qubit of qubits) {
      const before = at(done, qubit);
      if (wires[qubit]?.[before] !== name) refuse(index, `${name} is out of order`);
      const place = at(device, qubit);
      const other = carries.get(place);
      if (other !== undefined && other !== qubit) {
        refuse(index, `qubit ${place} of the device carries local qubits ${other} and ${qubit} at once`);
      }
      carries.set(place, qubit);
      done[qubit] = before + 1;
    }
    for (const qubit of qubits) {
      if (done[qubit] === wires[qubit]?.length) carries.delete(at(device, qubit));
    }
  }
  if (wires.some((wire, qubit) => wire.length !== done[qubit])) refuse(index, 'a step is missing');
}

/** What happens on each wire, in the order of the subcircuit: gate g stands at 2 g + 1, an end before gate p at 2 p. */
function wiresOf({ gates, gateEnds, width }: Subcircuit): string[][] {
  const wires = Array.from({ length: width }, (): string[] => []);
  const operations = [
    ...gates.map(({ qubits }, i) => ({ name: `gate ${i}`, qubits, at: 2 * i + 1, i })),
    ...gateEnds.map(({ qubit, others = [], position }, i) => ({
      name: `end ${i}`,
      qubits: [qubit, ...others],
      at: 2 * position,
      i,
    })),
  ].sort((a, b) => a.at - b.at || a.i - b.i);
  for (const { name, qubits } of operations) for (const qubit of qubits) wires[qubit]?.push(name);
  return wires;
}

function at(values: ArrayLike<number>, qubit: number): number {
  return required(values[qubit], `local qubit ${qubit}`);
}
