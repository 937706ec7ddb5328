/** A drawing of a cut circuit for a terminal. */
import { gateSymbol, type CircuitLayout, type PlacedGate, type PlacedWireCut } from './circuitLayout.js';
import { required } from '../../error.js';

/** Colours a piece of text that belongs to a subcircuit. */
export type Paint = (text: string, subcircuit: number) => string;

export interface DrawLimits {
  /** Characters of a line. */
  readonly columns: number;
  readonly lines: number;
}

/** What a drawing may take where there is no terminal to ask. */
export const DEFAULT_DRAW_LIMITS: DrawLimits = { columns: 120, lines: 80 };

export type CircuitDrawing = { readonly lines: readonly string[] } | { readonly reason: string };

interface Cell {
  readonly text: string;
  readonly subcircuit: number;
}

const NOBODY = -1;

/**
 * Draws one line per wire and one between wires. `╱3╱` is wire cut 3; the dashed line `╎3` under a gate is gate cut 3.
 * The numbers in brackets are the subcircuits that a wire starts and ends in. Idle wires are left out.
 *
 * Returns the reason in words where the drawing would exceed the limits.
 */
export function drawCircuit(
  layout: CircuitLayout,
  limits: DrawLimits = DEFAULT_DRAW_LIMITS,
  paint: Paint = (text) => text,
): CircuitDrawing {
  const qubits = [...layout.wires.keys()].filter((qubit) => (layout.wires[qubit] ?? []).length > 0);
  if (qubits.length === 0) return { reason: 'it has no gates' };
  const height = 2 * qubits.length - 1;
  if (height > limits.lines) return { reason: `it needs ${height} lines, and ${limits.lines} are allowed` };
  const widths = columnWidths(layout);
  const left = qubits.map((qubit) => `q${qubit} (${layout.wires[qubit]?.[0]?.subcircuit})`);
  const right = qubits.map((qubit) => ` (${layout.wires[qubit]?.at(-1)?.subcircuit})`);
  const indent = Math.max(...left.map(({ length }) => length)) + 1;
  const tail = Math.max(...right.map(({ length }) => length));
  const width = indent + widths.reduce((sum, value) => sum + value + 1, 1) + tail;
  if (width > limits.columns) {
    return { reason: `it is ${width} characters wide, and ${limits.columns} are allowed` };
  }

  const starts: number[] = [];
  let at = indent + 1;
  for (const value of widths) {
    starts.push(at);
    at += value + 1;
  }
  const rowOf = new Map(qubits.map((qubit, i) => [qubit, 2 * i]));
  const grid = Array.from({ length: height }, () =>
    Array.from({ length: width }, (): Cell => ({ text: ' ', subcircuit: NOBODY })),
  );
  const write = (row: number, column: number, text: string, subcircuit: number): void => {
    text.split('').forEach((character, i) => {
      const line = grid[row];
      if (line !== undefined && column + i < width) line[column + i] = { text: character, subcircuit };
    });
  };
  qubits.forEach((qubit, i) => {
    const wire = layout.wires[qubit] ?? [];
    write(2 * i, 0, left[i] ?? '', wire[0]?.subcircuit ?? NOBODY);
    for (const { subcircuit, start, end } of wire) {
      const from = start === 0 ? indent : (starts[start] ?? indent);
      const to = starts[end] ?? at;
      write(2 * i, from, '─'.repeat(Math.max(0, to - from)), subcircuit);
    }
    write(2 * i, at, right[i] ?? '', wire.at(-1)?.subcircuit ?? NOBODY);
  });
  for (const item of layout.items) {
    const start = required(starts[item.column], `column ${item.column}`);
    const size = widths[item.column] ?? 1;
    if (item.kind === 'wireCut') drawWireCut(item, start, size);
    else drawGate(item, start, size);
  }
  return { lines: grid.map((line) => painted(line, paint)) };

  function drawWireCut(item: PlacedWireCut, start: number, size: number): void {
    const row = required(rowOf.get(item.qubit), `the line of wire ${item.qubit}`);
    write(row, start, '─'.repeat(size), item.to);
    const text = wireCutText(item);
    const begin = start + ((size - text.length) >> 1);
    write(row, start, '─'.repeat(begin - start), item.from);
    write(row, begin, text, NOBODY);
  }

  function drawGate({ gate, subcircuits, cut }: PlacedGate, start: number, size: number): void {
    const middle = start + ((size - 1) >> 1);
    const rows = gate.qubits.map((qubit) => required(rowOf.get(qubit), `the line of wire ${qubit}`));
    const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
    const inner = cut === undefined ? (subcircuits[0] ?? NOBODY) : NOBODY;
    for (let row = top + 1; row < bottom; row += 1) {
      const crossing = cut === undefined && row % 2 === 0 ? '┼' : cut === undefined ? '│' : '╎';
      write(row, middle, crossing, inner);
    }
    if (cut !== undefined && bottom > top) write(top + 1, middle + 1, String(cut), NOBODY);
    gate.qubits.forEach((_, end) => {
      const symbol = gateSymbol(gate, end);
      const begin = start + ((size - symbol.length) >> 1);
      write(rows[end] ?? 0, begin, symbol, subcircuits[end] ?? NOBODY);
    });
  }
}

function wireCutText({ cut }: PlacedWireCut): string {
  return `╱${cut}╱`;
}

function columnWidths(layout: CircuitLayout): number[] {
  const widths = Array.from({ length: layout.columns }, () => 1);
  for (const item of layout.items) {
    let needed: number;
    if (item.kind === 'wireCut') needed = wireCutText(item).length;
    else {
      needed = Math.max(...item.gate.qubits.map((_, end) => gateSymbol(item.gate, end).length));
      // The number of a gate cut stands to the right of the line in the middle.
      if (item.cut !== undefined) needed = Math.max(needed, 2 * String(item.cut).length + 1);
    }
    widths[item.column] = Math.max(widths[item.column] ?? 1, needed);
  }
  return widths;
}

function painted(line: readonly Cell[], paint: Paint): string {
  let last = line.length;
  while (last > 0 && line[last - 1]?.text === ' ') last -= 1;
  let result = '';
  for (let i = 0; i < last;) {
    const subcircuit = line[i]?.subcircuit ?? NOBODY;
    let text = '';
    for (; i < last && line[i]?.subcircuit === subcircuit; i += 1) text += line[i]?.text ?? '';
    result += subcircuit === NOBODY ? text : paint(text, subcircuit);
  }
  return result;
}
