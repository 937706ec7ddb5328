/** Circuits of 100 to 1,100 qubits on several ranks: the same answers as alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { launch } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';

beforeEach((context) => requireOrSkip(context, 'mpi'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-wide-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Pair = readonly [number, number];

/** Rotations of all qubits, a cz for each pair, and rotations again. */
function czCircuit(qubits: number, pairs: readonly Pair[]): string {
  const rotations = (angle: (qubit: number) => number): string[] =>
    Array.from({ length: qubits }, (_, qubit) => `ry(${angle(qubit).toFixed(3)}) q[${qubit}];`);
  return [
    'OPENQASM 2.0;',
    'include "qelib1.inc";',
    `qreg q[${qubits}];`,
    ...rotations((qubit) => 0.3 + 0.01 * (qubit % 7)),
    ...pairs.map(([a, b]) => `cz q[${a}],q[${b}];`),
    ...rotations((qubit) => 0.2 + 0.01 * (qubit % 5)),
    '',
  ].join('\n');
}

/** Two rows of `length` qubits: qubits 0 to length - 1, and those from `length` on. */
function ladder(length: number): string {
  const rungs = Array.from({ length }, (_, i): Pair => [i, length + i]);
  const rails = Array.from({ length: length - 1 }, (_, i): Pair[] => [
    [i, i + 1],
    [length + i, length + i + 1],
  ]);
  return czCircuit(2 * length, [...rungs, ...rails.flat()]);
}

/** A square of qubits row by row, with layers of cz along the rows and one down the first column. */
function grid(side: number): string {
  const at = (row: number, column: number): number => side * row + column;
  const sides = Array.from({ length: side }, (_, i) => i);
  const along = (parity: number): Pair[] =>
    sides.flatMap((row) =>
      sides
        .filter((column) => column % 2 === parity && column + 1 < side)
        .map((column): Pair => [at(row, column), at(row, column + 1)]),
    );
  const down = sides.slice(1).map((row): Pair => [at(row - 1, 0), at(row, 0)]);
  return czCircuit(side * side, [...along(0), ...along(1), ...down]);
}

const CIRCUITS = {
  ghz: writeQasm(generateCircuit('ghz', { qubits: 1100 }), 2),
  ladder: ladder(500),
  grid: grid(10),
};
const ALTERNATING = '01'.repeat(50);

/** Searches that end by a proof, long before their time is over: what they find depends on nothing else. */
const PROVEN = ['--objective', 'sampling', '--time-limit', '300', '--json'];

interface Case {
  readonly name: string;
  readonly circuit: keyof typeof CIRCUITS;
  readonly argv: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'cut', circuit: 'ghz', argv: ['cut', '--max-width', '600', ...PROVEN] },
  {
    // What it would take to simulate is beyond the range of a double.
    name: 'cut by labels, for people',
    circuit: 'ghz',
    argv: ['cut', '--max-width', '1080', '--labels', 'A'.repeat(1060) + 'B'.repeat(40)],
  },
  { name: 'run', circuit: 'ghz', argv: ['run', '--max-width', '600', '--marginal', '3,12', ...PROVEN] },
  { name: 'cut', circuit: 'ladder', argv: ['cut', '--max-width', '600', ...PROVEN] },
  { name: 'run', circuit: 'ladder', argv: ['run', '--max-width', '600', '--marginal', '2,501', ...PROVEN] },
  {
    name: 'run',
    circuit: 'grid',
    argv: ['run', '-w', '12', '--marginal', '44,55', '--probability', ALTERNATING, ...PROVEN],
  },
];

/** What is printed, without seconds and without the folder that it was told. */
function comparable(stdout: string, directory: string): unknown {
  const text = stdout.replaceAll(directory, 'DIRECTORY');
  // Columns are as wide as the times in them.
  if (!text.startsWith('{')) return text.replace(/ *\d+(\.\d+)? (us|ms|s)\b/g, ' SECONDS');
  return JSON.parse(text, (key, value: unknown) =>
    key === 'seconds' || key === 'timings' ? undefined : value,
  );
}

describe.each(CASES)('$name of a wide $circuit', ({ name, circuit, argv: [command = '', ...options] }) => {
  it('gives on 2 and 3 ranks what it gives alone', { timeout: 240_000 }, async () => {
    const file = join(folder, `${circuit}.qasm`);
    writeFileSync(file, CIRCUITS[circuit]);
    // One thread: predictions of time and memory depend on how many there are.
    const argv = (directory: string): string[] => [
      command,
      file,
      '--output',
      directory,
      '--threads',
      '1',
      ...options,
    ];
    const reference = join(folder, `${circuit}-${name}`);
    const alone = kroncut(argv(reference));
    expect(alone, alone.stderr).toMatchObject({ status: 0 });
    const expected = comparable(alone.stdout, reference);
    if (options.includes('--json') && command === 'cut') expect(expected).toMatchObject({ proven: true });
    for (const ranks of [2, 3]) {
      const directory = `${reference}-${ranks}`;
      const { status, stdout, stderr } = await launch(mainFile, argv(directory), {
        launcher: 'mpi',
        variant: 'mpi',
        ranks,
        timeoutMs: 100_000,
      });
      expect(status, stderr).toBe(0);
      expect(comparable(stdout, directory)).toEqual(expected);
    }
  });
});
