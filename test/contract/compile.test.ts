/** `compile`: circuits get shorter and stay what they were, by a dense simulation that shares nothing with it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/api/compile.js';
import { generate } from '../../src/api/generate.js';
import { compileThenCut } from '../../src/api/compileThenCut.js';
import { dryRunCompile } from '../../src/api/dryRunCompile.js';
import { makeCircuit, type Circuit } from '../../src/circuit/circuit.js';
import type { Barrier } from '../../src/circuit/fence.js';
import { gateOf } from '../../src/circuit/gates.js';
import { Random } from '../../src/circuit/random.js';
import { readProgram, readQasm } from '../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { KroncutError } from '../../src/error.js';
import {
  cxOf,
  expectFaithful,
  matrixDistance,
  pairsOf,
  ROUNDING,
  textOf,
  toffolis,
  trotter,
} from '../support/compiledCircuits.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { requireOrSkip } from '../support/requirements.js';
import { sharedCircuit } from '../support/sharedCircuits.js';
import type { CompileOptions } from '../../src/api/options/compile.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-compile-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const COMMON: CompileOptions = { device: 'cpu', threads: 2 };

describe('compile', () => {
  it.each([
    ['toffolis of 6 qubits, blocks of 3', toffolis(6), { blockSize: 3 }],
    ['toffolis of 8 qubits, blocks of 4', toffolis(8), { blockSize: 4, multistarts: 2, rounds: 1 }],
    ['toffolis of 12 qubits, blocks of 3', toffolis(12), { blockSize: 3, multistarts: 2 }],
    ['Trotter steps on 6 qubits, blocks of 4', trotter(6, 2), { blockSize: 4, multistarts: 2 }],
    ['Trotter steps on 10 qubits, blocks of 3', trotter(10, 2), { blockSize: 3, multistarts: 2 }],
    ['Trotter steps on 12 qubits, blocks of 2', trotter(12, 1), { blockSize: 2 }],
  ] as const)('%s', async (_, circuit, options) => {
    const result = await compile(textOf(circuit), { ...COMMON, ...options });
    expectFaithful(circuit, result);
    const plain = await compile(textOf(circuit), { ...COMMON, blockSize: 2, rounds: 1, multistarts: 1 });
    expect(cxOf(result.after)).toBeLessThanOrEqual(cxOf(plain.after));
    expect(Object.keys(result.after.gates).every((name) => name === 'u3' || name === 'cx')).toBe(true);
  });

  it('takes gates out that were there for nothing', async () => {
    const [front, back] = [toffolis(4), trotter(4, 1)];
    const inverse = { ...front, gates: front.gates.toReversed() };
    const waste = Array.from({ length: 6 }, (_, i) => gateOf('cx', [i % 3, (i % 3) + 1]));
    const circuit = makeCircuit(4, [
      ...back.gates,
      ...waste,
      ...waste.toReversed(),
      ...inverse.gates.slice(0, 4),
    ]);
    const lean = makeCircuit(4, [...back.gates, ...inverse.gates.slice(0, 4)]);
    const [fat, thin] = await Promise.all(
      [circuit, lean].map((each) => compile(textOf(each), { ...COMMON, blockSize: 4 })),
    );
    expect(cxOf(fat?.after ?? { gates: {} })).toBe(cxOf(thin?.after ?? { gates: {} }));
  });

  it('finds circuits from scratch that no deletion leads to', async () => {
    const circuit = readQasm(generate('adder', { qubits: 6 }).qasm);
    const deleted = await compile(textOf(circuit), { ...COMMON, synthesis: 'off' });
    const found = await compile(textOf(circuit), { ...COMMON, synthesis: 'auto' });
    expectFaithful(circuit, found);
    expect(cxOf(found.after)).toBeLessThan(cxOf(deleted.after));
  });

  it('says of how many blocks a limit has ended the search, the same where it goes on from kept work', async () => {
    const circuit = readQasm(generate('adder', { qubits: 6 }).qasm);
    const options = { ...COMMON, blockSize: 4, rounds: 1, work: join(folder, 'work') };
    const searched = await compile(textOf(circuit), options);
    expect(searched.unexhausted).toBeGreaterThan(0);
    expect(searched.unexhausted).toBeLessThanOrEqual(searched.blocks);
    expect((await compile(textOf(circuit), options)).unexhausted).toBe(searched.unexhausted);
    expect((await compile(textOf(circuit), { ...COMMON, synthesis: 'off' })).unexhausted).toBeNull();
    // Three cx on three qubits: all that has fewer is tried.
    const small = makeCircuit(3, [
      ...[0, 1, 2].map((q) => gateOf('u3', [q], 0.4 + q, 0.1, 0.2)),
      gateOf('cx', [0, 1]),
      gateOf('ry', [1], 0.3),
      gateOf('cx', [1, 2]),
      gateOf('ry', [1], 0.7),
      gateOf('cx', [0, 1]),
    ]);
    expect((await compile(textOf(small), COMMON)).unexhausted).toBe(0);
  });

  it('grover5 by blocks of 4: at most 44 cx and 56 u3', async (context) => {
    requireOrSkip(context, 'shared');
    const circuit = readQasm(sharedCircuit('grover5.qasm'));
    const result = await compile(textOf(circuit), { ...COMMON, blockSize: 4, rounds: 1 });
    expect(result.after.gates['cx']).toBeLessThanOrEqual(44);
    expect(result.after.gates['u3']).toBeLessThanOrEqual(56);
    expect(result.distance).toBeLessThan(1e-8);
    expectFaithful(circuit, result);
  });

  it.for([
    // Swaps inside it; more than any unitary of four qubits takes.
    ['ae6', 30],
    ['basis_trotter4', 62],
  ] as const)('%s by blocks of 3: at most %i cx', async ([name, most], context) => {
    requireOrSkip(context, 'shared');
    const circuit = readQasm(sharedCircuit(`${name}.qasm`));
    const result = await compile(textOf(circuit), COMMON);
    expect(result.after.gates['cx']).toBeLessThanOrEqual(most);
    const before = pairsOf(circuit);
    expect([...pairsOf(result.circuit)].filter((pair) => !before.has(pair))).toEqual([]);
    expectFaithful(circuit, result);
  });

  it.each([
    ['u3-cx', ['u3', 'cx']],
    ['zsx-cx', ['rz', 'sx', 'x', 'cx']],
    ['u3-cz', ['u3', 'cz']],
  ] as const)('writes %s, keeps registers and measurements', async (gateSet, allowed) => {
    const source = `OPENQASM 2.0; include "qelib1.inc"; qreg a[2]; qreg b[2]; creg c[3];
      h a; cu1(0.3) a[0],b[1]; swap a[1],b[0]; ccx a[0],a[1],b[1]; t b; cx b[0],b[1];
      measure a[1] -> c[0]; measure b[1] -> c[2];`;
    const output = join(folder, 'short.qasm');
    const result = await compile({ text: source, name: 'in.qasm' }, { ...COMMON, gateSet, output });
    const before = readQasm(source);
    const written = readQasm(await readFile(output, 'utf8'));
    expect(written).toEqual({ ...before, gates: result.circuit.gates });
    expect(Object.keys(result.after.gates).every((name) => allowed.some((each) => each === name))).toBe(true);
    expect(matrixDistance(before, written)).toBeLessThan(ROUNDING);
    expect(await readdir(folder)).toEqual(['short.qasm', 'short.qasm.work']);
  });

  it('gives a circuit without gates, and one without two-qubit gates, back', async () => {
    const empty = await compile(textOf(makeCircuit(3, [])), COMMON);
    expect(empty).toMatchObject({ blocks: 0, distance: 0, errorBound: 0, after: { gates: {}, depth: 0 } });
    const single = makeCircuit(2, [gateOf('h', [0]), gateOf('t', [0]), gateOf('x', [1]), gateOf('x', [1])]);
    const result = await compile(textOf(single), COMMON);
    expect(result.after).toEqual({ gates: { u3: 1 }, depth: 1, twoQubitDepth: 0 });
    expect(matrixDistance(single, result.circuit)).toBeLessThan(ROUNDING);
  });

  it('is the same for any number of ranks and threads', async () => {
    const source = textOf(trotter(6, 2));
    const options = { ...COMMON, blockSize: 3, multistarts: 3, seed: 5 };
    const one = await compile(source, { ...options, threads: 1 });
    const many = await onLocalRanks(3, (cluster) => compile(source, { ...options, cluster }));
    for (const result of many) expect(result.circuit).toEqual(one.circuit);
    expect(many[2]?.errorBound).toBe(one.errorBound);
  });

  it('shares the bound for the whole circuit among the blocks', async () => {
    // A turn by 2e-4 can be left out within 1e-8, but not a hundred of them within 1e-6.
    const gates = Array.from({ length: 300 }, (_, i) => [
      gateOf('cx', [i % 5, (i % 5) + 1]),
      gateOf('rz', [(i % 5) + 1], 2e-4),
      gateOf('cx', [i % 5, (i % 5) + 1]),
      gateOf('u', [i % 6], 0.3 * i, 1.1, i),
    ]).flat();
    const circuit = makeCircuit(6, gates);
    const result = await compile(textOf(circuit), { ...COMMON, blockSize: 2, rounds: 1, multistarts: 1 });
    expect(result.errorBound).toBeLessThan(1e-6);
    expect(result.distance).toBeLessThanOrEqual(result.errorBound + ROUNDING);
  });
});

/** One round into a file in the folder of this test. */
function intoFile(): CompileOptions {
  const output = join(folder, 'short.qasm');
  return { ...COMMON, blockSize: 3, multistarts: 2, rounds: 1, output };
}

