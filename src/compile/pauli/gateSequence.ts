/** Gates as a sequence of turns and controlled Paulis, and back. */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { oneQubitAngles } from '../../circuit/unitary.js';
import { required } from '../../error.js';
import { consolidatedGates } from '../gates/consolidate.js';
import { mergeOneQubit, oneQubitMatrix, type Merged } from '../gates/merge.js';
import {
  carrying,
  cliffordAngles,
  conjugate,
  IDENTITY,
  inverse,
  letterOf,
  quarterTurns,
  followedBy,
  X,
  Y,
  Z,
  type Letter,
  type LocalClifford,
} from './localClifford.js';
import { SequenceBuilder, type Pair, type Sequence } from './sequence.js';

/** Letters of the gates that are one controlled Pauli. */
const CONTROLLED: Readonly<Record<string, readonly [Letter, Letter]>> = {
  cx: [Z, X],
  cy: [Z, Y],
  cz: [Z, Z],
};

/** Gates exp(-i angle/2 P Q) up to turns of each qubit: letters, and the turns as parts of the angle. */
const TURNED: Readonly<Record<string, readonly [Letter, Letter, number, number, number]>> = {
  rxx: [X, X, 0, 0, 1],
  ryy: [Y, Y, 0, 0, 1],
  rzz: [Z, Z, 0, 0, 1],
  rzx: [Z, X, 0, 0, 1],
  cp: [Z, Z, 0.5, 0.5, -0.5],
  cu1: [Z, Z, 0.5, 0.5, -0.5],
  crz: [Z, Z, 0, 0.5, -0.5],
  crx: [Z, X, 0, 0.5, -0.5],
  cry: [Z, Y, 0, 0.5, -0.5],
};

/** Letters on which a turn is carried over to the other qubit: any that differ. */
const DIFFERENT: Readonly<Record<Letter, Letter>> = { [X]: Z, [Y]: X, [Z]: X };

/** A circuit of gates on one and two qubits as a sequence, up to its phase. */
export function sequenceOf(qubits: number, gates: readonly Gate[]): Sequence {
  const builder = new SequenceBuilder(qubits);
  for (const gate of gates) {
    const [a, b] = gate.qubits;
    if (a === undefined) continue;
    if (b === undefined) addOneQubit(builder, gate, a);
    else addTwoQubits(builder, gate, a, b);
  }
  return builder.finish();
}

function addOneQubit(builder: SequenceBuilder, gate: Gate, qubit: number): void {
  const { theta, phi, lambda } = gate.name === 'u3' ? u3Angles(gate) : oneQubitAngles(oneQubitMatrix(gate));
  builder.turn(qubit, Z, lambda);
  builder.turn(qubit, Y, theta);
  builder.turn(qubit, Z, phi);
}

function u3Angles({ params }: Gate): { theta: number; phi: number; lambda: number } {
  const [theta = 0, phi = 0, lambda = 0] = params;
  return { theta, phi, lambda };
}

function addTwoQubits(builder: SequenceBuilder, gate: Gate, a: number, b: number): void {
  const letters = CONTROLLED[gate.name];
  const turned = TURNED[gate.name];
  if (letters !== undefined) {
    builder.pair(a, letters[0], b, letters[1]);
  } else if (gate.name === 'swap') {
    for (const [p, q] of [
      [Z, X],
      [X, Z],
      [Z, X],
    ] as const)
      builder.pair(a, p, b, q);
  } else if (turned !== undefined) {
    const [p, q, first, second, both] = turned;
    const angle = required(gate.params[0], `the angle of ${gate.name}`);
    builder.turn(a, p, first * angle);
    builder.turn(b, q, second * angle);
    // C(P, Q') makes Q, which differs from Q', of P Q.
    builder.pair(a, p, b, DIFFERENT[q]);
    builder.turn(b, q, both * angle);
    builder.pair(a, p, b, DIFFERENT[q]);
  } else {
    for (const part of consolidatedGates(gateMatrix(gate), [a, b])) {
      const [first = 0, second] = part.qubits;
      if (second === undefined) addOneQubit(builder, part, first);
      else builder.pair(first, Z, second, X);
    }
  }
}

/** What was written of a wire so far is the sequence so far, then this operation. */
interface Wire {
  basis: LocalClifford;
  /** Whether the last gate written is on this qubit alone: another one then costs nothing. */
  isOpen: boolean;
}

/** `u3` and `cx`, one `cx` for each controlled Pauli. */
export function gatesOf({ qubits, operations, frame }: Sequence): Merged {
  const wires: Wire[] = Array.from({ length: qubits }, () => ({ basis: IDENTITY, isOpen: true }));
  const gates: Gate[] = [];
  const change = (qubit: number, basis: LocalClifford): void => {
    const wire = wires[qubit]!;
    if (basis === wire.basis) return;
    gates.push(gateOf('u3', [qubit], ...cliffordAngles(followedBy(inverse(wire.basis), basis))));
    wire.basis = basis;
    wire.isOpen = true;
  };
  for (const operation of operations) {
    if (operation.kind === 'pair') {
      writePair(operation, wires, gates, change);
      continue;
    }
    const { a, p, angle } = operation;
    const wire = wires[a]!;
    const signed = conjugate(inverse(wire.basis), p);
    gates.push(turnGate(a, letterOf(signed % 3), signed < 3 ? angle : -angle));
    wire.isOpen = true;
  }
  for (const q of wires.keys()) change(q, frame[q]!);
  return mergeOneQubit(gates);
}

const TURN_NAMES: Readonly<Record<Letter, string>> = { [X]: 'rx', [Y]: 'ry', [Z]: 'rz' };

function turnGate(qubit: number, letter: Letter, angle: number): Gate {
  return gateOf(TURN_NAMES[letter], [qubit], angle);
}

/** Writes C(P, Q) as a `cx` in the direction that takes fewer gates before it. */
function writePair(
  { a, b, p, q }: Pair,
  wires: readonly Wire[],
  gates: Gate[],
  change: (qubit: number, basis: LocalClifford) => void,
): void {
  const [first, second] = [wires[a]!, wires[b]!];
  const cost = (wire: Wire, from: Letter, to: Letter): number =>
    !wire.isOpen && conjugate(inverse(wire.basis), from) % 3 !== to ? 1 : 0;
  const straight = cost(first, p, Z) + cost(second, q, X);
  const turned = cost(first, p, X) + cost(second, q, Z);
  const [control, target, pc, pt] = straight <= turned ? [a, b, p, q] : [b, a, q, p];
  const negative: number[] = [];
  for (const [qubit, letter, wanted] of [
    [control, pc, Z],
    [target, pt, X],
  ] as const) {
    const { basis } = wires[qubit]!;
    const signed = conjugate(inverse(basis), letter);
    if (signed % 3 !== wanted)
      change(qubit, followedBy(basis, required(carrying(signed, wanted)[0], 'a basis')));
    else if (signed >= 3) negative.push(qubit);
  }
  gates.push(gateOf('cx', [control, target]));
  // A cx behind which the other qubit's Pauli stands is the one of the negative letter.
  for (const qubit of negative) {
    const other = wires[qubit === control ? target : control]!;
    other.basis = followedBy(other.basis, quarterTurns(qubit === control ? X : Z, 2));
  }
  first.isOpen = second.isOpen = false;
}
