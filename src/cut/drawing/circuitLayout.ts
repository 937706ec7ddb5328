/**
 * Where the gates and cuts of a cut circuit stand in a drawing: columns are moments. A gate takes its whole span of
 * wires in its column, so that no two lines of a drawing cross.
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { KroncutError, required, valueAt } from '../../error.js';
import type { CutCircuit } from '../model/cutCircuit.js';
import { partOfEnd, type GatePart } from '../model/cutGraph.js';

export interface PlacedGate {
  readonly kind: 'gate';
  readonly column: number;
  readonly gate: Gate;
  /** Subcircuit on each of the gate's qubits. */
  readonly subcircuits: readonly number[];
  /** The gate cut that the gate belongs to. */
  readonly cut: number | undefined;
}

export interface PlacedWireCut {
  readonly kind: 'wireCut';
  readonly column: number;
  readonly qubit: number;
  readonly cut: number;
  readonly from: number;
  readonly to: number;
}

/** Part of a wire in one subcircuit: up to the column `end`, where a cut stands or the circuit ends. */
export interface WireStretch {
  readonly subcircuit: number;
  readonly start: number;
  readonly end: number;
}

export interface CircuitLayout {
  readonly columns: number;
  /** In time order. */
  readonly items: readonly (PlacedGate | PlacedWireCut)[];
  /** Stretches of each qubit's wire from left to right; none where the qubit is idle. */
  readonly wires: readonly (readonly WireStretch[])[];
}

/**
 * Lays a circuit out with the cuts that `parts` (one entry per two-qubit gate) make in it. `cut` is what
 * `buildCutCircuit` made of both.
 */
export function circuitLayout(circuit: Circuit, parts: readonly GatePart[], cut: CutCircuit): CircuitLayout {
  const wireCuts = cut.cuts.filter((each) => each.kind === 'wire');
  const pending = Array.from({ length: circuit.qubits }, (): (typeof wireCuts)[number][] => []);
  for (const each of wireCuts) pending[each.qubit]?.push(each);
  const gateCut = new Map<number, number>();
  for (const each of cut.cuts) {
    if (each.kind === 'gate') for (const position of each.gates) gateCut.set(position, each.index);
  }
  const current = new Int32Array(circuit.qubits).fill(-1);
  for (const { index, wires } of cut.subcircuits) for (const qubit of wires) current[qubit] = index;
  pending.forEach((list, qubit) => {
    if (list[0] !== undefined) current[qubit] = list[0].from;
  });

  const items: (PlacedGate | PlacedWireCut)[] = [];
  const stretches = Array.from({ length: circuit.qubits }, (): WireStretch[] => []);
  const began = new Int32Array(circuit.qubits);
  const free = new Int32Array(circuit.qubits);
  const partOn: (number | undefined)[] = Array.from({ length: circuit.qubits });
  let twoQubit = 0;
  circuit.gates.forEach((gate, position) => {
    if (gate.qubits.length === 2) {
      const part = required(parts[twoQubit++], 'the part of a two-qubit gate');
      gate.qubits.forEach((qubit, end) => enter(qubit, partOfEnd(part, end === 0 ? 0 : 1)));
    }
    const low = Math.min(...gate.qubits);
    const span = free.subarray(low, Math.max(...gate.qubits) + 1);
    const column = span.reduce((most, value) => Math.max(most, value), 0);
    span.fill(column + 1);
    const subcircuits = gate.qubits.map((qubit) => current[qubit] ?? -1);
    items.push({ kind: 'gate', column, gate, subcircuits, cut: gateCut.get(position) });
  });
  const columns = free.reduce((most, value) => Math.max(most, value), 0);
  current.forEach((subcircuit, qubit) => {
    if (subcircuit >= 0) stretches[qubit]?.push({ subcircuit, start: valueAt(began, qubit), end: columns });
  });
  if (pending.some((list) => list.length > 0)) {
    throw new KroncutError('internal', 'a wire cut has no place in the drawing of its circuit');
  }
  return { columns, items, wires: stretches };

  /** A wire reaches a gate in some part: where that is another one than before, the wire is cut. */
  function enter(qubit: number, part: number): void {
    const before = partOn[qubit];
    partOn[qubit] = part;
    if (before === undefined || before === part) return;
    const next = pending[qubit]?.shift();
    if (next === undefined)
      throw new KroncutError('internal', `wire ${qubit} changes its part without a cut`);
    const column = valueAt(free, qubit);
    free[qubit] = column + 1;
    items.push({ kind: 'wireCut', column, qubit, cut: next.index, from: next.from, to: next.to });
    stretches[qubit]?.push({ subcircuit: next.from, start: valueAt(began, qubit), end: column });
    began[qubit] = column;
    current[qubit] = next.to;
  }
}

/** What a drawing shows at an end of a gate. */
export function gateSymbol({ name, qubits }: Gate, end: number): string {
  if (qubits.length < 2) return name;
  if (name === 'swap') return '×';
  if (['cz', 'cp', 'cu1'].includes(name) || (end === 0 && CONTROLLED.has(name))) return '●';
  if (name === 'cx') return '⊕';
  return CONTROLLED.has(name) ? name.slice(1) : name;
}

/** Gates whose first qubit only controls. */
const CONTROLLED = new Set(['cx', 'cy', 'ch', 'csx', 'crx', 'cry', 'crz', 'cu3', 'cu']);