/** Where one rank keeps its blocks. */
function blocksFile(): string {
  return join(folder, 'short.qasm.work', 'blocks', '0.txt');
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
}

describe('barriers', () => {
  const head = 'OPENQASM 2.0; include "qelib1.inc"; qreg a[2]; qreg b[1]; creg c[3];';
  const text = `${head} cx a[0],a[1]; barrier a; cx a[0],a[1]; t b[0]; barrier b,a[0]; tdg b[0]; barrier b; measure a[0] -> c[0];`;

  it('are walls, and stay where they are', async () => {
    const output = join(folder, 'walls.qasm');
    const { after, circuit, barriers } = await compile({ text, name: 'walls.qasm' }, { ...COMMON, output });
    expect(after.gates['cx']).toBe(2);
    expect(barriers.map(({ qubits }) => qubits)).toEqual([[0, 1], [2, 0], [2]]);
    const written = await readFile(output, 'utf8');
    const statements = written.split('\n').filter((line) => /^(?:cx|u3|barrier)/.test(line));
    expect(statements.map((line) => line.replace(/\(.*\)/, ''))).toEqual([
      'cx a[0],a[1];',
      // No barrier so far is on b.
      'u3 b[0];',
      'barrier a[0],a[1];',
      'cx a[0],a[1];',
      'barrier b[0],a[0];',
      'u3 b[0];',
      'barrier b[0];',
    ]);
    expect(readProgram(written, {}).fences).toEqual(barriers);
    expect(matrixDistance(circuit, readQasm(text))).toBeLessThan(1e-12);
  });

  it('are left out where that is asked for', async () => {
    const output = join(folder, 'open.qasm');
    const { circuit, barriers } = await compile(
      { text, name: 'walls.qasm' },
      { ...COMMON, output, ignoreBarriers: true },
    );
    expect([circuit.gates, barriers]).toEqual([[], []]);
    expect(await readFile(output, 'utf8')).not.toContain('barrier');
  });

  it('keep what is on their sides apart in larger circuits', async () => {
    const circuit = toffolis(5);
    const places = [7, 40, 60];
    const qubits = [0, 1, 2, 3, 4];
    const barriers = places.map((position): Barrier => ({ kind: 'barrier', qubits, position }));
    const { circuit: compiled, barriers: moved } = await compile(
      { text: writeQasm(circuit, 2, barriers), name: 'toffolis.qasm' },
      COMMON,
    );
    const borders = [0, ...moved.map(({ position }) => position), compiled.gates.length];
    for (const [i, border] of [...places, circuit.gates.length].entries()) {
      const before = circuit.gates.slice([0, ...places][i], border);
      const after = compiled.gates.slice(borders[i], borders[i + 1]);
      expect(matrixDistance(makeCircuit(5, after), makeCircuit(5, before))).toBeLessThan(1e-6);
    }
  });
});

