/**
 * `npm run bench -- --only cut`: the finder on circuits of all families, against a plain Kernighan-Lin partition of the
 * qubits. The table is kept in docs/cut-benchmark.md.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  dryRunCut,
  FAMILIES as FAMILIES_KNOWN,
  KroncutError,
  readQasm,
  type Circuit,
  type CutSummary,
} from 'kroncut';
import { FOLDER, generated, program, published, type NamedText } from './circuits.js';

const FILE = path.join(FOLDER, 'docs', 'cut-benchmark.md');
/** Seconds for one search; for one of thousands of gates. */
const TIME_LIMIT = 20;
const LARGE_TIME_LIMIT = 55;
const LARGE_GATES = 10_000;

interface Instance extends NamedText {
  readonly maxWidth: number;
  readonly maxSubcircuits?: number;
  /** Gamma that qiskit-addon-cutting 0.10 finds (measured 2026-11, gates and wires, default limits). */
  readonly rival?: number;
}

/** Family, qubits, layers, widths. */
const FAMILIES: readonly (readonly [string, number, number | undefined, readonly number[]])[] = [
  ['bv', 20, undefined, [6, 11]],
  ['bv', 60, undefined, [10, 31]],
  ['ghz', 20, undefined, [7, 10]],
  ['ghz', 60, undefined, [10, 20]],
  ['ghz', 200, undefined, [25]],
  ['qft', 5, undefined, [3, 4]],
  ['qft', 8, undefined, [4, 6]],
  ['qft', 12, undefined, [8]],
  ['aqft', 12, undefined, [8]],
  ['aqft', 22, undefined, [16, 20]],
  ['aqft', 40, undefined, [30]],
  ['adder', 10, undefined, [6, 8]],
  ['adder', 22, undefined, [8, 15]],
  ['adder', 42, undefined, [15, 30]],
  ['hwea', 14, 2, [7, 10]],
  ['hwea', 30, 2, [10, 16]],
  ['hwea', 60, 3, [20, 31]],
  ['hwea', 1000, 2, [100]],
  ['supremacy', 12, 8, [8]],
  ['supremacy', 16, 8, [10, 12]],
  ['supremacy', 20, 8, [12, 15]],
  ['supremacy', 30, 8, [20]],
  ['supremacy', 64, 8, [30]],
  ['supremacy', 100, 12, [40]],
  ['regular', 10, 1, [6, 8]],
  ['regular', 20, 1, [12, 15]],
  ['regular', 30, 1, [20]],
  ['regular', 16, 2, [12]],
  ['regular', 60, 1, [25]],
  ['regular', 200, 1, [60]],
  ['random', 8, 2, [5, 6]],
  ['random', 12, 2, [8]],
  ['random', 16, 1, [10, 12]],
  ['random', 24, 1, [16]],
  ['random', 20, 6, [12]],
  ['random', 100, 4, [40]],
];

/** Circuits that are read where they are there: file, width, subcircuits, the rival's gamma. */
const FILES: readonly (readonly [string, number, number | undefined, number | undefined])[] = [
  ['adder10.qasm', 6, undefined, 16],
  ['cutqc_adder_22.qasm', 15, undefined, 16],
  ['ghz20.qasm', 10, undefined, 3],
  ['hwea14.qasm', 10, undefined, 3],
  ['qft5.qasm', 4, undefined, 576],
  ['cutqc_supremacy_16.qasm', 12, undefined, 81],
  ['cutqc_supremacy_20.qasm', 15, undefined, 243],
  ['cutqc_aqft_22.qasm', 20, undefined, 25.1],
  ['cutqc_regular_20.qasm', 15, undefined, 3.9e8],
  ['qaoa12.qasm', 8, undefined, 3.9e8],
  ['cliques8.qasm', 4, undefined, undefined],
  ['star7.qasm', 2, undefined, undefined],
  ['su2_4.qasm', 2, undefined, undefined],
  ['brick24.qasm', 20, 2, undefined],
];

/** A grid of cx: along the rows, then along the columns. */
function grid(side: number): string {
  const at = (row: number, column: number): number => row * side + column;
  const lines: string[] = [];
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j + 1 < side; j += 1) lines.push(`cx q[${at(i, j)}],q[${at(i, j + 1)}];`);
  }
  for (let i = 0; i + 1 < side; i += 1) {
    for (let j = 0; j < side; j += 1) lines.push(`cx q[${at(i, j)}],q[${at(i + 1, j)}];`);
  }
  return program(side * side, lines);
}

