/**
 * Subcircuits as OpenQASM 2 files: one `qreg q[width]`, and the cut points as calls of opaque gates: `cut_in_K` where wire
 * cut K enters, `cut_out_K` where it leaves, `cut_gate_K` at an end of cut gate K, on several qubits where that has several.
 */
import { KroncutError, required } from '../../error.js';
import type { Gate } from '../circuit.js';
import { Reader } from './statements/reader.js';
import { sourceError } from './syntax/sourceError.js';
import type { CutPoint } from './statements/program.js';
import { definitionOf, foreignGates, gateText, header } from './writeQasm.js';

/** The end of a cut wire: `qubit` is local. */
export interface WireEnd {
  readonly cut: number;
  readonly qubit: number;
}

/** The end of a cut gate, which acts before gate number `position`. */
export interface GateEnd extends WireEnd {
  readonly position: number;
  /** Further qubits of the end. */
  readonly others?: readonly number[] | undefined;
}

export interface SubcircuitText {
  readonly qubits: number;
  readonly gates: readonly Gate[];
  /** Wires that enter and leave through cuts, ascending by cut. */
  readonly inputs: readonly WireEnd[];
  readonly outputs: readonly WireEnd[];
  /** Ends of cut gates in time order; none where it is left out. */
  readonly gateEnds?: readonly GateEnd[];
}

/** Writes a subcircuit as OpenQASM 2. */
export function writeSubcircuitQasm(subcircuit: SubcircuitText): string {
  const { qubits, gates, inputs, outputs, gateEnds = [] } = subcircuit;
  const lines = declarations(subcircuit);
  lines.push(`qreg q[${qubits}];`);
  lines.push(...inputs.map(({ cut, qubit }) => `cut_in_${cut} q[${qubit}];`));
  const names = Array.from({ length: qubits }, (_, i) => `q[${i}]`);
  let next = 0;
  for (let i = 0; i <= gates.length; i++) {
    for (let end = gateEnds[next]; end && end.position <= i; end = gateEnds[next]) {
      lines.push(`cut_gate_${end.cut} ${operands(end, names)};`);
      next++;
    }
    const gate = gates[i];
    if (gate) {
      lines.push(gateText(gate, names));
    }
  }
  lines.push(...outputs.map(({ cut, qubit }) => `cut_out_${cut} q[${qubit}];`));
  return `${lines.join('\n')}\n`;
}

/** How local qubits share those of a device: see `planReuse`. */
export interface QubitReuse {
  readonly steps: readonly { readonly kind: 'gate' | 'end'; readonly index: number }[];
  /** Qubit of the device of each local qubit. */
  readonly device: readonly number[];
  readonly width: number;
}

/**
 * Writes a subcircuit for a device that uses qubits again, as OpenQASM 2 with `qreg q[width]`. A wire enters (`cut_in_K`)
 * just before its first gate, and leaves (`cut_out_K`) or is measured just after its last; `reset` precedes the next wire on
 * the qubit. Outcome i of the subcircuit is bit i of `creg c`.
 */
export function writeReusedQasm(
  subcircuit: SubcircuitText & { readonly outcomes: readonly number[] },
  { steps, device, width }: QubitReuse,
): string {
  const { gates, inputs, outputs, gateEnds = [], outcomes } = subcircuit;
  const lines = declarations(subcircuit);
  lines.push(`qreg q[${width}];`);
  if (outcomes.length > 0) lines.push(`creg c[${outcomes.length}];`);
  const names = device.map((place) => `q[${place}]`);
  const entering = new Map(inputs.map(({ cut, qubit }) => [qubit, cut]));
  const leaving = new Map(outputs.map(({ cut, qubit }) => [qubit, cut]));
  const actedOn = steps.map(({ kind, index }) =>
    kind === 'gate'
      ? required(gates[index], `gate ${index} of a subcircuit`).qubits
      : qubitsOf(required(gateEnds[index], `gate end ${index} of a subcircuit`)),
  );
  const last = new Map(actedOn.flatMap((qubits, step) => qubits.map((qubit) => [qubit, step] as const)));
  const begun = new Set<number>();
  const used = new Set<number>();
  steps.forEach(({ kind, index }, step) => {
    for (const qubit of actedOn[step] ?? []) {
      if (begun.has(qubit)) continue;
      begun.add(qubit);
      const place = required(device[qubit], `the place of wire ${qubit}`);
      if (used.has(place)) lines.push(`reset ${names[qubit]};`);
      used.add(place);
      const cut = entering.get(qubit);
      if (cut !== undefined) lines.push(`cut_in_${cut} ${names[qubit]};`);
    }
    const [gate, end] = [gates[index], gateEnds[index]];
    if (kind === 'end' && end !== undefined) lines.push(`cut_gate_${end.cut} ${operands(end, names)};`);
    else if (gate !== undefined) lines.push(gateText(gate, names));
    for (const qubit of actedOn[step] ?? []) {
      if (last.get(qubit) !== step) continue;
      const cut = leaving.get(qubit);
      if (cut !== undefined) lines.push(`cut_out_${cut} ${names[qubit]};`);
      outcomes.forEach((other, bit) => {
        if (other === qubit) lines.push(`measure ${names[qubit]} -> c[${bit}];`);
      });
    }
  });
  return `${lines.join('\n')}\n`;
}

