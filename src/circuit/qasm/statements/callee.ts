/** What the OpenQASM reader knows of gates and their calls. */
import type { GateSpec } from '../../gates.js';
import type { Expression } from '../syntax/expression.js';

/** `ctrl @`, `negctrl @` with a count, or `pow @` and `inv @` (exponent -1). */
export type Modifier =
  | { readonly kind: 'control'; readonly positive: boolean; readonly count: number }
  | { readonly kind: 'power'; readonly exponent: Expression };

/** A call inside a gate definition: qubits are positions in the definition's qubit list. */
export interface BodyCall {
  readonly callee: Callee;
  readonly params: readonly Expression[];
  readonly qubits: readonly number[];
  readonly modifiers: readonly Modifier[];
  readonly at: number;
}

/** What a gate name stands for. */
export interface Callee {
  readonly name: string;
  readonly params: number;
  readonly qubits: number;
  /** Entry of the gate table, for a standard gate. */
  readonly spec?: GateSpec;
  /** Parameter names and body, for a gate defined in the file. A gate with neither is opaque. */
  readonly definition?: { readonly params: readonly string[]; readonly body: readonly BodyCall[] };
  /** Calls that one call makes, all in all, and how deep definitions are nested. */
  readonly work: number;
  readonly depth: number;
}

/** Controls that modifiers add, in the order of the operands (leftmost modifier first). */
export function controlsOf(modifiers: readonly Modifier[]): boolean[] {
  return modifiers.flatMap((m) => (m.kind === 'control' ? Array<boolean>(m.count).fill(m.positive) : []));
}

export function standardCallee(spec: GateSpec): Callee {
  return { name: spec.name, params: spec.params, qubits: spec.qubits, spec, work: 1, depth: 0 };
}

/** True for a definition without anything in it, and for a delay, which Qiskit writes as an opaque gate. */
export function isIdle({ name, spec, definition }: Callee): boolean {
  return (
    definition?.body.length === 0 || (name === 'delay' && spec === undefined && definition === undefined)
  );
}

/** Gates that do nothing: they may follow a measurement. */
const PASSIVE: ReadonlySet<string> = new Set(['id', 'u0']);

export function isPassive({ name, spec }: Callee, modifiers: readonly Modifier[]): boolean {
  return spec !== undefined && modifiers.length === 0 && PASSIVE.has(name);
}
