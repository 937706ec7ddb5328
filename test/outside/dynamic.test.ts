/** Compiled circuits that measure, reset and choose in the middle: Qiskit reads them, and Aer counts what they should give. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/api/compile.js';
import { readProgram } from '../../src/circuit/qasm/readQasm.js';
import { Random } from '../../src/circuit/random.js';
import { dynamicDistribution, randomProgram } from '../support/dynamicSimulator.js';
import { python } from '../support/otherPrograms.js';
import { missing, requireOrSkip } from '../support/requirements.js';

const [QUBITS, BITS, SHOTS, THETA] = [4, 3, 20_000, 0.83];
/** Standard errors between a count and the truth that nothing in a fixed draw reaches. */
const FAR = 5;
const SEEDS = Array.from({ length: 8 }, (_, seed) => seed);

let folder = '';
let counted: Record<string, Record<string, number>> = {};
const fileOf = (seed: number, what: string): string =>
  path.join(folder, `${what}${seed}.${seed % 2 === 0 ? 'qasm' : 'qasm3'}`);
const textOf = (seed: number): string =>
  randomProgram(new Random(seed, 'outside'), {
    qubits: QUBITS,
    gates: 40,
    version: seed % 2 === 0 ? 2 : 3,
    isSimple: true,
  });

beforeAll(async () => {
  if (missing('python') !== undefined) return;
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-dynamic-'));
  for (const seed of SEEDS) {
    const [before, after] = [fileOf(seed, 'before'), fileOf(seed, 'after')];
    writeFileSync(before, textOf(seed));
    const permuteOutput = seed % 4 > 1;
    const format = seed % 2 === 0 ? 'qasm2' : 'qasm3';
    await compile(before, { output: after, format, permuteOutput, newPairs: permuteOutput, device: 'cpu' });
  }
  const files = SEEDS.flatMap((seed) => [fileOf(seed, 'before'), fileOf(seed, 'after')]);
  counted = JSON.parse(python('dynamic.py', '7', String(SHOTS), String(THETA), ...files));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach((context) => requireOrSkip(context, 'python'));

describe.each(SEEDS)('random circuit %i that is not fixed', (seed) => {
  it.each(['before', 'after'])('gives with Aer what it should, %s', (what) => {
    const keeping = { version: 3, always: true } as const;
    const { circuit, fences } = readProgram(textOf(seed), { keeping });
    const expected = new Map<string, number>();
    const sequence = { gates: circuit.gates, fences };
    for (const [name, p] of dynamicDistribution(QUBITS, BITS, sequence, {
      values: { theta: THETA },
      front: [],
    })) {
      const [bits = ''] = name.split(' ');
      expected.set(bits, (expected.get(bits) ?? 0) + p);
    }
    const counts = counted[fileOf(seed, what)] ?? {};
    expect(Object.keys(counts).filter((bits) => (expected.get(bits) ?? 0) < 1e-9)).toEqual([]);
    for (const [bits, p] of expected) {
      const spread = Math.sqrt(Math.max(0, p * (1 - p)) / SHOTS);
      expect(Math.abs((counts[bits] ?? 0) / SHOTS - p)).toBeLessThanOrEqual(FAR * spread + 1e-9);
    }
  });
});