/**
 * Reads a subcircuit file. Throws `input` where the file is not OpenQASM, has measurements or several registers, or a
 * cut point is out of place: a wire enters before the first gate of its qubit and leaves after the last.
 */
export function readSubcircuitQasm(text: string, file: string): Required<SubcircuitText> {
  const { circuit, cutPoints } = new Reader(text, { file, parameters: {}, allowCutPoints: true }).read();
  const { qubits, gates, qubitRegisters } = circuit;
  if (circuit.measured || qubitRegisters.length !== 1) {
    const what = circuit.measured ? 'has no measurements' : 'has one register of qubits';
    throw new KroncutError('input', `${file}: a subcircuit ${what}; write it as cutting does`);
  }
  const first = Array.from({ length: qubits }, () => Infinity);
  const last = Array.from({ length: qubits }, () => -1);
  const touch = (qubit: number, position: number): void => {
    first[qubit] = Math.min(first[qubit] ?? Infinity, position);
    last[qubit] = Math.max(last[qubit] ?? -1, position);
  };
  for (const [i, gate] of gates.entries()) {
    for (const qubit of gate.qubits) {
      touch(qubit, i);
    }
  }
  const ends = { in: [] as CutPoint[], out: [] as CutPoint[], gate: [] as CutPoint[] };
  const complain = (point: CutPoint, what: string): KroncutError =>
    sourceError(text, file, point.at, `'cut_${point.kind}_${point.cut}' ${what}`);
  for (const point of cutPoints) {
    const { kind, cut, qubit, position } = point;
    if (kind !== 'gate' && ends[kind].some((other) => other.cut === cut || other.qubit === qubit)) {
      throw complain(point, 'repeats a cut or a qubit; a cut has one such end, and a qubit at most one');
    }
    if (kind === 'in' && position > (first[qubit] ?? 0)) {
      throw complain(point, `must stand before the first gate on q[${qubit}]`);
    }
    if (kind === 'out' && position <= (last[qubit] ?? 0)) {
      throw complain(point, `must stand after the last gate on q[${qubit}]`);
    }
    ends[kind].push(point);
  }
  return {
    qubits,
    gates,
    inputs: wires(ends.in),
    outputs: wires(ends.out),
    gateEnds: ends.gate.map(({ cut, qubit, position, others }) => ({
      cut,
      qubit,
      position,
      ...(others.length === 0 ? {} : { others }),
    })),
  };
}

function qubitsOf({ qubit, others = [] }: GateEnd): number[] {
  return [qubit, ...others];
}

function operands(end: GateEnd, names: readonly string[]): string {
  return qubitsOf(end)
    .map((qubit) => required(names[qubit], `the place of wire ${qubit}`))
    .join(', ');
}

/** a, b, c, ... for the qubits of a declaration. */
function parameterName(_: number, i: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + i);
}

function wires(points: readonly CutPoint[]): WireEnd[] {
  return points.map(({ cut, qubit }) => ({ cut, qubit })).toSorted((a, b) => a.cut - b.cut);
}

/** What comes before the registers: gates that OpenQASM 2 does not know, and the ends of cuts as opaque gates. */
function declarations({ gates, inputs, outputs, gateEnds = [] }: SubcircuitText): string[] {
  const lines = header(2);
  lines.push(...foreignGates(gates, 2).map((name) => definitionOf(name, 2)));
  const opaque = [
    ...inputs.map(({ cut }) => `cut_in_${cut} a`),
    ...outputs.map(({ cut }) => `cut_out_${cut} a`),
    ...gateEnds.map((end) => `cut_gate_${end.cut} ${qubitsOf(end).map(parameterName).join(', ')}`),
  ];
  lines.push(...[...new Set(opaque)].map((point) => `opaque ${point};`));
  return lines;
}
