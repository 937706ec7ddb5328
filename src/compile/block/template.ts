/** Gates `u3` and `cx` as a template for instantiation, and back. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { KroncutError } from '../../error.js';
import type { Template } from '../../native/addon.js';

/** A template whose parameters are the angles of the gates: a warm start. */
export function templateOf(qubits: number, gates: readonly Gate[]): Required<Template> {
  const parameters: number[] = [];
  const pairs = new Int32Array(2 * gates.length);
  const kinds = gates.map(({ name, qubits: places, params }, i) => {
    const [first = -1, second = -1] = places;
    pairs[2 * i] = first;
    pairs[2 * i + 1] = second;
    if (name === 'cx') return { kind: 'cx', qubits: places } as const;
    if (name !== 'u3') throw new KroncutError('internal', `'${name}' is no gate of a template`);
    parameters.push(...params);
    return { kind: 'u3', qubits: places } as const;
  });
  return { qubits, gates: kinds, pairs, parameters: Float64Array.from(parameters) };
}

/** The gates of a template with the angles that were found for it. */
export function withParameters(gates: readonly Gate[], parameters: Float64Array): Gate[] {
  let at = 0;
  return gates.map((gate) => {
    if (gate.name !== 'u3') return gate;
    const [theta = 0, phi = 0, lambda = 0] = parameters.subarray(at, at + 3);
    at += 3;
    return gateOf('u3', gate.qubits, ...[theta, phi, lambda].map((angle) => principalAngle(angle) + 0));
  });
}

/** A list without one of its gates. */
export interface Shortened {
  readonly gates: readonly Gate[];
  /** Number of gates before the place of the one that is gone. */
  readonly place: number;
}

/** Removes a gate; two `u3` that meet on a wire then become one, with the later one's place and the first's angles. */
export function withoutGate(gates: readonly Gate[], index: number): Shortened {
  const gone = new Set([index]);
  for (const q of gates[index]?.qubits ?? []) {
    const before = neighbour(gates, index, q, -1);
    const after = neighbour(gates, index, q, 1);
    if (before === undefined || after === undefined) continue;
    if (gates[before]?.name === 'u3' && gates[after]?.name === 'u3') gone.add(before);
  }
  return {
    gates: gates.filter((_, i) => !gone.has(i)),
    place: index - [...gone].filter((i) => i < index).length,
  };
}

/** Removes several gates, given by ascending or descending index; `place` is the one of the first or the last. */
export function withoutGates(gates: readonly Gate[], indices: readonly number[]): Shortened {
  let rest: Shortened = { gates, place: indices[0] ?? 0 };
  // From the last one tried: what is before `place` then is what was there when the first one went.
  for (const index of indices.toReversed()) {
    const gate = gates[index];
    const there = gate === undefined ? -1 : rest.gates.indexOf(gate);
    // A `u3` that met another is gone already.
    if (there >= 0) rest = withoutGate(rest.gates, there);
  }
  return rest;
}

/** Removes a gate and the next one behind it on the same two qubits; undefined where there is none. */
export function withoutPair(gates: readonly Gate[], index: number): Shortened | undefined {
  const first = gates[index];
  const second = gates.findIndex(
    (gate, i) =>
      i > index && gate.qubits.length === 2 && gate.qubits.every((q) => first?.qubits.includes(q) === true),
  );
  if (first === undefined || second < 0) return undefined;
  const once = withoutGate(gates, second).gates;
  return withoutGate(once, once.indexOf(first));
}

/** The next gate on a wire, forwards or backwards. */
function neighbour(gates: readonly Gate[], from: number, qubit: number, step: 1 | -1): number | undefined {
  for (let i = from + step; i >= 0 && i < gates.length; i += step) {
    if (gates[i]?.qubits.includes(qubit) === true) return i;
  }
  return undefined;
}
