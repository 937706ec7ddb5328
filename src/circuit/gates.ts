/**
 * The gate table: every gate of qelib1.inc and stdgates.inc and Qiskit's further standard gates, with the
 * number of qubits and parameters and, to two qubits, the matrix.
 */
import { KroncutError } from '../error.js';
import type { Gate } from './circuit.js';
import {
  controlled,
  ONE_QUBIT_MATRICES,
  phasedU,
  TWO_QUBIT_MATRICES,
  type MatrixOf,
} from './gateMatrices.js';

export interface GateSpec {
  readonly name: string;
  readonly qubits: number;
  readonly params: number;
  /** Matrix of a gate on one or two qubits as a function of its parameters; wider gates have none. */
  readonly matrix?: MatrixOf;
  /** For a gate that is another one with controls: how many, and of which gate (same parameters). */
  readonly control?: { readonly count: number; readonly base: string };
}

/** Controlled gates: name, controls, base gate. */
const CONTROLLED: readonly (readonly [name: string, count: number, base: string])[] = [
  ['cx', 1, 'x'],
  ['cy', 1, 'y'],
  ['cz', 1, 'z'],
  ['ch', 1, 'h'],
  ['cs', 1, 's'],
  ['csdg', 1, 'sdg'],
  ['csx', 1, 'sx'],
  ['crx', 1, 'rx'],
  ['cry', 1, 'ry'],
  ['crz', 1, 'rz'],
  ['cp', 1, 'p'],
  ['cu1', 1, 'u1'],
  ['cu3', 1, 'u3'],
  ['ccx', 2, 'x'],
  ['ccz', 2, 'z'],
  ['c3x', 3, 'x'],
  ['c3sqrtx', 3, 'sx'],
  ['c4x', 4, 'x'],
];

function buildTable(): ReadonlyMap<string, GateSpec> {
  const table = new Map<string, GateSpec>();
  for (const [name, [params, matrix]] of Object.entries(ONE_QUBIT_MATRICES)) {
    table.set(name, { name, qubits: 1, params, matrix });
  }
  for (const [name, [params, matrix]] of Object.entries(TWO_QUBIT_MATRICES)) {
    table.set(name, { name, qubits: 2, params, matrix });
  }
  for (const [name, count, base] of CONTROLLED) {
    const [params, matrix] = ONE_QUBIT_MATRICES[base] ?? [0, undefined];
    const spec = { name, qubits: count + 1, params, control: { count, base } };
    table.set(name, count === 1 && matrix ? { ...spec, matrix: controlled(matrix) } : spec);
  }
  table.set('cu', { name: 'cu', qubits: 2, params: 4, matrix: controlled(phasedU) });
  table.set('cswap', { name: 'cswap', qubits: 3, params: 0, control: { count: 1, base: 'swap' } });
  table.set('rccx', { name: 'rccx', qubits: 3, params: 0 });
  table.set('rc3x', { name: 'rc3x', qubits: 4, params: 0 });
  table.set('gphase', { name: 'gphase', qubits: 0, params: 1 });
  return table;
}

/** All gates by name. `gphase` (no qubits) occurs in definitions and never in a `Circuit`. */
export const GATES: ReadonlyMap<string, GateSpec> = buildTable();

/** Other names of gates in the table, as the standard libraries and Qiskit's exports have them. */
export const GATE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['U', 'u'],
  ['CX', 'cx'],
  ['phase', 'p'],
  ['cphase', 'cp'],
  ['rcccx', 'rc3x'],
  ['cccx', 'c3x'],
  ['c3sx', 'c3sqrtx'],
  ['cccsqrtx', 'c3sqrtx'],
  ['ccccx', 'c4x'],
]);

/** The table entry of a gate or alias; undefined where the name is unknown. */
export function findGate(name: string): GateSpec | undefined {
  return GATES.get(name) ?? GATES.get(GATE_ALIASES.get(name) ?? '');
}

/** Makes a gate. */
export function gateOf(name: string, qubits: readonly number[], ...params: number[]): Gate {
  return { name, qubits, params };
}

/**
 * The matrix of a one- or two-qubit gate: row-major, complex interleaved, 8 or 32 doubles; index =
 * bit(qubits[0]) + 2 bit(qubits[1]). Throws `internal` for another gate or a wrong number of parameters,
 * which no circuit from the reader has.
 */
export function gateMatrix(gate: Gate): Float64Array {
  const spec = findGate(gate.name);
  if (!spec?.matrix || spec.qubits !== gate.qubits.length || spec.params !== gate.params.length) {
    throw new KroncutError(
      'internal',
      `gate '${gate.name}' with ${gate.params.length} parameters on ${gate.qubits.length} qubits has no matrix`,
    );
  }
  return spec.matrix(...gate.params);
}
