/** `npm run bench -- --only compile`: what compiling saves, on circuits from generators and on published ones. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  compile,
  KroncutError,
  partitionCircuit,
  readQasm,
  unfoldBlocks,
  writeQasm,
  type Circuit,
  type CompileOptions,
  type CompileResult,
} from 'kroncut';
import { FOLDER, generated, program, published, type NamedText } from './circuits.js';
import { familyCircuits } from './compileFamilies.js';
import { comparisonLines, rivalsOf, type Comparison } from './compileRivals.js';

const FILE = path.join(FOLDER, 'docs', 'compile-benchmark.md');
/** Seconds for one circuit; what is not done by then is not in the table. */
const TIME_LIMIT = 120;

interface Instance extends NamedText {
  readonly runs: readonly CompileOptions[];
  /** What BQSKit 1.2.1 makes of it: number of `cx`, and in what time. */
  readonly rival?: string;
}

const blocks = (...sizes: readonly number[]): CompileOptions[] => sizes.map((blockSize) => ({ blockSize }));

/** Family, qubits, layers, block sizes. */
const FAMILIES: readonly (readonly [string, number, number | undefined, readonly number[]])[] = [
  ['qft', 5, undefined, [3]],
  ['qft', 8, undefined, [3]],
  ['aqft', 12, undefined, [3]],
  ['adder', 10, undefined, [3]],
  ['supremacy', 12, 8, [3]],
  ['regular', 10, 1, [3]],
  ['random', 6, 3, [3]],
];

/**
 * Circuits that are read where they are there, and the rival's figures: blocks of four with gate deletion at 1e-8 a
 * block, or its resynthesis of blocks of three (level 3).
 */
const FILES: readonly (readonly [string, readonly CompileOptions[], string | undefined])[] = [
  ['grover5', blocks(3, 4), '45 in 11 s, 44 in 54 s; level 3: 48 in 64 s'],
  ['qft5', blocks(3), 'level 3: 19 in 26 s'],
  ['heisenberg16', blocks(3, 4), '327 in 22 s; level 3: 211 in 364 s'],
  ['adder63', blocks(3), '1294 in 160 s'],
  ['tfim64', blocks(3), 'about 16 minutes'],
  ['qft64', blocks(3), undefined],
  ['shor26', blocks(3), undefined],
  ['qaoa12', blocks(3), undefined],
  ['adder63_block28', blocks(3), undefined],
  ['vqe12_block145', blocks(3), undefined],
  ['adder9_u3cx', blocks(3, 4), undefined],
  ['ae6', blocks(3, 4), undefined],
  ['multiplier15', blocks(3), undefined],
  ['qram20', blocks(3), undefined],
  ['qcla_com7', blocks(3), undefined],
  ['mod_red21', blocks(3, 4), undefined],
  ['uccsd4', blocks(3, 4), undefined],
  ['basis_trotter4', blocks(3, 4), undefined],
];

/** A step of one term; `ryy` is not in the library of OpenQASM 2 that others read. */
function coupled(axis: 'rxx' | 'ryy' | 'rzz', a: string, b: string): string[] {
  if (axis !== 'ryy') return [`${axis}(0.25) ${a},${b};`];
  const turns = (sign: '' | '-'): string[] => [a, b].map((q) => `rx(${sign}pi/2) ${q};`);
  return [...turns(''), `rzz(0.25) ${a},${b};`, ...turns('-')];
}

/** Trotter steps of a chain: Heisenberg's interaction, or Ising's with a field across. */
function trotter(model: 'heisenberg' | 'ising', qubits: number, steps: number): string {
  const lines: string[] = [];
  const axes = model === 'heisenberg' ? (['rxx', 'ryy', 'rzz'] as const) : (['rzz'] as const);
  for (let step = 0; step < steps; step += 1) {
    for (const axis of axes) {
      for (let q = 0; q + 1 < qubits; q += 1) lines.push(...coupled(axis, `q[${q}]`, `q[${q + 1}]`));
    }
    for (let q = 0; q < qubits; q += 1)
      lines.push(model === 'ising' ? `rx(0.3) q[${q}];` : `rz(0.1) q[${q}];`);
  }
  return program(qubits, lines);
}

/** The and of all qubits but the last onto a spare one and back, by ladders of Toffoli gates. */
function toffoliLadder(qubits: number): string {
  const lines: string[] = [];
  for (let q = 0; q + 2 < qubits; q += 1) lines.push(`ccx q[${q}],q[${q + 1}],q[${q + 2}];`);
  return program(qubits, [...lines, ...lines.slice(0, -1).toReversed()]);
}

/** A part of a circuit that the rival's rate is known for, as far as blocks of two programs are the same. */
function firstBlocks(name: string, circuit: Circuit): Instance {
  const [count, size] = [22, 4];
  const gates = unfoldBlocks(circuit, partitionCircuit(circuit, size).slice(0, count));
  return {
    name: `${name}, its first ${count} blocks of ${size}`,
    text: writeQasm({ ...circuit, gates }, 2),
    runs: [{ blockSize: size }],
    rival: '102 to 92 in its own first 22 blocks',
  };
}

/** Families that are nothing without a seed; adders without one add 0 and 0. */
const SEEDED = new Set(['supremacy', 'regular', 'random']);

