/** A drawing of a cut circuit for a terminal. */
import { gateSymbol, type CircuitLayout, type PlacedGate, type PlacedWireCut } from './circuitLayout.js';
import { required } from '../../error.js';

/** Colours a piece of text that belongs to a subcircuit. */
export type Paint = (text: string, subcircuit: number) => string;

/** Room for a drawing: where it does not fit, there is none. */
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
  const frame = frameOf(layout, qubits);
  const { height, width } = frame;
  if (height > limits.lines) return { reason: `it needs ${height} lines, and ${limits.lines} are allowed` };
  if (width > limits.columns) {
    return { reason: `it is ${width} characters wide, and ${limits.columns} are allowed` };
  }
  const canvas = new Canvas(frame);
  canvas.drawWires(layout, qubits);
  for (const item of layout.items) {
    if (item.kind === 'wireCut') canvas.drawWireCut(item);
    else canvas.drawGate(item);
  }
  return { lines: canvas.grid.map((line) => painted(line, paint)) };
}

/** Where everything stands. */
interface Frame {
  readonly height: number;
  readonly width: number;
  /** Texts before and behind the wire of each qubit that has gates. */
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** Where wires begin and end. */
  readonly begin: number;
  readonly end: number;
  /** First character and size of each column. */
  readonly columns: readonly { readonly start: number; readonly size: number }[];
  /** Line of each qubit. */
  readonly rowOf: ReadonlyMap<number, number>;
}

function frameOf(layout: CircuitLayout, qubits: readonly number[]): Frame {
  const left = qubits.map((qubit) => `q${qubit} (${layout.wires[qubit]?.[0]?.subcircuit})`);
  const right = qubits.map((qubit) => ` (${layout.wires[qubit]?.at(-1)?.subcircuit})`);
  const begin = Math.max(...left.map(({ length }) => length)) + 1;
  let end = begin + 1;
  const columns = columnWidths(layout).map((size) => {
    const start = end;
    end += size + 1;
    return { start, size };
  });
  return {
    height: 2 * qubits.length - 1,
    width: end + Math.max(...right.map(({ length }) => length)),
    left,
    right,
    begin,
    end,
    columns,
    rowOf: new Map(qubits.map((qubit, i) => [qubit, 2 * i])),
  };
}

class Canvas {
  readonly grid: Cell[][];

  constructor(private readonly frame: Frame) {
    this.grid = Array.from({ length: frame.height }, () =>
      Array.from({ length: frame.width }, (): Cell => ({ text: ' ', subcircuit: NOBODY })),
    );
  }

  drawWires(layout: CircuitLayout, qubits: readonly number[]): void {
    const { left, right, begin, end, columns } = this.frame;
    qubits.forEach((qubit, i) => {
      const wire = layout.wires[qubit] ?? [];
      this.write(2 * i, 0, required(left[i], 'the start of a wire'), wire[0]?.subcircuit ?? NOBODY);
      for (const piece of wire) {
        const from = piece.start === 0 ? begin : (columns[piece.start]?.start ?? begin);
        const to = columns[piece.end]?.start ?? end;
        this.write(2 * i, from, '─'.repeat(Math.max(0, to - from)), piece.subcircuit);
      }
      this.write(2 * i, end, required(right[i], 'the end of a wire'), wire.at(-1)?.subcircuit ?? NOBODY);
    });
  }

  drawWireCut(item: PlacedWireCut): void {
    const { start, size } = this.column(item.column);
    const row = this.row(item.qubit);
    this.write(row, start, '─'.repeat(size), item.to);
    const text = wireCutText(item);
    const begin = start + ((size - text.length) >> 1);
    this.write(row, start, '─'.repeat(begin - start), item.from);
    this.write(row, begin, text, NOBODY);
  }

  drawGate({ gate, subcircuits, cut, column }: PlacedGate): void {
    const { start, size } = this.column(column);
    const middle = start + ((size - 1) >> 1);
    const rows = gate.qubits.map((qubit) => this.row(qubit));
    const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
    const inner = cut === undefined ? (subcircuits[0] ?? NOBODY) : NOBODY;
    for (let row = top + 1; row < bottom; row += 1) {
      const crossing = cut === undefined && row % 2 === 0 ? '┼' : cut === undefined ? '│' : '╎';
      this.write(row, middle, crossing, inner);
    }
    if (cut !== undefined && bottom > top) this.write(top + 1, middle + 1, String(cut), NOBODY);
    rows.forEach((row, end) => {
      const symbol = gateSymbol(gate, end);
      const begin = start + ((size - symbol.length) >> 1);
      this.write(row, begin, symbol, subcircuits[end] ?? NOBODY);
    });
  }

  private column(number: number): { readonly start: number; readonly size: number } {
    return required(this.frame.columns[number], `column ${number}`);
  }

  private row(qubit: number): number {
    return required(this.frame.rowOf.get(qubit), `the line of wire ${qubit}`);
  }

  /** What does not fit is left out. */
  private write(row: number, column: number, text: string, subcircuit: number): void {
    const line = required(this.grid[row], `line ${row}`);
    text.split('').forEach((character, i) => {
      if (column + i < this.frame.width) line[column + i] = { text: character, subcircuit };
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
