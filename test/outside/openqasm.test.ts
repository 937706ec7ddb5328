/** What we write, Qiskit, pytket and BQSKit read as the same circuit, and we what they write. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/circuit/families/familyList.js';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { gateOf, GATES } from '../../src/circuit/gates.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { Random } from '../../src/circuit/random.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { unitaryOf } from '../support/denseSimulator.js';
import { kroncut } from '../support/kroncut.js';
import { distance, python } from '../support/otherPrograms.js';
import { missing, requireOrSkip } from '../support/requirements.js';

/** What a reader made of a file. */
interface Seen {
  readonly error?: string;
  readonly matrix?: readonly number[];
  readonly outcomes?: readonly (readonly [bit: number, qubit: number])[];
  readonly resets?: number;
  readonly marks?: number;
}

/** Above, matrices are not compared. */
const MOST_QUBITS = 6;

let folder = '';
/** The circuit that each file is, where it is one. */
const circuits = new Map<string, Pick<Circuit, 'qubits' | 'gates' | 'outcomes' | 'measured'>>();
let seen: Record<string, Record<string, Seen>> = {};

function keep(name: string, circuit: Circuit): void {
  for (const version of [2, 3] as const) {
    const file = `${name}.${version === 2 ? 'qasm' : 'qasm3'}`;
    writeFileSync(path.join(folder, file), writeQasm(circuit, version));
    circuits.set(file, circuit);
  }
}

/** Every gate of the table to two qubits, alone. */
function singleGates(): void {
  for (const spec of GATES.values()) {
    if (!spec.matrix) continue;
    // The parameter of u0 counts lengths of time.
    const angles = spec.name === 'u0' ? [1] : [0.7, -1.3, 2.1, 0.4];
    const gate: Gate = gateOf(spec.name, [2, 0].slice(0, spec.qubits), ...angles.slice(0, spec.params));
    keep(`gate_${spec.name}`, makeCircuit(3, [gate]));
  }
}

function run(...argv: readonly string[]): void {
  const { status, stderr } = kroncut(argv);
  if (status !== 0) throw new Error(`kroncut ${argv.join(' ')}: ${stderr}`);
}

/** Files that commands write: families, cuts and subcircuits, compiled circuits. */
function filesOfCommands(): void {
  for (const { name } of FAMILIES) {
    for (const suffix of ['qasm', 'qasm3']) {
      const file = path.join(folder, `family_${name}.${suffix}`);
      run(
        'generate',
        name,
        '--qubits',
        '6',
        '--seed',
        '3',
        '-o',
        file,
        '--format',
        suffix === 'qasm' ? 'qasm2' : 'qasm3',
      );
      circuits.set(path.basename(file), readQasm(readFileSync(file, 'utf8')));
    }
  }
  const compiled = path.join(folder, 'compiled.qasm');
  run(
    'compile',
    path.join(folder, 'family_hwea.qasm'),
    '-o',
    compiled,
    '--work',
    path.join(folder, 'work'),
    '--quiet',
  );
  circuits.set('compiled.qasm', readQasm(readFileSync(compiled, 'utf8')));
  permutedFiles();
  for (const [name, options] of [
    ['supremacy', ['--wire-cuts-only']],
    ['regular', ['--gate-cuts-only']],
    ['hwea', ['--reuse-qubits']],
  ] as const) {
    const directory = path.join(folder, `run_${name}`);
    run('cut', path.join(folder, `family_${name}.qasm`), '-o', directory, '--max-width', '4', ...options);
    const circuit = readFileSync(path.join(directory, 'circuit.qasm'), 'utf8');
    writeFileSync(path.join(folder, `cut_${name}.qasm`), circuit);
    circuits.set(`cut_${name}.qasm`, readQasm(circuit));
    for (const piece of readdirSync(path.join(directory, 'subcircuits'))) {
      const text = readFileSync(path.join(directory, 'subcircuits', piece), 'utf8');
      writeFileSync(path.join(folder, `piece_${name}_${piece}`), text);
    }
  }
}

/** Circuits with swaps, measured in part, all or not at all, and what is compiled of them with their qubits in another order. */
const permuted = new Map<string, { readonly original: string; readonly permutation: readonly number[] }>();

function permutedFiles(): void {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const circuit = withSwaps(seed);
    const original = `swaps${seed}.qasm`;
    writeFileSync(path.join(folder, original), writeQasm(circuit, 2));
    circuits.set(original, circuit);
    for (const options of [['--permute-output'], ['--permute-output', '--new-pairs']]) {
      const file = `swaps${seed}_${options.length}.qasm`;
      const output = path.join(folder, file);
      const work = `${output}.work`;
      const argv = [
        'compile',
        path.join(folder, original),
        '-o',
        output,
        '--work',
        work,
        '--json',
        // So probabilities are within 4e-6.
        '--max-error',
        '1e-13',
        ...options,
      ];
      const { status, stdout, stderr } = kroncut(argv);
      if (status !== 0) throw new Error(`kroncut ${argv.join(' ')}: ${stderr}`);
      const answer: { readonly permutation: readonly number[] } = JSON.parse(stdout);
      permuted.set(file, { original, permutation: answer.permutation });
      circuits.set(file, readQasm(readFileSync(output, 'utf8')));
    }
  }
}

function withSwaps(seed: number): Circuit {
  const random = new Random(seed, 'swaps');
  const names = ['swap', 'iswap', 'cx', 'cx', 't', 'ry', 'h'];
  const gates = Array.from({ length: 25 }, () => {
    const name = names[random.below(names.length)] ?? 'h';
    const places = random.shuffle([0, 1, 2, 3]).slice(0, GATES.get(name)?.qubits);
    return gateOf(name, places, ...(name === 'ry' ? [random.angle()] : []));
  });
  const circuit = makeCircuit(4, gates);
  if (seed % 3 === 0) return circuit;
  const outcomes = random.shuffle([0, 1, 2, 3]).slice(0, seed % 3 === 1 ? 4 : 2);
  return { ...circuit, outcomes, bitRegisters: [{ name: 'c', size: outcomes.length }], measured: true };
}

