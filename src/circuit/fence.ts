/**
 * What stands between the gates of a circuit and is no gate of the table: barriers, and what a circuit that is not fixed has
 * beside them (measurements and resets in the middle, gates under a condition, angles without a value). Circuits do not carry
 * fences; who asks the reader for them is given them. No gate moves past a fence that shares a qubit with it, and fences
 * keep their order.
 */
import { required } from '../error.js';
import type { Gate } from './circuit.js';

/** Gates in order of time, and the fences between them in theirs. */
export interface Sequence {
  readonly gates: readonly Gate[];
  readonly fences: readonly Fence[];
}

interface Placed {
  readonly qubits: readonly number[];
  /** Number of gates of the sequence before it. */
  readonly position: number;
}

/** A `barrier` of a file. */
export interface Barrier extends Placed {
  readonly kind: 'barrier';
}

/** A measurement of one qubit into a classical bit, or into nothing. */
export interface Measurement extends Placed {
  readonly kind: 'measure';
  readonly bit: number | null;
}

/** A reset of one qubit. */
export interface Reset extends Placed {
  readonly kind: 'reset';
}

/** What is done where classical bits meet a condition, and where they do not. */
export interface Choice extends Placed {
  readonly kind: 'if';
  readonly condition: Condition;
  readonly body: Sequence;
  readonly otherwise: Sequence;
}

/** A gate of the table with an angle that depends on inputs without a value. */
export interface SymbolicGate extends Placed {
  readonly kind: 'symbolic';
  readonly name: string;
  readonly params: readonly Term[];
}

/** What stands between gates, told apart by its `kind`; no gate on its qubits moves past it. */
export type Fence = Barrier | Measurement | Reset | Choice | SymbolicGate;

export const FENCE_KINDS: readonly Fence['kind'][] = ['barrier', 'measure', 'reset', 'if', 'symbolic'];

/** A condition on classical bits; what is known of it is worked out. */
export type Condition =
  | { readonly kind: 'number'; readonly value: number }
  /** The bits as a number, the first one lowest. */
  | { readonly kind: 'bits'; readonly bits: readonly number[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Condition;
      readonly right: Condition;
    };

/** A real number that depends on inputs; what is known of it is worked out. */
export type Term =
  | number
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'negate'; readonly operand: Term }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Term[] };

/** An input that was given no value, as it was declared: `float[64]`. */
export interface FreeInput {
  readonly name: string;
  readonly type: string;
}

export function isBarrier(fence: Fence): fence is Barrier {
  return fence.kind === 'barrier';
}

/** The qubits that a sequence is on, in order of first use. */
export function qubitsOf({ gates, fences }: Sequence): number[] {
  const fromFences = fences.flatMap(({ qubits }) => qubits);
  return [...new Set([...gates.flatMap(({ qubits }) => qubits), ...fromFences])];
}

/** A fence on other qubits: what was on qubit q is on `places[q]`. */
export function fenceOnPlaces(fence: Fence, places: readonly number[]): Fence {
  const moved = <T extends { readonly qubits: readonly number[] }>(part: T): T => ({
    ...part,
    qubits: part.qubits.map((q) => required(places[q], 'the place of a qubit')),
  });
  const inside = ({ gates, fences }: Sequence): Sequence => ({
    gates: gates.map(moved),
    fences: fences.map((part) => fenceOnPlaces(part, places)),
  });
  return fence.kind === 'if'
    ? { ...moved(fence), body: inside(fence.body), otherwise: inside(fence.otherwise) }
    : moved(fence);
}

/** Gates in order with something of one's own in the place of every fence. */
export function withFencesAs(
  { gates, fences }: Sequence,
  gatesFor: (fence: Fence, number: number) => readonly Gate[],
): Gate[] {
  const result: Gate[] = [];
  let done = 0;
  for (const [number, fence] of fences.entries()) {
    for (; done < fence.position; done += 1) result.push(required(gates[done], 'a gate'));
    result.push(...gatesFor(fence, number));
  }
  for (; done < gates.length; done += 1) result.push(required(gates[done], 'a gate'));
  return result;
}