/** A ring, a ladder and a binary tree of cx. */
function shape(kind: 'ring' | 'ladder' | 'tree', qubits: number): string {
  const pairs: [number, number][] = [];
  for (let i = 1; i < qubits; i += 1) {
    if (kind === 'tree') pairs.push([(i - 1) >> 1, i]);
    else if (kind === 'ring') pairs.push([i - 1, i]);
    else if (i >= 2) pairs.push([i - 2, i]);
    if (kind === 'ladder' && i % 2 === 1) pairs.push([i - 1, i]);
  }
  if (kind === 'ring') pairs.push([qubits - 1, 0]);
  const lines = pairs.map(([a, b]) => `cx q[${a}],q[${b}];`);
  return program(qubits, lines);
}

/** Layers of cx between neighbours of a chain, and as many again between qubits two or three apart. */
function nearPairs(qubits: number, layers: number): string {
  const lines: string[] = [];
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let layer = 0; layer < layers; layer += 1) {
    for (let i = layer % 2; i + 1 < qubits; i += 2) {
      lines.push(
        `rz(0.${1 + random(8)}) q[${i}];`,
        `ry(0.${1 + random(8)}) q[${i + 1}];`,
        `cx q[${i}],q[${i + 1}];`,
      );
    }
    for (let count = 0; count < qubits / 2; count += 1) {
      const first = random(qubits - 3);
      lines.push(`ry(0.${1 + random(8)}) q[${first}];`, `cx q[${first}],q[${first + 2 + random(2)}];`);
    }
  }
  return program(qubits, lines);
}

/** Families that have randomness. */
const SEEDED = new Set(FAMILIES_KNOWN.filter(({ seed }) => seed !== undefined).map(({ name }) => name));

function instances(): Instance[] {
  const made: Instance[] = FAMILIES.flatMap(([family, qubits, depth, widths]) => {
    const circuit = generated(family, qubits, depth, SEEDED.has(family));
    return widths.map((maxWidth) => ({ ...circuit, maxWidth }));
  });
  for (const [side, maxWidth] of [
    [4, 8],
    [5, 13],
    [5, 9],
    [6, 18],
    [10, 40],
    [16, 100],
  ] as const) {
    made.push({ name: `grid ${side}x${side}`, text: grid(side), maxWidth, maxSubcircuits: 3 });
  }
  made.push({ name: 'near pairs, 20 layers', text: nearPairs(1000, 20), maxWidth: 100 });
  for (const [kind, qubits, maxWidth] of [
    ['ring', 60, 10],
    ['ladder', 60, 10],
    ['tree', 63, 12],
    ['tree', 255, 40],
  ] as const) {
    made.push({ name: `${kind} ${qubits}`, text: shape(kind, qubits), maxWidth });
  }
  for (const [file, maxWidth, maxSubcircuits, rival] of FILES) {
    const text = published(file);
    if (text === undefined) continue;
    made.push({
      name: file.replace(/\.qasm$/, ''),
      text,
      maxWidth,
      ...(maxSubcircuits === undefined ? {} : { maxSubcircuits }),
      ...(rival === undefined ? {} : { rival }),
    });
  }
  return made;
}

/**
 * Parts of the qubits by Kernighan and Lin's idea (1970): equal parts in order, then the swap of two qubits that saves
 * most gates between parts, as long as one does.
 */