function wallAt(position: number): Barrier {
  return { kind: 'barrier', qubits: [0, 1, 2, 3], position };
}

describe('qubits that end in another order', () => {
  const gates = [
    ...Array.from({ length: 4 }, (_, q) => gateOf('u', [q], 0.4 + q, 0.2 * q, 1 - q)),
    gateOf('swap', [0, 1]),
    gateOf('cx', [1, 2]),
    gateOf('u', [2], 0.3, 0.2, 0.1),
    gateOf('iswap', [2, 3]),
    gateOf('cx', [2, 3]),
  ];
  const plain = makeCircuit(4, gates);
  const registers = { bitRegisters: [{ name: 'c', size: 4 }], measured: true } as const;
  const permute = { ...COMMON, permuteOutput: true, newPairs: true };

  it.each([
    ['all bits', [2, 0, 3, 1]],
    ['some bits', [3, -1, 0, -1]],
  ])('are measured into the same bits: %s', async (_, outcomes) => {
    const circuit: Circuit = { ...plain, ...registers, outcomes };
    const output = join(folder, 'moved.qasm');
    const result = await compile(textOf(circuit), { ...permute, output });
    expect(result.permutation).not.toEqual([0, 1, 2, 3]);
    expect(cxOf(result.after)).toBeLessThan(cxOf((await compile(textOf(circuit), COMMON)).after));
    const [before, after] = [circuit, readQasm(await readFile(output, 'utf8'))].map(outcomeDistribution);
    for (const [i, p] of before?.entries() ?? []) expect(after?.[i]).toBeCloseTo(p, 9);
    expect(result.distance).toBeLessThan(1e-12);
  });

  it('end in their own where that is not asked for, and in front of a wall', async () => {
    const asIs = await compile(textOf(plain), { ...COMMON, newPairs: true });
    expect(asIs.permutation).toEqual([0, 1, 2, 3]);
    expectFaithful(plain, asIs);
    const walled = await compile(
      { text: writeQasm(plain, 2, [wallAt(gates.length - 1)]), name: 'walled.qasm' },
      permute,
    );
    expect(walled.permutation).toEqual([0, 1, 2, 3]);
  });

  it('take a wall at the end along', async () => {
    const wall = { ...wallAt(gates.length), qubits: [0, 1] };
    const moved = await compile({ text: writeQasm(plain, 2, [wall]), name: 'walled.qasm' }, permute);
    expect(moved.permutation).not.toEqual([0, 1, 2, 3]);
    expect(moved.barriers).toEqual([
      { ...wall, qubits: moved.permutation.slice(0, 2), position: moved.circuit.gates.length },
    ]);
    expect(moved.distance).toBeLessThan(1e-12);
  });

  it('are cut as the circuit that they were', async () => {
    const output = join(folder, 'moved.qasm');
    const directory = join(folder, 'run');
    const { permutation } = await compileThenCut(
      textOf(plain),
      { ...permute, output },
      { directory, maxWidth: 3 },
    );
    expect(permutation).not.toEqual([0, 1, 2, 3]);
    const cut = readQasm(await readFile(join(directory, 'circuit.qasm'), 'utf8'));
    const [before, after] = [plain, cut].map(outcomeDistribution);
    for (const [i, p] of before?.entries() ?? []) expect(after?.[i]).toBeCloseTo(p, 9);
  });

  it('are another work than in their own order', async () => {
    const output = join(folder, 'moved.qasm');
    await compile(textOf(plain), { ...COMMON, output });
    await expect(compile(textOf(plain), { ...permute, output })).rejects.toThrow(
      /work without permuteOutput, and permuteOutput true is asked for/,
    );
    await compile(textOf(plain), { ...permute, output, force: true });
    await expect(compile(textOf(plain), { ...COMMON, output })).rejects.toThrow(
      /work with permuteOutput true, and it is left out now/,
    );
  });
});

