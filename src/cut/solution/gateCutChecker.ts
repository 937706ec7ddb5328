/**
 * Checks every cut gate by itself: its ends are where it says, and its matrix is the product of the gates that it stands for.
 * Shares no code with what builds cuts.
 */
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { gateMatrix } from '../../circuit/gates.js';
import { numberAt } from '../../error.js';
import type { CutCircuit, GateCut } from '../model/cutCircuit.js';

const TOLERANCE = 1e-12;
/** More qubits than any cut gate has. */
const MOST_QUBITS = 8;

/** An end of a cut gate as a subcircuit has it. */
interface FoundEnd {
  readonly end: number;
  readonly subcircuit: number;
  readonly wires: readonly (number | undefined)[];
}

/** What is wrong with the first cut gate that something is wrong with; undefined where nothing is. */
export function gateCutFault(circuit: Circuit, cut: CutCircuit): string | undefined {
  const found = gateEndsOf(cut);
  for (const entry of cut.cuts) {
    if (entry.kind !== 'gate') continue;
    const fault = endsFault(entry, found.get(entry.index) ?? []) ?? productFault(circuit, entry);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function gateEndsOf(cut: CutCircuit): Map<number, FoundEnd[]> {
  const found = new Map<number, FoundEnd[]>();
  for (const { index, gateEnds, wires } of cut.subcircuits) {
    for (const { cut: number, end, qubit, others = [] } of gateEnds) {
      const ends = found.get(number) ?? [];
      found.set(number, ends);
      ends.push({ end, subcircuit: index, wires: [qubit, ...others].map((local) => wires[local]) });
    }
  }
  return found;
}

/** Each end has to be there once, where the cut says. */
function endsFault(gateCut: GateCut, found: readonly FoundEnd[]): string | undefined {
  const { index, qubits, sides } = gateCut;
  if (sides !== undefined && (sides[0][0] !== qubits[0] || sides[1][0] !== qubits[1]))
    return `cut gate ${index} does not name the first qubits of its sides`;
  for (const [end, holder] of [gateCut.from, gateCut.to].entries()) {
    const [only, ...others] = found.filter((candidate) => candidate.end === end);
    const wires = sides?.[end] ?? [qubits[end]];
    if (others.length > 0 || only?.subcircuit !== holder || only.wires.join() !== wires.join())
      return `end ${end} of cut gate ${index} is not once on wire ${wires.join(', ')} in subcircuit ${holder}`;
  }
  return undefined;
}

function productFault(circuit: Circuit, gateCut: GateCut): string | undefined {
  const { index, qubits, sides } = gateCut;
  const gates: Gate[] = [];
  for (const position of gateCut.gates) {
    const gate = circuit.gates[position];
    if (gate === undefined) return `cut gate ${index} stands for no gate`;
    gates.push(gate);
  }
  const wires = sides === undefined ? qubits : sides.flat();
  if (wires.length > MOST_QUBITS || new Set(wires).size !== wires.length)
    return `cut gate ${index} is on qubits ${wires.join(', ')}`;
  const stranger = gates.find((gate) => gate.qubits.some((qubit) => !wires.includes(qubit)));
  if (stranger !== undefined)
    return `gate ${stranger.name} is cut on a qubit that is not of cut gate ${index}`;
  const order = 2 ** wires.length;
  const expected = sides === undefined ? gateCut.unitary : widened(gateCut.unitary, sides);
  let [error, phase] = [0, [1, 0] as readonly [number, number]];
  for (let column = 0; column < order; column += 1) {
    const state = columnOf(gates, wires, column);
    // A phase of several qubits is found but for one of the whole.
    if (sides !== undefined && column === 0) phase = [numberAt(state, 0), numberAt(state, 1)];
    for (let row = 0; row < order; row += 1) {
      const [x, y] = [numberAt(state, 2 * row), numberAt(state, 2 * row + 1)];
      const at = 2 * (row * order + column);
      const real = phase[0] * x + phase[1] * y - (expected[at] ?? NaN);
      const imaginary = phase[0] * y - phase[1] * x - (expected[at + 1] ?? NaN);
      const difference = Math.max(Math.abs(real), Math.abs(imaginary));
      if (!(difference <= error)) error = difference;
    }
  }
  return error < TOLERANCE
    ? undefined
    : `cut gate ${index} is not the product of its gates (difference ${error})`;
}

/** One column of the product of gates, whose bits are the wires. */
function columnOf(gates: readonly Gate[], wires: readonly number[], column: number): Float64Array {
  const order = 2 ** wires.length;
  let state = new Float64Array(2 * order);
  state[2 * column] = 1;
  for (const gate of gates) {
    const matrix = gateMatrix(gate);
    const places = gate.qubits.map((qubit) => wires.indexOf(qubit));
    const size = 2 ** places.length;
    const local = (index: number): number =>
      places.reduce((bits, place, i) => bits | (((index >> place) & 1) << i), 0);
    const mask = places.reduce((bits, place) => bits | (1 << place), 0);
    const next = new Float64Array(2 * order);
    for (let row = 0; row < order; row += 1) {
      for (let from = 0; from < order; from += 1) {
        if ((row & ~mask) !== (from & ~mask)) continue;
        const at = 2 * (local(row) * size + local(from));
        const [re, im] = [numberAt(matrix, at), numberAt(matrix, at + 1)];
        const [x, y] = [numberAt(state, 2 * from), numberAt(state, 2 * from + 1)];
        next[2 * row] = numberAt(next, 2 * row) + re * x - im * y;
        next[2 * row + 1] = numberAt(next, 2 * row + 1) + re * y + im * x;
      }
    }
    state = next;
  }
  return state;
}

/** The matrix on all qubits of a gate of two bits, each of which is 1 where all qubits of a side are. */
function widened(
  unitary: readonly number[],
  [one, other]: readonly [readonly number[], readonly number[]],
): Float64Array {
  const order = 2 ** (one.length + other.length);
  const low = 2 ** one.length - 1;
  const high = order - 1 - low;
  const bits = (state: number): number => ((state & low) === low ? 1 : 0) + ((state & high) === high ? 2 : 0);
  const result = new Float64Array(2 * order * order);
  for (let state = 0; state < order; state += 1) {
    const [from, to] = [2 * (5 * bits(state)), 2 * (state * order + state)];
    result[to] = unitary[from] ?? NaN;
    result[to + 1] = unitary[from + 1] ?? NaN;
  }
  // What is not on the diagonal of the two bits has no place here, and makes the matrix none.
  if (unitary.some((value, i) => (i >> 1) % 5 !== 0 && value !== 0)) result.fill(NaN);
  return result;
}