function kernighanLin({ qubits, gates }: Circuit, maxWidth: number): number[] {
  const parts = Math.ceil(qubits / maxWidth);
  const part = Array.from({ length: qubits }, (_, qubit) => Math.floor((qubit * parts) / qubits));
  const weight = Array.from({ length: qubits }, () => new Map<number, number>());
  for (const { qubits: on } of gates) {
    const [a, b] = on;
    if (a === undefined || b === undefined) continue;
    weight[a]?.set(b, (weight[a].get(b) ?? 0) + 1);
    weight[b]?.set(a, (weight[b].get(a) ?? 0) + 1);
  }
  // links[q * parts + p]: gates between a qubit and a part.
  const links = new Float64Array(qubits * parts);
  const link = (qubit: number, target: number): number => links[qubit * parts + target] ?? 0;
  const count = (qubit: number, target: number, sign: number): void => {
    for (const [other, w] of weight[qubit] ?? []) {
      links[other * parts + target] = link(other, target) + sign * w;
    }
  };
  part.forEach((own, qubit) => count(qubit, own, 1));
  for (;;) {
    let most = 0;
    let swap: readonly [number, number] | undefined;
    for (let a = 0; a < qubits; a += 1) {
      for (let b = a + 1; b < qubits; b += 1) {
        const [pa = 0, pb = 0] = [part[a], part[b]];
        if (pa === pb) continue;
        const between = 2 * (weight[a]?.get(b) ?? 0);
        const gain = link(a, pb) - link(a, pa) + link(b, pa) - link(b, pb) - between;
        if (gain > most) {
          most = gain;
          swap = [a, b];
        }
      }
    }
    if (swap === undefined) return part;
    const [a, b] = swap;
    for (const [qubit, to] of [
      [a, part[b] ?? 0],
      [b, part[a] ?? 0],
    ] as const) {
      count(qubit, part[qubit] ?? 0, -1);
      count(qubit, to, 1);
    }
    [part[a], part[b]] = [part[b] ?? 0, part[a] ?? 0];
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

async function summaryOf(
  { text, maxWidth, maxSubcircuits }: Instance,
  timeLimit: number,
  labels?: string,
): Promise<CutSummary | undefined> {
  try {
    const { cut } = await dryRunCut(
      { text },
      labels === undefined
        ? { directory: '', maxWidth, maxSubcircuits, objective: 'sampling', timeLimit }
        : { directory: '', objective: 'sampling', labels },
    );
    return cut;
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'infeasible') return undefined;
    throw error;
  }
}

function number(value: number): string {
  return value < 1e6 ? String(Number(value.toPrecision(6))) : value.toExponential(3);
}

/** Prints the table, and keeps it. */
export async function cutTable(keep: boolean): Promise<void> {
  const head =
    '| circuit | qubits | two-qubit gates | width | wire cuts | gate cuts | gamma | lower bound | proven | seconds | ' +
    'Kernighan-Lin | rival |';
  const rows = [head, `|${' --- |'.repeat(12)}`];
  let proven = 0;
  const all = instances();
  for (const instance of all) {
    process.stderr.write(`${instance.name}, width ${instance.maxWidth} ...\n`);
    const circuit = readQasm(instance.text, { file: instance.name });
    const pairs = circuit.gates.filter(({ qubits }) => qubits.length === 2).length;
    const timeLimit = pairs > LARGE_GATES ? LARGE_TIME_LIMIT : TIME_LIMIT;
    const found = await summaryOf(instance, timeLimit);
    const parts = kernighanLin(circuit, instance.maxWidth);
    const start =
      new Set(parts).size > LETTERS.length
        ? undefined
        : await summaryOf(instance, timeLimit, parts.map((part) => LETTERS[part] ?? 'A').join(''));
    proven += found?.proven === true ? 1 : 0;
    const bound = found?.lowerBound ?? undefined;
    const cells = [
      instance.name,
      circuit.qubits,
      pairs,
      instance.maxWidth,
      found?.wireCuts ?? '',
      found?.gateCuts ?? '',
      found === undefined ? 'none found' : number(found.gamma),
      bound === undefined ? '' : number(Math.sqrt(bound)),
      found?.proven === true ? 'yes' : 'no',
      found?.seconds.toFixed(2) ?? '',
      start === undefined ? '' : number(start.gamma),
      instance.rival === undefined ? '' : number(instance.rival),
    ];
    rows.push(`| ${cells.join(' | ')} |`);
  }
  const text = [
    '# The finder on a benchmark set',
    '',
    'Least sampling overhead with cuts of wires and gates, gates on one pair merged first. `gamma` is its square root, ' +
      '`lower bound` what no cuts within the limits undercut; grids may fall into at most three subcircuits. ' +
      'Kernighan-Lin: gamma of a plain partition of the qubits whose crossing gates are cut. Rival: ' +
      'qiskit-addon-cutting 0.10, `find_cuts`, on the same circuits (2026-11). Seconds are of one machine with two ' +
      `cores; a search has ${TIME_LIMIT} s, ${LARGE_TIME_LIMIT} s where there are more than ${LARGE_GATES} two-qubit gates. \`npm run bench -- --only cut\` writes this page.`,
    '',
    `${proven} of ${all.length} are proven.`,
    '',
    ...rows,
    '',
  ].join('\n');
  process.stdout.write(text);
  if (keep) await writeFile(FILE, text);
}