describe('the angles of compiled circuits', () => {
  it('are exact where they are a multiple of pi/4, and Clifford circuits stay Clifford', async () => {
    const clifford = [
      'h a',
      's a',
      'cx a,b',
      'sdg b',
      'cx b,a',
      'h b',
      'cx a,b',
      'x a',
      'cx b,a',
      'sx b',
      'cx a,b',
    ];
    const lines = clifford
      .map((line) => `${line.replaceAll(/\b[ab]\b/g, (name) => `${name}[0]`)};`)
      .join(' ');
    const text = `OPENQASM 2.0; include "qelib1.inc"; qreg a[1]; qreg b[1]; ${lines}`;
    const { circuit } = await compile({ text, name: 'clifford.qasm' }, COMMON);
    for (const angle of circuit.gates.flatMap(({ params }) => params)) {
      expect(angle).toBe((Math.round(angle / (Math.PI / 2)) * Math.PI) / 2);
    }
  });
});

describe('the work of compile', () => {
  const source = textOf(trotter(5, 2), 'trotter.qasm');
  it('goes on from finished blocks, and does a damaged one again', async () => {
    const first = await compile(source, intoFile());
    const lines = await linesOf(blocksFile());
    expect(lines.length).toBeGreaterThan(2);
    const [damaged = '', missing = '', ...kept] = lines;
    // Still a list of gates, but another one: the numbers in it are not believed.
    const wrong = damaged.replace(/\["u3",0,/, '["u3",0,1');
    await writeFile(blocksFile(), `${[wrong, ...kept].join('\n')}\n`);
    const again = await compile(source, intoFile());
    expect(again.circuit).toEqual(first.circuit);
    expect(again.errorBound).toBe(first.errorBound);
    const now = await linesOf(blocksFile());
    expect(now.slice(0, kept.length + 1)).toEqual([wrong, ...kept]);
    expect(now.slice(kept.length + 1).toSorted()).toEqual([damaged, missing].toSorted());
  });

  it('keeps what is finished when it is interrupted, and writes the shortest circuit so far', async () => {
    const controller = new AbortController();
    const interrupted = compile(source, {
      ...intoFile(),
      threads: 1,
      signal: controller.signal,
      onProgress: ({ note = '' }) => {
        if (!note.startsWith('0/')) controller.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({
      code: 'cancelled',
      message: expect.stringMatching(
        /short\.qasm has the shortest circuit so far, of \d+ gates on two qubits/,
      ),
    });
    expect(await linesOf(blocksFile())).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['short.qasm', 'short.qasm.work']);
    const soFar = readQasm(await readFile(join(folder, 'short.qasm'), 'utf8'));
    expect(matrixDistance(soFar, trotter(5, 2))).toBeLessThan(1e-11);
    const resumed = await compile(source, intoFile());
    expect(resumed.circuit).toEqual((await compile(source, { ...intoFile(), output: undefined })).circuit);
  });

  it('is refused for another circuit or other options, unless forced', async () => {
    await compile(source, intoFile());
    const other = textOf(trotter(4, 1));
    await expect(compile(other, intoFile())).rejects.toThrow(
      /short.qasm.work holds the work on another circuit/,
    );
    await expect(compile(source, { ...intoFile(), seed: 3 })).rejects.toThrow(
      /work with seed 0, not 3.*force/,
    );
    const forced = await compile(other, { ...intoFile(), force: true });
    expectFaithful(trotter(4, 1), forced);
  });

  it('within a budget is that of the best size of blocks, and goes on from the same work', async () => {
    const work = join(folder, 'budget');
    const circuit = textOf(trotter(4, 1));
    const found = await compile(circuit, { ...COMMON, budget: 1000, work, multistarts: 1, synthesis: 'off' });
    const { blockSize } = found;
    const alone = await compile(circuit, { ...COMMON, blockSize, multistarts: 1, synthesis: 'off' });
    expect(found.circuit).toEqual(alone.circuit);
    const again = await compile(circuit, { ...COMMON, budget: 2000, work, multistarts: 1, synthesis: 'off' });
    expect(again.circuit).toEqual(found.circuit);
    await expect(compile(circuit, { ...COMMON, work })).rejects.toThrow('budget');
    await expect(compile(circuit, { ...COMMON, budget: 9, blockSize: 3 })).rejects.toThrow(
      'leave out blockSize',
    );
  });

  it('reports progress to the end', async () => {
    const seen: { done: number; total: number; note?: string | undefined }[] = [];
    await compile(source, { ...intoFile(), onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    expect(last?.done).toBe(last?.total);
    expect(last?.note).toMatch(/^(\d+)\/\1 blocks, -?\d+ gates removed, error \S+, about .* left$/);
  });
});

describe('what compile refuses', () => {
  const source = textOf(trotter(3, 1));
  it.each([
    ['a block size of 0', { blockSize: 0 }, /blockSize 0: a block has 2 to 12 qubits/],
    ['a block size of 20', { blockSize: 20 }, /blockSize 20/],
    ['a block size of 2.5', { blockSize: 2.5 }, /blockSize 2.5/],
    ['a threshold below rounding', { threshold: 1e-18 }, /threshold 1e-18: .*rounding/],
    ['a threshold of 1', { threshold: 1 }, /threshold 1:/],
    ['a threshold that is no number', { threshold: Number.NaN }, /threshold NaN/],
    ['a bound below rounding', { maxError: 0 }, /maxError 0/],
    ['no start', { multistarts: 0 }, /multistarts 0: a whole number, 1 or more/],
    ['no round', { rounds: 0 }, /rounds 0/],
    ['a negative seed', { seed: -1 }, /seed -1/],
  ] as const)('%s', async (_, wrong, message) => {
    const output = join(folder, 'short.qasm');
    const failure = compile(source, { ...COMMON, ...wrong, output });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(KroncutError);
    await expect(failure).rejects.toMatchObject({ exitCode: 2 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says where a circuit cannot be read', async () => {
    const wrong = compile({ text: 'OPENQASM 2.0;\nqreg q[2];\nfoo q[0];', name: 'wrong.qasm' }, COMMON);
    await expect(wrong).rejects.toThrow(/wrong.qasm:3:1/);
  });

  it('and does nothing with a dry run but predict', async () => {
    const answer = await dryRunCompile(source, { ...COMMON, output: join(folder, 'short.qasm') });
    expect(answer).toMatchObject({ dryRun: true, blocks: 1, before: { gates: { rxx: 2 } } });
    expect(answer.total.seconds).toBeGreaterThan(0);
    expect(answer.total.memoryBytes).toBeGreaterThan(0);
    expect(answer.workers).toMatchObject({ qubits: 3, blocksSideBySide: 1, threads: 2, together: 0 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a block that a rank cannot hold before any work, as a dry run says', async () => {
    const { KRONCUT_MEMORY: before } = process.env;
    try {
      process.env['KRONCUT_MEMORY'] = '9000';
      const { workers } = await dryRunCompile(source, COMMON);
      expect(workers?.leastMemoryBytes).toBeGreaterThan(9000);
      expect(workers?.availableBytes).toBe(9000);
      await expect(compile(source, COMMON)).rejects.toMatchObject({
        code: 'memory',
        exitCode: 4,
        message: expect.stringMatching(/^compiling a block of 3 qubits needs .*; use a blockSize below 3/),
      });
    } finally {
      if (before === undefined) delete process.env['KRONCUT_MEMORY'];
      else process.env['KRONCUT_MEMORY'] = before;
    }
  });

  it('refuses it before smaller blocks are compiled', async () => {
    const { KRONCUT_MEMORY: before } = process.env;
    const larger = { ...COMMON, blockSize: 5, output: join(folder, 'short.qasm') };
    try {
      const { workers } = await dryRunCompile(textOf(trotter(5, 1)), larger);
      process.env['KRONCUT_MEMORY'] = String((workers?.leastMemoryBytes ?? 0) - 1);
      await expect(compile(textOf(trotter(5, 1)), larger)).rejects.toMatchObject({ code: 'memory' });
      expect(await readdir(join(folder, 'short.qasm.work'))).not.toContain('blocks');
    } finally {
      if (before === undefined) delete process.env['KRONCUT_MEMORY'];
      else process.env['KRONCUT_MEMORY'] = before;
    }
  });
});

describe('compile, then cut', () => {
  it('cuts the compiled circuit into a run directory, and says what the original would have needed', async () => {
    // Two halves joined by gates that undo one another but for rounding's worth of angle between them.
    const gates = [
      ...trotter(3, 1).gates,
      gateOf('cx', [2, 3]),
      gateOf('u', [3], 1e-9, 0, 0),
      gateOf('cx', [2, 3]),
      ...trotter(3, 1).gates.map((gate) => ({ ...gate, qubits: gate.qubits.map((q) => q + 3) })),
    ];
    const circuit = makeCircuit(6, gates);
    const output = join(folder, 'short.qasm');
    const directory = join(folder, 'run');
    const { cut, ...result } = await compileThenCut(
      textOf(circuit),
      { ...COMMON, output },
      { directory, maxWidth: 4 },
    );
    expectFaithful(circuit, result);
    expect(cut.before).toMatchObject({ wireCuts: 0, gateCuts: 1 });
    expect(cut.after).toMatchObject({ wireCuts: 0, gateCuts: 0, samplingOverhead: 1, subexperiments: 2 });
    expect(await readdir(directory)).toContain('cuts.json');
  });
});

describe('exact angles', () => {
  it.each([0, 1, 2, 3])('keep Clifford circuits what they are, random one %i', async (seed) => {
    const random = new Random(seed, 'clifford');
    const gates = Array.from({ length: 70 }, () => {
      const a = random.below(5);
      const b = (a + 1 + random.below(4)) % 5;
      const name = ['h', 's', 'cx', 'cz', 'swap', 'cx'][random.below(6)]!;
      return gateOf(name, name.length === 1 ? [a] : [a, b]);
    });
    const plain = makeCircuit(5, gates);
    const output = join(folder, 'clifford.qasm');
    const result = await compile(textOf(plain), { ...COMMON, output });
    expectFaithful(plain, result);
    const quarters = result.circuit.gates
      .flatMap(({ params }) => params)
      .map((angle) => angle / (Math.PI / 2));
    expect(quarters.filter((quarter) => !Number.isInteger(quarter))).toEqual([]);
    // To rounding of what is simple: no block is off by what an optimiser leaves.
    expect(result.errorBound).toBeLessThan(1e-26);
    expect(await readFile(output, 'utf8')).not.toMatch(/\de-\d/);
  });

  it.each([3, 4])('are written as such wherever they are nearly so, by blocks of %i', async (blockSize) => {
    const circuit = toffolis(5);
    const output = join(folder, 'toffolis.qasm');
    const result = await compile(textOf(circuit), { ...COMMON, blockSize, output });
    expectFaithful(circuit, result);
    const off = result.circuit.gates
      .flatMap(({ params }) => params)
      .map((angle) => Math.abs(angle - (Math.PI / 4) * Math.round(angle / (Math.PI / 4))));
    expect(off.filter((angle) => angle > 1e-15 && angle < 1e-6)).toEqual([]);
    expect(await readFile(output, 'utf8')).not.toMatch(/\de-\d/);
    expect(result.errorBound).toBeLessThan(1e-26);
  });
});
