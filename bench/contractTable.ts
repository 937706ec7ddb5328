/**
 * `npm run bench -- --only contract`: chains, rings and grids of subcircuits, from their circuits: operations against
 * those of the sum over Pauli strings, and the measured time against the predicted one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cut, evaluate, reconstruct } from 'kroncut';

export interface Shape {
  readonly name: string;
  readonly parts: number;
  /** Qubits of each part. */
  readonly width: number;
  readonly pairs: readonly (readonly [number, number])[];
}

export function chain(parts: number, width: number): Shape {
  const pairs = Array.from({ length: parts - 1 }, (_, i): [number, number] => [i, i + 1]);
  return { name: `chain of ${parts}`, parts, width, pairs };
}

function ring(parts: number, width: number): Shape {
  const { pairs } = chain(parts, width);
  return { name: `ring of ${parts}`, parts, width, pairs: [...pairs, [parts - 1, 0]] };
}

function grid(rows: number, columns: number, width: number): Shape {
  const pairs: [number, number][] = [];
  for (let at = 0; at < rows * columns; at += 1) {
    if ((at + 1) % columns !== 0) pairs.push([at, at + 1]);
    if (at + columns < rows * columns) pairs.push([at, at + columns]);
  }
  return { name: `grid of ${rows} x ${columns}`, parts: rows * columns, width, pairs };
}

/** Every pair is joined by so many cx. */
export function doubled(shape: Shape): Shape {
  return { ...shape, name: `${shape.name}, twice joined`, pairs: [...shape.pairs, ...shape.pairs] };
}

/** Parts of qubits with gates of their own, and a cx for every pair of parts, to be cut. */
export function circuitOf({ parts, width, pairs }: Shape): { text: string; labels: string } {
  let state = 1;
  const angle = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state / 2 ** 32) * 2 * Math.PI).toFixed(6);
  };
  const lines: string[] = [];
  const qubits = Array.from({ length: parts * width }, (_, qubit) => qubit);
  const layer = (): void => {
    for (const qubit of qubits) lines.push(`u3(${angle()},${angle()},${angle()}) q[${qubit}];`);
    for (const qubit of qubits) if ((qubit + 1) % width !== 0) lines.push(`cx q[${qubit}],q[${qubit + 1}];`);
  };
  layer();
  const used = Array.from({ length: parts }, () => 0);
  const next = (part: number): number => {
    const place = used[part] ?? 0;
    used[part] = place + 1;
    return part * width + (place % width);
  };
  for (const [a, b] of pairs) {
    const [from, to] = [next(a), next(b)];
    lines.push(`cx q[${from}],q[${to}];`, `u3(${angle()},${angle()},${angle()}) q[${from}];`);
    lines.push(`u3(${angle()},${angle()},${angle()}) q[${to}];`);
  }
  layer();
  const header = `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${parts * width}];\n`;
  const labels = qubits.map((qubit) => String.fromCharCode(65 + Math.floor(qubit / width))).join('');
  return { text: `${header}${lines.join('\n')}\n`, labels };
}

function shapes(quick: boolean): Shape[] {
  if (quick) return [chain(4, 2), ring(4, 2), grid(2, 2, 2)];
  return [
    chain(4, 6),
    chain(6, 4),
    chain(9, 3),
    doubled(chain(4, 6)),
    doubled(chain(5, 5)),
    ring(4, 6),
    ring(6, 4),
    ring(8, 3),
    doubled(ring(5, 5)),
    grid(2, 2, 6),
    grid(2, 3, 4),
    grid(2, 4, 3),
    grid(3, 3, 3),
  ];
}

/** Runs of a case; the fastest counts, as the others were disturbed. */
const REPEATS = 5;

export async function contractTable(quick: boolean, threads: number | undefined): Promise<void> {
  const rows = [
    [
      'network',
      'qubits',
      'cuts',
      'operations',
      'naive',
      'ratio',
      'predicted',
      'measured',
      'measured/predicted',
    ],
  ];
  for (const shape of shapes(quick)) {
    const directory = await mkdtemp(path.join(tmpdir(), 'kroncut-bench-'));
    try {
      const { text, labels } = circuitOf(shape);
      await cut({ text, name: shape.name }, { directory, labels });
      await evaluate(directory, { threads });
      let [predicted, measured] = [Infinity, Infinity];
      let [flops, naive] = [0, 0];
      for (let repeat = 0; repeat < (quick ? 1 : REPEATS); repeat += 1) {
        const asked = { top: 10, bondTolerance: 0, explain: true, threads };
        const [found] = (await reconstruct(directory, asked)).explanation?.contractions ?? [];
        if (found === undefined) throw new Error(`${shape.name}: nothing was explained`);
        predicted = Math.min(predicted, found.predictedSeconds);
        measured = Math.min(measured, found.seconds ?? Infinity);
        ({ flops, naiveFlops: naive } = found);
      }
      rows.push([
        shape.name,
        String(shape.parts * shape.width),
        String(shape.pairs.length),
        flops.toExponential(2),
        naive.toExponential(2),
        (naive / flops).toExponential(1),
        `${(1e3 * predicted).toPrecision(3)} ms`,
        `${(1e3 * measured).toPrecision(3)} ms`,
        (measured / predicted).toPrecision(2),
      ]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  '));
  }
}