/** Probabilities of the outcomes of a circuit that another program read. */
function probabilities({ matrix = [], outcomes = [] }: Seen): number[] {
  const result = Array.from({ length: 2 ** outcomes.length }, () => 0);
  const order = Math.sqrt(matrix.length / 2);
  for (let row = 0; row < order; row += 1) {
    const at = outcomes.reduce((bits, [bit, qubit]) => bits | (((row >> qubit) & 1) << bit), 0);
    const [re = 0, im = 0] = matrix.slice(2 * row * order);
    result[at] = (result[at] ?? 0) + re * re + im * im;
  }
  return result;
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-outside-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach((context) => requireOrSkip(context, 'python'));

describe('what we write', () => {
  beforeAll(() => {
    if (missing('python') !== undefined) return;
    singleGates();
    filesOfCommands();
    seen = JSON.parse(python('circuits.py', 'read', folder));
  }, 300_000);

  it('Qiskit (plain, strict, and as it was), pytket and BQSKit read without an error', () => {
    const errors = Object.entries(seen).flatMap(([file, readers]) =>
      Object.entries(readers).flatMap(([reader, { error }]) =>
        error === undefined ? [] : [`${file}: ${reader}: ${error}`],
      ),
    );
    expect(errors).toEqual([]);
    expect(Object.keys(seen).length).toBeGreaterThan(2 * 30 + 2 * FAMILIES.length);
    expect(Object.keys(seen['gate_ecr.qasm'] ?? {})).toEqual([
      'qiskit',
      'qiskit strict',
      'qiskit legacy',
      'pytket',
      'bqskit',
    ]);
  });

  it('is the same circuit there, with the same outcomes', () => {
    let compared = 0;
    for (const [file, { qubits, gates, outcomes, measured }] of circuits) {
      const expected = qubits <= MOST_QUBITS ? unitaryOf(qubits, gates) : undefined;
      for (const [reader, { matrix, outcomes: read }] of Object.entries(seen[file] ?? {})) {
        expect(read, `${file}: ${reader}`).toEqual(
          measured ? outcomes.map((qubit, bit) => [bit, qubit]) : [],
        );
        if (expected === undefined) continue;
        expect(distance(matrix ?? [], expected), `${file}: ${reader}`).toBeLessThan(1e-10);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(150);
  });

  it('is the circuit that was compiled, its qubits and measurements in the order that is said', () => {
    let moved = 0;
    for (const [file, { original, permutation }] of permuted) {
      const text = readFileSync(path.join(folder, file), 'utf8');
      const isMoved = permutation.some((place, q) => place !== q);
      expect(text.includes(`// permutation: ${permutation.join(' ')} (`), file).toBe(isMoved);
      moved += isMoved ? 1 : 0;
      for (const [reader, there] of Object.entries(seen[file] ?? {})) {
        const before = seen[original]?.[reader];
        const matrix = before?.matrix ?? [];
        const order = 2 ** permutation.length;
        const expected = [...matrix];
        for (let row = 0; row < order; row += 1) {
          const to = permutation.reduce((bits, place, q) => bits | (((row >> q) & 1) << place), 0);
          expected.splice(2 * to * order, 2 * order, ...matrix.slice(2 * row * order, 2 * (row + 1) * order));
        }
        expect(distance(there.matrix ?? [], expected), `${file}: ${reader}`).toBeLessThan(1e-10);
        const [found, wanted] = [probabilities(there), probabilities(before ?? {})];
        for (const [i, p] of wanted.entries()) expect(found[i], `${file}: ${reader}`).toBeCloseTo(p, 5);
      }
    }
    expect(moved).toBeGreaterThan(4);
  });

  it('has the same ends of cuts, measurements and resets in subcircuits', () => {
    const pieces = Object.entries(seen).filter(([file]) => file.startsWith('piece_'));
    expect(pieces.length).toBeGreaterThan(5);
    for (const [file, readers] of pieces) {
      const text = readFileSync(path.join(folder, file), 'utf8');
      const count = (word: RegExp): number => text.match(word)?.length ?? 0;
      for (const [reader, { marks, resets, outcomes }] of Object.entries(readers)) {
        expect({ marks, resets, outcomes: outcomes?.length }, `${file}: ${reader}`).toEqual({
          marks: count(/^cut_/gm),
          resets: count(/^reset /gm),
          outcomes: count(/^measure /gm),
        });
      }
    }
  });
});

describe('what others write', () => {
  it.each([1, 2])('is read as the circuit that it is there (seed %i)', (seed) => {
    const own = path.join(folder, `written${seed}`);
    mkdirSync(own, { recursive: true });
    python('circuits.py', 'write', own, String(seed), '25');
    const expected: Record<string, number[]> = JSON.parse(
      readFileSync(path.join(own, 'expected.json'), 'utf8'),
    );
    const names = Object.keys(expected);
    expect(new Set(names.map((name) => name.replace(/\d+(?=\.)/, '')))).toEqual(
      new Set(['qiskit.qasm', 'qiskit.qasm3', 'qelib.qasm', 'hqslib.qasm', 'bqskit.qasm']),
    );
    for (const name of names) {
      const { qubits, gates } = readQasm(readFileSync(path.join(own, name), 'utf8'), { file: name });
      expect(distance(expected[name] ?? [], unitaryOf(qubits, gates)), name).toBeLessThan(1e-9);
    }
  });
});