function instances(): Instance[] {
  const made: Instance[] = FAMILIES.map(([family, qubits, depth, sizes]) => ({
    ...generated(family, qubits, depth, SEEDED.has(family)),
    runs: blocks(...sizes),
  }));
  for (const qubits of [6, 12]) {
    made.push({ name: `Toffoli ${qubits}`, text: toffoliLadder(qubits), runs: blocks(3) });
  }
  for (const qubits of [6, 12]) {
    made.push({
      name: `Trotter, Heisenberg ${qubits}`,
      text: trotter('heisenberg', qubits, 3),
      runs: blocks(3),
    });
    made.push({ name: `Trotter, Ising ${qubits}`, text: trotter('ising', qubits, 4), runs: blocks(3) });
  }
  for (const family of familyCircuits()) made.push({ ...family, runs: blocks(3) });
  for (const [name, runs, rival] of FILES) {
    const text = published(`${name}.qasm`);
    if (text === undefined) continue;
    if (name === 'tfim64') made.push(firstBlocks(name, readQasm(text, { file: name })));
    made.push({ name, text, runs, ...(rival === undefined ? {} : { rival }) });
  }
  return made;
}

/** Number of `cx` that a gate takes by itself; one, where it is not here. */
const CX_OF: Readonly<Record<string, number>> = { cp: 2, crz: 2, cu1: 2, rxx: 2, ryy: 2, rzz: 2, swap: 3 };

/** Number of `cx` that the gates on two qubits take one by one, and of gates on one. */
function counts({ gates }: Circuit): readonly [number, number] {
  let [cx, one] = [0, 0];
  for (const { name, qubits } of gates) {
    if (qubits.length === 1) one += 1;
    else cx += CX_OF[name] ?? 1;
  }
  return [cx, one];
}

async function compiled(text: string, options: CompileOptions): Promise<CompileResult | undefined> {
  try {
    return await compile({ text }, { ...options, signal: AbortSignal.timeout(1000 * TIME_LIMIT) });
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'cancelled') return undefined;
    throw error;
  }
}

/** One run: what came out, and the cells from the block size to the distance. */
async function cellsOf(
  name: string,
  text: string,
  options: CompileOptions,
): Promise<{ readonly result: CompileResult | undefined; readonly cells: readonly (string | number)[] }> {
  const { blockSize = '', ...more } = options;
  const set = Object.entries(more).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const asked = [blockSize, ...set].join(', ');
  process.stderr.write(`${name}, blocks of ${asked} ...\n`);
  const before = process.cpuUsage();
  const result = await compiled(text, options);
  const { user, system } = process.cpuUsage(before);
  if (result === undefined)
    return { result, cells: [asked, `not within ${TIME_LIMIT} s`, '', '', '', '', ''] };
  const cells = [
    asked,
    result.after.gates['cx'] ?? 0,
    result.after.gates['u3'] ?? 0,
    result.seconds.toFixed(2),
    ((user + system) / 1e6).toFixed(2),
    result.errorBound.toExponential(1),
    result.distance?.toExponential(1) ?? '',
  ];
  return { result, cells };
}

/** Circuits of more `cx` take the rivals too long. */
const MOST_COMPARED = 1000;

/** Fewest `cx` of several runs, and the seconds of the run that found them. */
function bestOf(results: readonly CompileResult[]): Pick<Comparison, 'ours' | 'seconds'> {
  const counted = results.map(({ after, seconds }) => ({ ours: after.gates['cx'] ?? 0, seconds }));
  return counted.reduce((a, b) => (b.ours < a.ours ? b : a), { ours: Infinity, seconds: 0 });
}

/** Prints the table, and keeps it. */
export async function compileTable(keep: boolean): Promise<void> {
  const head =
    '| circuit | qubits | cx before | others before | block size | cx after | u3 after | seconds | CPU seconds | error bound | ' +
    'distance | rival |';
  const rows = [head, `|${' --- |'.repeat(12)}`];
  const comparisons: Comparison[] = [];
  for (const { name, text, runs, rival } of instances()) {
    const circuit = readQasm(text, { file: name });
    const [cx, one] = counts(circuit);
    const results: CompileResult[] = [];
    for (const options of runs) {
      const { result, cells } = await cellsOf(name, text, options);
      if (result !== undefined) results.push(result);
      rows.push(`| ${[name, circuit.qubits, cx, one, ...cells, rival ?? ''].join(' | ')} |`);
    }
    if (cx > MOST_COMPARED) continue;
    const rivals = rivalsOf(text);
    if (rivals.length === 0) continue;
    const best = bestOf(results);
    // What others gain by pairs and orders that ours may not have shows when ours has them.
    const free = rivals.some((other) => other.cx < best.ours)
      ? await compiled(text, { blockSize: 3, newPairs: true, permuteOutput: true })
      : undefined;
    comparisons.push({ name, before: cx, ...best, free: free?.after.gates['cx'], rivals });
  }
  const text = [
    '# Compiling on a benchmark set',
    '',
    '`kroncut compile` with its defaults, except for what stands under block size. Before: as many `cx` as the gates ' +
      'on two qubits take one by one, and the other gates. Error bound ' +
      'and distance are 1 - |Tr| / 2^n; the distance is measured up to twelve qubits. Trotter circuits have ' +
      'three steps (Heisenberg) or four (Ising). Rival: `cx` after BQSKit 1.2.1 with two workers, on another ' +
      'machine with two cores (2026-11): gate deletion in blocks of four at 1e-8 a block, or, where it says level 3, its ' +
      'resynthesis of blocks of three. Seconds are of one machine with two cores, which others may have used beside: CPU seconds are ' +
      'those of both cores that this took. A circuit has ' +
      `${TIME_LIMIT} s. \`npm run bench -- --only compile\` writes this page.`,
    '',
    ...rows,
    '',
    ...comparisonLines(comparisons),
  ].join('\n');
  process.stdout.write(text);
  if (keep) await writeFile(FILE, text);
}
